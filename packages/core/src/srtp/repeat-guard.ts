/** How many indexes behind the highest a packet can be protected again; more than the history of sent packets keeps. */
export const REPEAT_WINDOW_PACKETS = 128;

/** Of each packet's authentication tag, to know it by. */
const KNOWN_TAG_BYTES = 8;

/**
 * Sees to it that no index of a source is used for two different packets.
 *
 * A repeat has the bytes of the first time, and so the same tag. A different packet under the same index would have the
 * same keystream: it would give away both, and with GCM the key of the authentication (RFC 7714, section 10.1).
 */
export class RepeatGuard {
  readonly #indexes = new Float64Array(REPEAT_WINDOW_PACKETS).fill(-1);
  readonly #tags = new Uint8Array(REPEAT_WINDOW_PACKETS * KNOWN_TAG_BYTES);
  #highestIndex = -1;

  /** −1 before the first packet. */
  get highestIndex(): number {
    return this.#highestIndex;
  }

  /**
   * Whether a packet that was protected may be sent. Its tag is at `tagAtBytes` of `bytes`. False if its index was used
   * for something else, or is so old that this isn't known.
   */
  admits(index: number, bytes: Uint8Array, tagAtBytes: number): boolean {
    if (index <= this.#highestIndex - REPEAT_WINDOW_PACKETS) return false;
    const place = index % REPEAT_WINDOW_PACKETS;
    const isRepeat = this.#indexes[place] === index;
    const knownAtBytes = place * KNOWN_TAG_BYTES;
    for (let at = 0; at < KNOWN_TAG_BYTES; at += 1) {
      const byte = bytes[tagAtBytes + at] ?? 0;
      if (!isRepeat) this.#tags[knownAtBytes + at] = byte;
      else if (this.#tags[knownAtBytes + at] !== byte) return false;
    }
    this.#indexes[place] = index;
    if (index > this.#highestIndex) this.#highestIndex = index;
    return true;
  }
}
