/** In front of what they mask. */
const MASK_BYTES = 4;

/**
 * Masks `source`, or takes the mask off, with the four bytes before `start` (RFC 6455, section 5.3): four bytes at a time
 * where all lie evenly in memory.
 *
 * @param target - Where it is written from `start` on; may be where `source` lies.
 */
export function maskInto(target: Uint8Array, start: number, source: Uint8Array): void {
  const targetOffset = target.byteOffset + start;
  const isEven = targetOffset % MASK_BYTES === 0 && source.byteOffset % MASK_BYTES === 0;
  const wholeBytes = isEven ? source.length - (source.length % MASK_BYTES) : 0;
  if (wholeBytes > 0) {
    const wordCount = wholeBytes / MASK_BYTES;
    maskWords(
      new Int32Array(target.buffer, targetOffset - MASK_BYTES, wordCount + 1),
      new Int32Array(source.buffer, source.byteOffset, wordCount),
    );
  }
  for (let at = wholeBytes; at < source.length; at += 1)
    target[start + at] = (source[at] ?? 0) ^ (target[start - MASK_BYTES + (at % MASK_BYTES)] ?? 0);
}

/** The first word of `target` is the mask. Four at a time: half of what one at a time takes. */
function maskWords(target: Int32Array, source: Int32Array): void {
  const mask = target[0] ?? 0;
  const { length } = source;
  let at = 0;
  for (; at + 3 < length; at += 4) {
    target[at + 1] = (source[at] ?? 0) ^ mask;
    target[at + 2] = (source[at + 1] ?? 0) ^ mask;
    target[at + 3] = (source[at + 2] ?? 0) ^ mask;
    target[at + 4] = (source[at + 3] ?? 0) ^ mask;
  }
  for (; at < length; at += 1) target[at + 1] = (source[at] ?? 0) ^ mask;
}
