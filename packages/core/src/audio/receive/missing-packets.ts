/** Sequence numbers whose fate is known: enough to tell a late packet from a duplicate, and how late it is. */
const WINDOW_COUNT = 256;

/** Times that one packet is asked for. */
const NACKS_PER_PACKET_MAX = 3;

/** A packet is never asked for again sooner than this. */
const NACK_INTERVAL_MS_MIN = 10;

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
  readonly #nackedMs = new Float64Array(WINDOW_COUNT);
  readonly #nackCounts = new Uint8Array(WINDOW_COUNT);

  received(sequence: number): void {
    this.#set(sequence, RECEIVED);
  }

  restored(sequence: number): void {
    this.#set(sequence, RESTORED);
  }

  /** Notes that `sequence` is missing, since a later one has come. */
  notice(sequence: number, nowMs: number): void {
    const index = this.#set(sequence, MISSING);
    this.#noticedMs[index] = nowMs;
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

  /** When a missing packet was last asked for; undefined if it never was. */
  nackedMs(sequence: number): number | undefined {
    const index = sequence % WINDOW_COUNT;
    return this.isMissing(sequence) && (this.#nackCounts[index] ?? 0) > 0
      ? this.#nackedMs[index]
      : undefined;
  }

  /** When a missing packet is to be asked for next: at once, then after each round trip; undefined when often enough. */
  nextNackMs(sequence: number, rttMs: number): number | undefined {
    if (!this.isMissing(sequence)) return undefined;
    const index = sequence % WINDOW_COUNT;
    const count = this.#nackCounts[index] ?? 0;
    if (count === 0) return this.#noticedMs[index];
    if (count >= NACKS_PER_PACKET_MAX) return undefined;
    return (this.#nackedMs[index] ?? 0) + Math.max(rttMs, NACK_INTERVAL_MS_MIN);
  }

  nacked(sequence: number, nowMs: number): void {
    const index = sequence % WINDOW_COUNT;
    this.#nackedMs[index] = nowMs;
    this.#nackCounts[index] = (this.#nackCounts[index] ?? 0) + 1;
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
