/** Longest payload whose view is kept: more than fits a packet on an Ethernet. */
const KEPT_VIEW_BYTES_MAX = 1_500;

/**
 * Views on the payloads of packets that come in the same place of memory each time, as those do that SRTP was taken
 * off: each is made once. A view of its own would be most of what receiving a packet costs the garbage collector.
 * Packets that come elsewhere get a view each.
 */
export class PayloadViews {
  #buffer: ArrayBufferLike | undefined;
  #startBytes = -1;
  /** By their length. */
  #views: Uint8Array[] = [];

  of(bytes: Uint8Array, startBytes: number, endBytes: number): Uint8Array {
    const atBytes = bytes.byteOffset + startBytes;
    const lengthBytes = endBytes - startBytes;
    const isSamePlace = bytes.buffer === this.#buffer && atBytes === this.#startBytes;
    const known = isSamePlace ? this.#views[lengthBytes] : undefined;
    if (known !== undefined) return known;
    const view = bytes.subarray(startBytes, endBytes);
    if (isSamePlace) {
      if (lengthBytes <= KEPT_VIEW_BYTES_MAX) this.#views[lengthBytes] = view;
      return view;
    }
    this.#buffer = bytes.buffer;
    this.#startBytes = atBytes;
    if (this.#views.length > 0) this.#views = [];
    return view;
  }
}
