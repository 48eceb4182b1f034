const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PADDING = '='.charCodeAt(0);

/** The two characters of each 12 bits, as they lie in memory. */
const PAIRS = Uint16Array.from(
  { length: 4_096 },
  (_, bits) => (ALPHABET.charCodeAt(bits & 63) << 8) | ALPHABET.charCodeAt(bits >> 6),
);

/** How many characters so many bytes take (RFC 4648, section 4). */
export function base64Chars(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 3) * 4;
}

/**
 * Samples as base64 of their little-endian bytes, masked (RFC 6455, section 5.3), without a string between: half of what
 * Node's own and a mask behind it take, and no garbage.
 */
export class MaskedBase64 {
  /** Its lowest byte is the one for the first character. */
  mask = 0;

  /**
   * @param words - Written from `start` on, four characters each. Little-endian, as wherever Node runs.
   * @param pcm - 16 bits, mono.
   */
  write(words: Int32Array, start: number, pcm: Int16Array): void {
    const { mask } = this;
    const wholeSamples = pcm.length - (pcm.length % 3);
    let at = start;
    for (let index = 0; index < wholeSamples; index += 3) {
      const first = pcm[index] ?? 0;
      const second = pcm[index + 1] ?? 0;
      const third = pcm[index + 2] ?? 0;
      words[at] = charsOf(((first & 0xff) << 16) | (first & 0xff00) | (second & 0xff)) ^ mask;
      words[at + 1] =
        charsOf(((second & 0xff00) << 8) | ((third & 0xff) << 8) | ((third >> 8) & 0xff)) ^ mask;
      at += 2;
    }
    if (pcm.length > wholeSamples) this.#writeRest(words, at, pcm.subarray(wholeSamples));
  }

  /** One sample or two: two bytes or four. */
  #writeRest(words: Int32Array, start: number, rest: Int16Array): void {
    const [first = 0, second = 0] = rest;
    const isOne = rest.length === 1;
    const bits = ((first & 0xff) << 16) | (first & 0xff00) | (isOne ? 0 : second & 0xff);
    const chars = charsOf(bits);
    words[start] = (isOne ? (chars & 0xffffff) | (PADDING << 24) : chars) ^ this.mask;
    if (isOne) return;
    const last = (PAIRS[((second >> 8) & 0xff) << 4] ?? 0) | (PADDING << 16) | (PADDING << 24);
    words[start + 1] = last ^ this.mask;
  }
}

/** Of 24 bits. */
function charsOf(bits: number): number {
  return (PAIRS[bits >> 12] ?? 0) | ((PAIRS[bits & 0xfff] ?? 0) << 16);
}
