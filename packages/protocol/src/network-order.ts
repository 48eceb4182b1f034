/** Big-endian numbers in bytes. What lies beyond the end reads as 0; callers check lengths first. */

export function uint16At(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

export function uint32At(bytes: Uint8Array, at: number): number {
  return ((uint16At(bytes, at) << 16) | uint16At(bytes, at + 2)) >>> 0;
}

/** Writes the low 16 bits of `value`. */
export function putUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Writes `value` modulo 2^32, so that an unwrapped sequence number may be given. */
export function putUint32(bytes: Uint8Array, at: number, value: number): void {
  const wrapped = value >>> 0;
  putUint16(bytes, at, wrapped >>> 16);
  putUint16(bytes, at + 2, wrapped);
}

/** The length with the padding to a multiple of four that chunks, parameters and causes have (RFC 9260, section 3.2). */
export function paddedBytes(lengthBytes: number): number {
  return (lengthBytes + 3) & ~3;
}
