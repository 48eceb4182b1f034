/** Datagrams on a TCP connection: two bytes of length, then that many bytes (RFC 4571, as RFC 6544 uses it). */

const LENGTH_BYTES = 2;

/** One datagram as it goes on the connection. Throws a RangeError beyond 65,535 bytes. */
export function frameDatagram(bytes: Uint8Array): Uint8Array {
  if (bytes.length > 0xffff) throw new RangeError('A frame carries at most 65535 bytes.');
  const frame = new Uint8Array(LENGTH_BYTES + bytes.length);
  frame[0] = bytes.length >>> 8;
  frame[1] = bytes.length & 0xff;
  frame.set(bytes, LENGTH_BYTES);
  return frame;
}

/**
 * Cuts what comes on one connection into datagrams.
 *
 * Keeps at most one unfinished datagram, of at most `datagramBytesMax`; a longer one breaks the connection.
 */
export class DatagramReader {
  readonly #datagramBytesMax: number;
  #rest = new Uint8Array(0);

  constructor(datagramBytesMax: number) {
    this.#datagramBytesMax = datagramBytesMax;
  }

  /** The datagrams that `bytes` completes, as views; undefined if the peer announces one that is too long. */
  push(bytes: Uint8Array): readonly Uint8Array[] | undefined {
    const all = this.#rest.length === 0 ? bytes : joined(this.#rest, bytes);
    const datagrams: Uint8Array[] = [];
    let offset = 0;
    while (all.length - offset >= LENGTH_BYTES) {
      const sizeBytes = ((all[offset] ?? 0) << 8) | (all[offset + 1] ?? 0);
      if (sizeBytes > this.#datagramBytesMax) return undefined;
      const end = offset + LENGTH_BYTES + sizeBytes;
      if (end > all.length) break;
      if (sizeBytes > 0) datagrams.push(all.subarray(offset + LENGTH_BYTES, end));
      offset = end;
    }
    this.#rest = all.slice(offset);
    return datagrams;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
