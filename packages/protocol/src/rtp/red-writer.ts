/** Furthest back that a copy may lie: its offset has 14 bits (RFC 2198, section 3); 341 ms at 48 kHz. */
export const RED_OFFSET_TICKS_MAX = 0x3fff;

/** Largest copy: its length has 10 bits. */
export const RED_COPY_BYTES_MAX = 0x3ff;

const COPY_HEADER_BYTES = 4;
const PRIMARY_HEADER_BYTES = 1;

export interface RedCopy {
  readonly payloadType: number;
  /** How long before the packet's RTP time it begins, at most {@link RED_OFFSET_TICKS_MAX}. */
  readonly offsetTicks: number;
  /** At most {@link RED_COPY_BYTES_MAX} bytes. */
  readonly payload: Uint8Array;
}

/**
 * Writes a payload with redundant audio (RFC 2198, section 3) to `target`: `copies`, oldest first, then `primary`.
 *
 * Answers its length in bytes. Copies that `target` has no room for are left out, oldest first.
 */
export function writeRedPayload(
  target: Uint8Array,
  copies: readonly RedCopy[],
  primary: { readonly payloadType: number; readonly payload: Uint8Array },
): number {
  let firstCopy = copies.length;
  let lengthBytes = PRIMARY_HEADER_BYTES + primary.payload.length;
  while (firstCopy > 0) {
    const copyBytes = COPY_HEADER_BYTES + (copies[firstCopy - 1]?.payload.length ?? 0);
    if (lengthBytes + copyBytes > target.length) break;
    lengthBytes += copyBytes;
    firstCopy -= 1;
  }
  const written = copies.slice(firstCopy);
  let at = 0;
  for (const { payloadType, offsetTicks, payload } of written) {
    target[at] = 0x80 | payloadType;
    target[at + 1] = offsetTicks >> 6;
    target[at + 2] = ((offsetTicks & 0x3f) << 2) | (payload.length >> 8);
    target[at + 3] = payload.length & 0xff;
    at += COPY_HEADER_BYTES;
  }
  target[at] = primary.payloadType & 0x7f;
  at += PRIMARY_HEADER_BYTES;
  for (const { payload } of written) {
    target.set(payload, at);
    at += payload.length;
  }
  target.set(primary.payload, at);
  return lengthBytes;
}
