import type { SctpSack, SctpSkippedStream } from '@prism/protocol';
import type { MonotonicMs } from '../time/clock.ts';
import { Fifo } from './fifo.ts';
import type { Fragment, QueuedMessage } from './send-queue.ts';
import { unwrapTsn } from './sequence-numbers.ts';

/** SACKs that pass over a chunk before it counts as lost (RFC 9260, section 7.2.4). */
const MISS_COUNT_MAX = 3;

/** A fragment with its TSN, from its first sending until the peer's cumulative TSN covers it. */
export interface OutstandingChunk {
  /** Unwrapped. */
  readonly tsn: number;
  readonly fragment: Fragment;
  /** `lost` ones go again; `abandoned` ones never do, and the peer is told so. */
  state: 'in_flight' | 'lost' | 'acknowledged' | 'abandoned';
  sendCount: number;
  sentAtMs: MonotonicMs;
  /** Grows with every sending of any chunk. */
  sendOrder: number;
  missCount: number;
}

/** What a SACK brought. */
export interface SackOutcome {
  readonly ackedBytes: number;
  /** The cumulative TSN went on. */
  readonly hasAdvanced: boolean;
  /** Round trip of the chunk that was sent last of those acknowledged now and sent only once. */
  readonly rttMs: number | undefined;
  /** Chunks have been passed over so often that they are lost. */
  readonly hasLoss: boolean;
}

/** What is under way, by TSN. Its owner bounds how many chunks that are. */
export class OutstandingChunks {
  readonly #chunks = new Fifo<OutstandingChunk>();
  readonly #release: (fragment: Fragment) => void;
  /** The last TSN that the peer has with everything before it. */
  #cumulativeTsn: number;
  #flightBytes = 0;
  #lostCount = 0;
  /** No chunk before this one is lost. */
  #firstLostTsn: number;
  #sendOrder = 0;

  constructor(firstTsn: number, release: (fragment: Fragment) => void) {
    this.#cumulativeTsn = firstTsn - 1;
    this.#firstLostTsn = firstTsn;
    this.#release = release;
  }

  get length(): number {
    return this.#chunks.length;
  }

  /** Payload that is under way and neither acknowledged nor lost. */
  get flightBytes(): number {
    return this.#flightBytes;
  }

  get cumulativeTsn(): number {
    return this.#cumulativeTsn;
  }

  get nextTsn(): number {
    return this.#cumulativeTsn + 1 + this.#chunks.length;
  }

  /** Whether the first chunk that the peer lacks has been given up. */
  get isSkippable(): boolean {
    return this.#chunks.at(0)?.state === 'abandoned';
  }

  /** Whether a chunk is the first that the peer lacks. */
  isFirst(chunk: OutstandingChunk): boolean {
    return chunk.tsn === this.#cumulativeTsn + 1;
  }

  add(fragment: Fragment, nowMs: MonotonicMs): OutstandingChunk {
    this.#sendOrder += 1;
    const chunk: OutstandingChunk = {
      tsn: this.nextTsn,
      fragment,
      state: 'in_flight',
      sendCount: 1,
      sentAtMs: nowMs,
      sendOrder: this.#sendOrder,
      missCount: 0,
    };
    this.#chunks.push(chunk);
    this.#flightBytes += fragment.payload.length;
    return chunk;
  }

  /** The first chunk that has to go again. */
  firstLost(): OutstandingChunk | undefined {
    if (this.#lostCount === 0) return undefined;
    for (; ; this.#firstLostTsn += 1) {
      const chunk = this.#at(this.#firstLostTsn);
      if (chunk === undefined || chunk.state === 'lost') return chunk;
    }
  }

  sentAgain(chunk: OutstandingChunk, nowMs: MonotonicMs): void {
    this.#sendOrder += 1;
    this.#setState(chunk, 'in_flight');
    chunk.sendCount += 1;
    chunk.sentAtMs = nowMs;
    chunk.sendOrder = this.#sendOrder;
    chunk.missCount = 0;
  }

  /**
   * Takes a SACK; undefined if it is older than what is known or acknowledges what was never sent. `leastRttMs`: an
   * acknowledgement that comes sooner after a repeat than any ever came belongs to the sending before.
   */
  acknowledge(
    sack: SctpSack,
    nowMs: MonotonicMs,
    hints: { readonly leastRttMs: number; readonly isQueueEmpty: boolean },
  ): SackOutcome | undefined {
    const cumulativeTsn = unwrapTsn(sack.cumulativeTsn, this.#cumulativeTsn);
    if (cumulativeTsn < this.#cumulativeTsn || cumulativeTsn >= this.nextTsn) return undefined;
    const tally = new AckTally(nowMs, hints.leastRttMs);
    const hasAdvanced = cumulativeTsn > this.#cumulativeTsn;
    this.#moveTo(cumulativeTsn, tally);
    for (const { startOffset, endOffset } of sack.gapBlocks) {
      const endTsn = Math.min(cumulativeTsn + endOffset, this.nextTsn - 1);
      for (let tsn = cumulativeTsn + startOffset; tsn <= endTsn; tsn += 1) this.#acked(tsn, tally);
    }
    this.#takeBack();
    const mayBeMissing = sack.gapBlocks.length > 0 || tally.hasRepeats;
    const hasLoss = mayBeMissing && this.#countMisses(tally.highestOrder, hints.isQueueEmpty);
    return { ackedBytes: tally.bytes, hasAdvanced, rttMs: tally.rttMs, hasLoss };
  }

  /** A timeout: what was sent longer than `leastAgeMs` ago is lost, and the first chunk in any case. */
  timedOut(nowMs: MonotonicMs, leastAgeMs: number): void {
    let isFirst = true;
    for (let index = 0; index < this.#chunks.length; index += 1) {
      const chunk = this.#chunks.at(index);
      if (chunk?.state !== 'in_flight') continue;
      if (isFirst || nowMs - chunk.sentAtMs >= leastAgeMs) this.#setState(chunk, 'lost');
      isFirst = false;
    }
  }

  /** Gives up all of a message that is under way. */
  abandon(queued: QueuedMessage): void {
    for (let index = 0; index < this.#chunks.length; index += 1) {
      const chunk = this.#chunks.at(index);
      if (chunk?.fragment.queued === queued && chunk.state !== 'acknowledged') {
        this.#setState(chunk, 'abandoned');
      }
    }
  }

  /**
   * How far the peer may go on without what was given up (RFC 3758, section 3.5, C1): the TSN, and the last message
   * skipped of each ordered stream. Undefined if it lacks nothing that was.
   */
  skippable(
    streamCountMax: number,
  ):
    | { readonly newCumulativeTsn: number; readonly skipped: readonly SctpSkippedStream[] }
    | undefined {
    const lastSsnByStream = new Map<number, number>();
    let index = 0;
    for (; this.#chunks.at(index)?.state === 'abandoned'; index += 1) {
      const queued = this.#chunks.at(index)?.fragment.queued;
      if (queued?.ssn === undefined) continue;
      const { streamId } = queued.stream;
      if (!lastSsnByStream.has(streamId) && lastSsnByStream.size >= streamCountMax) break;
      lastSsnByStream.set(streamId, queued.ssn);
    }
    if (index === 0) return undefined;
    const skipped = [...lastSsnByStream].map(([streamId, ssn]) => ({ streamId, ssn }));
    return { newCumulativeTsn: this.#cumulativeTsn + index, skipped };
  }

  #at(tsn: number): OutstandingChunk | undefined {
    return this.#chunks.at(tsn - this.#cumulativeTsn - 1);
  }

  #moveTo(cumulativeTsn: number, tally: AckTally): void {
    while (this.#cumulativeTsn < cumulativeTsn) {
      this.#acked(this.#cumulativeTsn + 1, tally);
      const chunk = this.#chunks.shift();
      this.#cumulativeTsn += 1;
      if (chunk !== undefined) this.#release(chunk.fragment);
    }
    this.#firstLostTsn = Math.max(this.#firstLostTsn, cumulativeTsn + 1);
  }

  #acked(tsn: number, tally: AckTally): void {
    const chunk = this.#at(tsn);
    if (chunk === undefined || chunk.state === 'acknowledged' || chunk.state === 'abandoned')
      return;
    tally.take(chunk);
    this.#setState(chunk, 'acknowledged');
  }

  /** The first chunk can't have arrived, or the cumulative TSN would cover it: the peer has let it go again. */
  #takeBack(): void {
    const first = this.#chunks.at(0);
    if (first?.state === 'acknowledged') this.#setState(first, 'lost');
  }

  /** Counts what was sent before something that has arrived; answers whether some of it is lost by that. */
  #countMisses(highestOrder: number, isQueueEmpty: boolean): boolean {
    // With so little under way that three SACKs can't come, fewer are enough (RFC 5827).
    const isThin = isQueueEmpty && this.#chunks.length <= MISS_COUNT_MAX;
    const missCountMax = isThin ? Math.max(1, this.#chunks.length - 1) : MISS_COUNT_MAX;
    let hasLoss = false;
    for (let index = 0; index < this.#chunks.length; index += 1) {
      const chunk = this.#chunks.at(index);
      if (chunk?.state !== 'in_flight' || chunk.sendOrder >= highestOrder) continue;
      chunk.missCount += 1;
      if (chunk.missCount < missCountMax) continue;
      this.#setState(chunk, 'lost');
      hasLoss = true;
    }
    return hasLoss;
  }

  #setState(chunk: OutstandingChunk, state: OutstandingChunk['state']): void {
    const sizeBytes = chunk.fragment.payload.length;
    if (chunk.state === 'in_flight') this.#flightBytes -= sizeBytes;
    if (chunk.state === 'lost') this.#lostCount -= 1;
    chunk.state = state;
    if (state === 'in_flight') this.#flightBytes += sizeBytes;
    if (state !== 'lost') return;
    this.#lostCount += 1;
    this.#firstLostTsn = Math.min(this.#firstLostTsn, chunk.tsn);
  }
}

/** What one SACK acknowledges for the first time. */
class AckTally {
  bytes = 0;
  rttMs: number | undefined;
  /** Whatever was sent before this should have arrived too. */
  highestOrder = 0;
  hasRepeats = false;
  readonly #nowMs: MonotonicMs;
  readonly #leastRttMs: number;

  constructor(nowMs: MonotonicMs, leastRttMs: number) {
    this.#nowMs = nowMs;
    this.#leastRttMs = leastRttMs;
  }

  take(chunk: OutstandingChunk): void {
    this.bytes += chunk.fragment.payload.length;
    const ageMs = this.#nowMs - chunk.sentAtMs;
    const isRepeat = chunk.sendCount > 1;
    if (isRepeat) this.hasRepeats = true;
    else if (this.rttMs === undefined || ageMs < this.rttMs) this.rttMs = ageMs;
    if (isRepeat && ageMs < this.#leastRttMs) return;
    this.highestOrder = Math.max(this.highestOrder, chunk.sendOrder);
  }
}
