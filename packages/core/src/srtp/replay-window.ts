/** How many indexes behind the highest are told apart; what is older is refused. A power of two. */
export const REPLAY_WINDOW_PACKETS = 1_024;

const BITS_PER_WORD = 32;

/** Whether a packet may be taken: it has come, or is too old to know whether it has. */
export type ReplayVerdict = 'new' | 'replayed' | 'too_old';

/**
 * Which packets of one source have come (RFC 3711, section 3.3.2), by index; or which records of an epoch of DTLS, by
 * number (RFC 6347, section 4.1.2.6).
 *
 * `judge` before a packet is verified, `accept` after: nothing that isn't authentic leaves a trace.
 */
export class ReplayWindow {
  /** One bit for each index of the window, at the index' place in a circle. */
  readonly #seen = new Int32Array(REPLAY_WINDOW_PACKETS / BITS_PER_WORD);
  #highestIndex = -1;

  /** −1 before the first packet. */
  get highestIndex(): number {
    return this.#highestIndex;
  }

  judge(index: number): ReplayVerdict {
    if (index > this.#highestIndex) return 'new';
    if (index <= this.#highestIndex - REPLAY_WINDOW_PACKETS) return 'too_old';
    const place = index % REPLAY_WINDOW_PACKETS;
    const word = this.#seen[place >> 5] ?? 0;
    return (word & (1 << (place & 31))) === 0 ? 'new' : 'replayed';
  }

  /** Notes a packet that `judge` found new. */
  accept(index: number): void {
    if (index > this.#highestIndex) this.#advance(index);
    const place = index % REPLAY_WINDOW_PACKETS;
    const at = place >> 5;
    this.#seen[at] = (this.#seen[at] ?? 0) | (1 << (place & 31));
  }

  /** Makes room: what is between the highest and the new one hasn't come. */
  #advance(index: number): void {
    const skipped = index - this.#highestIndex - 1;
    if (skipped >= REPLAY_WINDOW_PACKETS) this.#seen.fill(0);
    else
      for (let missing = index - skipped; missing <= index; missing += 1) {
        const place = missing % REPLAY_WINDOW_PACKETS;
        const at = place >> 5;
        this.#seen[at] = (this.#seen[at] ?? 0) & ~(1 << (place & 31));
      }
    this.#highestIndex = index;
  }
}
