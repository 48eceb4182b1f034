import type { SctpGapBlock } from '@prism/protocol';

/** Duplicates that a SACK tells of; further ones go untold. */
const DUPLICATE_COUNT_MAX = 32;
/** How far beyond the cumulative TSN one may be: what a gap block can say (RFC 9260, section 3.3.4). */
const TSN_DISTANCE_MAX = 65_535;

interface TsnRun {
  startTsn: number;
  endTsn: number;
}

/** Which TSNs of the peer have arrived. As many gaps as its owner has room for chunks beyond them. */
export class ReceivedTsns {
  /** Beyond the cumulative TSN, ascending, never adjacent. */
  readonly #runs: TsnRun[] = [];
  #cumulativeTsn: number;
  #duplicateTsns: number[] = [];

  constructor(firstTsn: number) {
    this.#cumulativeTsn = firstTsn - 1;
  }

  /** The last TSN before which nothing is missing. */
  get cumulativeTsn(): number {
    return this.#cumulativeTsn;
  }

  get hasGaps(): boolean {
    return this.#runs.length > 0;
  }

  /** What a TSN is; a duplicate is noted for the next SACK. */
  check(tsn: number): 'new' | 'duplicate' | 'too_far' {
    if (tsn > this.#cumulativeTsn + TSN_DISTANCE_MAX) return 'too_far';
    if (tsn > this.#cumulativeTsn && !this.#includes(tsn)) return 'new';
    if (this.#duplicateTsns.length < DUPLICATE_COUNT_MAX) this.#duplicateTsns.push(tsn);
    return 'duplicate';
  }

  /** Takes a new TSN. */
  add(tsn: number): void {
    const index = this.#indexAfter(tsn);
    const before = this.#runs[index - 1];
    const behind = this.#runs[index];
    const joinsBefore = before?.endTsn === tsn - 1;
    if (joinsBefore && behind?.startTsn === tsn + 1) {
      before.endTsn = behind.endTsn;
      this.#runs.splice(index, 1);
    } else if (joinsBefore) before.endTsn = tsn;
    else if (behind?.startTsn === tsn + 1) behind.startTsn = tsn;
    else if (tsn === this.#cumulativeTsn + 1) this.#cumulativeTsn = tsn;
    else this.#runs.splice(index, 0, { startTsn: tsn, endTsn: tsn });
    this.#absorb();
  }

  /** Nothing up to this TSN is missing any more: the peer has given it up. */
  moveTo(cumulativeTsn: number): void {
    this.#cumulativeTsn = Math.max(this.#cumulativeTsn, cumulativeTsn);
    this.#absorb();
  }

  gapBlocks(countMax: number): readonly SctpGapBlock[] {
    return this.#runs.slice(0, countMax).map(({ startTsn, endTsn }) => ({
      startOffset: startTsn - this.#cumulativeTsn,
      endOffset: endTsn - this.#cumulativeTsn,
    }));
  }

  /** The duplicates since the last time this was asked for. */
  takeDuplicates(): readonly number[] {
    const tsns = this.#duplicateTsns;
    if (tsns.length > 0) this.#duplicateTsns = [];
    return tsns;
  }

  /** Runs that the cumulative TSN has reached become part of it. */
  #absorb(): void {
    for (let first = this.#runs[0]; first !== undefined; first = this.#runs[0]) {
      if (first.startTsn > this.#cumulativeTsn + 1) return;
      this.#cumulativeTsn = Math.max(this.#cumulativeTsn, first.endTsn);
      this.#runs.shift();
    }
  }

  #includes(tsn: number): boolean {
    const run = this.#runs[this.#indexAfter(tsn) - 1];
    return run !== undefined && tsn <= run.endTsn;
  }

  /** The index of the first run that begins after `tsn`. */
  #indexAfter(tsn: number): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#runs[middle]?.startTsn ?? 0) > tsn) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
