/** Whole messages of text as one WebSocket frame each (RFC 6455, section 5.2). */

/** FIN and the opcode of text. */
const FINAL_TEXT = 0x81;
const MASKED = 0x80;
/** In place of a length: it follows in 16 bits, or in 64. */
const LENGTH_IN_16_BITS = 126;
const LENGTH_IN_64_BITS = 127;
const MASK_BYTES = 4;

/** How long the head of a frame with so many bytes of payload is. A client's has a mask (section 5.3). */
export function frameHeadBytes(payloadBytes: number, isMasked: boolean): number {
  const maskBytes = isMasked ? MASK_BYTES : 0;
  if (payloadBytes < LENGTH_IN_16_BITS) return 2 + maskBytes;
  return payloadBytes <= 0xffff ? 4 + maskBytes : 10 + maskBytes;
}

/** Writes the head of a text frame to where `frame` begins, all but the mask, which is left free. */
export function writeTextFrameHead(
  frame: Uint8Array,
  payloadBytes: number,
  isMasked: boolean,
): void {
  const maskBit = isMasked ? MASKED : 0;
  frame[0] = FINAL_TEXT;
  if (payloadBytes < LENGTH_IN_16_BITS) {
    frame[1] = maskBit | payloadBytes;
    return;
  }
  const isShort = payloadBytes <= 0xffff;
  frame[1] = maskBit | (isShort ? LENGTH_IN_16_BITS : LENGTH_IN_64_BITS);
  let rest = payloadBytes;
  for (let at = isShort ? 3 : 9; at >= 2; at -= 1) {
    frame[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/**
 * Where the payload of a whole masked text frame begins that lies at `start`, with its mask in the four bytes before
 * it; 0 for any other frame, one that is longer than 65,535 bytes, and one whose end isn't there.
 *
 * Its end is where {@link maskedTextEnd} says.
 */
export function maskedTextStart(bytes: Uint8Array, start: number): number {
  const second = bytes[start + 1] ?? 0;
  if (bytes[start] !== FINAL_TEXT || second < MASKED) return 0;
  const payloadStart = start + ((second & 0x7f) === LENGTH_IN_16_BITS ? 4 : 2) + MASK_BYTES;
  const isWhole = second !== (MASKED | LENGTH_IN_64_BITS) && payloadStart <= bytes.length;
  return isWhole && maskedTextEnd(bytes, start, payloadStart) <= bytes.length ? payloadStart : 0;
}

/** Where the frame ends that {@link maskedTextStart} has found. */
export function maskedTextEnd(bytes: Uint8Array, start: number, payloadStart: number): number {
  const length = (bytes[start + 1] ?? 0) & 0x7f;
  if (length < LENGTH_IN_16_BITS) return payloadStart + length;
  return payloadStart + (((bytes[start + 2] ?? 0) << 8) | (bytes[start + 3] ?? 0));
}
