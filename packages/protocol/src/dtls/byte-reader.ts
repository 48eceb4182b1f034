/**
 * Reads the numbers and vectors of TLS (RFC 5246, section 4) from bytes that anybody may have sent.
 *
 * Reading beyond the end gives zeros and empty vectors, and is remembered in {@link isCut}: a reader of a message asks
 * once, at its end.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #atBytes = 0;
  #isCut = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** What has not been read yet, in bytes. */
  get restBytes(): number {
    return this.#bytes.length - this.#atBytes;
  }

  /** How many bytes have been read. */
  get atBytes(): number {
    return this.#atBytes;
  }

  /** Whether something was read that isn't there. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Whether all was there and nothing is left. */
  get isSpent(): boolean {
    return !this.#isCut && this.restBytes === 0;
  }

  /** An unsigned number of `widthBytes`, 6 at most, most significant byte first. */
  uint(widthBytes: number): number {
    let value = 0;
    for (const byte of this.take(widthBytes)) value = value * 0x100 + byte;
    return value;
  }

  /** A view on the next `lengthBytes`. */
  take(lengthBytes: number): Uint8Array {
    if (lengthBytes > this.restBytes) {
      this.#isCut = true;
      this.#atBytes = this.#bytes.length;
      return this.#bytes.subarray(this.#atBytes);
    }
    const startBytes = this.#atBytes;
    this.#atBytes += lengthBytes;
    return this.#bytes.subarray(startBytes, this.#atBytes);
  }

  /** A view on a vector whose length stands before it in `widthBytes`. */
  vector(widthBytes: number): Uint8Array {
    return this.take(this.uint(widthBytes));
  }
}

/** A number of `widthBytes`, most significant byte first. */
export function uintBytes(value: number, widthBytes: number): Uint8Array {
  const bytes = new Uint8Array(widthBytes);
  let rest = value;
  for (let at = widthBytes - 1; at >= 0; at -= 1) {
    bytes[at] = rest % 0x100;
    rest = Math.floor(rest / 0x100);
  }
  return bytes;
}

/** All of `parts`, one behind the other. */
export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let atBytes = 0;
  for (const part of parts) {
    joined.set(part, atBytes);
    atBytes += part.length;
  }
  return joined;
}

/** `parts` with their length before them, in `widthBytes`. */
export function vectorBytes(widthBytes: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = joinBytes(...parts);
  return joinBytes(uintBytes(body.length, widthBytes), body);
}

/** The 16 bit numbers of a vector's body; undefined if its length is odd. */
export function readUint16List(bytes: Uint8Array): readonly number[] | undefined {
  if (bytes.length % 2 !== 0) return undefined;
  const reader = new ByteReader(bytes);
  return Array.from({ length: bytes.length / 2 }, () => reader.uint(2));
}

/** 16 bit numbers as the body of a vector. */
export function uint16ListBytes(values: readonly number[]): Uint8Array {
  return joinBytes(...values.map((value) => uintBytes(value, 2)));
}
