/** One earlier packet carried again. */
export interface RedundantBlock {
  readonly payload: Uint8Array;
  /** How much earlier its timestamp is, in RTP ticks; below 2^14. */
  readonly ticksAgo: number;
}

const BLOCK_BYTES_MAX = 1_023;
const TICKS_AGO_MAX = 16_383;

/** A RED payload (RFC 2198, section 3): earlier blocks, oldest first, and the packet's own. Oversize blocks are left out. */
export function writeRedPayload(
  payloadType: number,
  earlier: readonly RedundantBlock[],
  payload: Uint8Array,
): Uint8Array {
  const blocks = earlier.filter(
    (block) =>
      block.payload.length <= BLOCK_BYTES_MAX &&
      block.payload.length > 0 &&
      block.ticksAgo <= TICKS_AGO_MAX,
  );
  const headers = blocks.flatMap(({ payload: { length }, ticksAgo }) => [
    0x80 | payloadType,
    ticksAgo >> 6,
    ((ticksAgo & 0x3f) << 2) | (length >> 8),
    length & 0xff,
  ]);
  return Buffer.concat([
    Buffer.from([...headers, payloadType]),
    ...blocks.map((block) => block.payload),
    payload,
  ]);
}
