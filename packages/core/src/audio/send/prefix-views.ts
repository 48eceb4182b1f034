/**
 * Views on the first bytes of one buffer, each made once: packets of a call have a few dozen lengths, and a view for
 * each packet would be most of what it costs. At most one per byte of the buffer.
 */
export class PrefixViews {
  readonly #bytes: Uint8Array;
  readonly #views: Uint8Array[] = [];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The first `lengthBytes` of the buffer. */
  of(lengthBytes: number): Uint8Array {
    const known = this.#views[lengthBytes];
    if (known !== undefined) return known;
    const view = this.#bytes.subarray(0, lengthBytes);
    this.#views[lengthBytes] = view;
    return view;
  }
}
