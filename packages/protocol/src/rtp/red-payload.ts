/** Blocks of one payload that are read; one with more is malformed. libwebrtc sends at most ten. */
export const RED_BLOCK_COUNT_MAX = 16;

const REDUNDANT_HEADER_BYTES = 4;

/**
 * Reads payloads with redundant audio (RFC 2198, section 3), one after the other.
 *
 * One reader serves a stream: what it says holds until its next `read`, and reading makes no objects. Blocks stand
 * oldest first, the primary one last.
 */
export class RedReader {
  readonly #payloadTypes = new Uint8Array(RED_BLOCK_COUNT_MAX);
  readonly #offsetTicks = new Uint16Array(RED_BLOCK_COUNT_MAX);
  readonly #endBytes = new Uint32Array(RED_BLOCK_COUNT_MAX);
  #payload: Uint8Array = new Uint8Array(0);
  #headerBytes = 0;
  #blockCount = 0;

  /** Reads `payload`; false, and then no blocks, if its headers don't fit its length. */
  read(payload: Uint8Array): boolean {
    this.#payload = payload;
    this.#blockCount = 0;
    let count = 0;
    let headerBytes = 0;
    let blocksBytes = 0;
    for (;;) {
      const first = payload[headerBytes];
      if (first === undefined || count === RED_BLOCK_COUNT_MAX) return false;
      this.#payloadTypes[count] = first & 0x7f;
      if ((first & 0x80) === 0) break;
      const low = payload[headerBytes + 3];
      if (low === undefined) return false;
      const middle = payload[headerBytes + 2] ?? 0;
      this.#offsetTicks[count] = ((payload[headerBytes + 1] ?? 0) << 6) | (middle >> 2);
      blocksBytes += ((middle & 3) << 8) | low;
      this.#endBytes[count] = blocksBytes;
      headerBytes += REDUNDANT_HEADER_BYTES;
      count += 1;
    }
    headerBytes += 1;
    if (headerBytes + blocksBytes > payload.length) return false;
    this.#offsetTicks[count] = 0;
    this.#endBytes[count] = payload.length - headerBytes;
    this.#headerBytes = headerBytes;
    this.#blockCount = count + 1;
    return true;
  }

  get blockCount(): number {
    return this.#blockCount;
  }

  payloadTypeAt(block: number): number {
    return this.#payloadTypes[block] ?? 0;
  }

  /** How long before the packet's RTP time the block begins; 0 for the primary one. */
  offsetTicksAt(block: number): number {
    return this.#offsetTicks[block] ?? 0;
  }

  /** A view on the block's bytes. */
  payloadAt(block: number): Uint8Array {
    const startBytes = block === 0 ? 0 : (this.#endBytes[block - 1] ?? 0);
    return this.#payload.subarray(
      this.#headerBytes + startBytes,
      this.#headerBytes + (this.#endBytes[block] ?? 0),
    );
  }
}
