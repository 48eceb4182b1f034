import type { RequestPlan } from './hold-policy.ts';

/** Sequence numbers whose fate is known: enough to tell a late packet from a duplicate, and how late it is. */
const WINDOW_COUNT = 256;

/** Times that one packet is asked for. */
const NACKS_PER_PACKET_MAX = 8;

/** Sequence numbers from `first` up to, but not including, `end`. */
export interface SequenceRange {
  readonly first: number;
  readonly end: number;
}

const NONE: readonly number[] = [];

/** What is known of a sequence number. */
const UNKNOWN = 0;
const MISSING = 1;
const RECEIVED = 2;
/** Its sound came as redundant audio in another packet. */
const RESTORED = 3;

/** Follows each recent sequence number: came, came otherwise, or missing since when and asked for how often. */
export class MissingPackets {
  readonly #sequences = new Float64Array(WINDOW_COUNT).fill(-1);
  readonly #states = new Uint8Array(WINDOW_COUNT);
  readonly #noticedMs = new Float64Array(WINDOW_COUNT);
  readonly #dueMs = new Float64Array(WINDOW_COUNT);
  readonly #nackedMs = new Float64Array(WINDOW_COUNT);
  readonly #nackCounts = new Uint8Array(WINDOW_COUNT);

  /** Forgets all, for a stream whose numbers begin anew. */
  clear(): void {
    this.#sequences.fill(-1);
  }

  received(sequence: number): void {
    this.#set(sequence, RECEIVED);
  }

  restored(sequence: number): void {
    this.#set(sequence, RESTORED);
  }

  /** Notes that `sequence`, which would have come at `dueMs`, is missing, since a later one has come. */
  notice(sequence: number, dueMs: number, nowMs: number): void {
    const index = this.#set(sequence, MISSING);
    this.#noticedMs[index] = nowMs;
    this.#dueMs[index] = dueMs;
    this.#nackCounts[index] = 0;
  }

  /** True if the packet's sound has been here already. */
  hasCome(sequence: number): boolean {
    const state = this.#stateOf(sequence);
    return state === RECEIVED || state === RESTORED;
  }

  isMissing(sequence: number): boolean {
    return this.#stateOf(sequence) === MISSING;
  }

  /** When a packet was noticed to be missing; undefined if it isn't known to have been. */
  noticedMs(sequence: number): number | undefined {
    return this.isMissing(sequence) ? this.#noticedMs[sequence % WINDOW_COUNT] : undefined;
  }

  /** When a missing packet would have come; undefined if it isn't known to be missing. */
  dueMs(sequence: number): number | undefined {
    return this.isMissing(sequence) ? this.#dueMs[sequence % WINDOW_COUNT] : undefined;
  }

  /** When a missing packet was last asked for; undefined if it never was. */
  nackedMs(sequence: number): number | undefined {
    const index = sequence % WINDOW_COUNT;
    return this.isMissing(sequence) && (this.#nackCounts[index] ?? 0) > 0
      ? this.#nackedMs[index]
      : undefined;
  }

  /**
   * The missing packets of a range that are to be asked for now, by their 16 bits on the wire; each counts as asked for
   * with that.
   */
  takeNacks({ first, end }: SequenceRange, plan: RequestPlan, nowMs: number): readonly number[] {
    let sequenceNumbers: number[] | undefined;
    for (let sequence = first; sequence < end; sequence += 1) {
      const dueMs = this.#nackDueMs(sequence, plan);
      if (dueMs === undefined || dueMs > nowMs) continue;
      const index = sequence % WINDOW_COUNT;
      this.#nackedMs[index] = nowMs;
      this.#nackCounts[index] = (this.#nackCounts[index] ?? 0) + 1;
      sequenceNumbers ??= [];
      sequenceNumbers.push(sequence & 0xffff);
    }
    return sequenceNumbers ?? NONE;
  }

  /** When the next one of a range is to be asked for; undefined if none is. */
  nextNackMs({ first, end }: SequenceRange, plan: RequestPlan): number | undefined {
    let nextMs: number | undefined;
    for (let sequence = first; sequence < end; sequence += 1) {
      const dueMs = this.#nackDueMs(sequence, plan);
      if (dueMs !== undefined) nextMs = Math.min(nextMs ?? dueMs, dueMs);
    }
    return nextMs;
  }

  /** When a packet is to be asked for; undefined if it isn't missing, was asked for often enough, or would be too late. */
  #nackDueMs(sequence: number, { intervalMs, lastMs }: RequestPlan): number | undefined {
    const noticedMs = this.noticedMs(sequence);
    if (noticedMs === undefined) return undefined;
    const index = sequence % WINDOW_COUNT;
    const count = this.#nackCounts[index] ?? 0;
    if (count >= NACKS_PER_PACKET_MAX) return undefined;
    const dueMs = count === 0 ? noticedMs : (this.#nackedMs[index] ?? 0) + intervalMs;
    return dueMs <= noticedMs + lastMs ? dueMs : undefined;
  }

  #set(sequence: number, state: number): number {
    const index = sequence % WINDOW_COUNT;
    this.#sequences[index] = sequence;
    this.#states[index] = state;
    return index;
  }

  #stateOf(sequence: number): number {
    const index = sequence % WINDOW_COUNT;
    return this.#sequences[index] === sequence ? (this.#states[index] ?? UNKNOWN) : UNKNOWN;
  }
}
