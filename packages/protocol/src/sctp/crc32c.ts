import { putUint32, uint32At } from '../network-order.ts';

/** The Castagnoli polynomial, bits reflected (RFC 9260, appendix A). */
const POLYNOMIAL = 0x82f63b78;
/** Bytes that one step takes. */
const SLICE_BYTES = 8;
const CHECKSUM_AT = 8;

/** Eight tables of 256 in one: table `n` is what a byte does that lies `n` bytes before the step's last. */
const TABLES = /* @__PURE__ */ makeTables();

function makeTables(): Uint32Array {
  const tables = new Uint32Array(SLICE_BYTES * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at += 1) {
    const before = tables[at - 256] ?? 0;
    tables[at] = (before >>> 8) ^ (tables[before & 0xff] ?? 0);
  }
  return tables;
}

/** Goes on with a CRC over `bytes` from `startAt` to `endAt`; begin with -1 and invert what comes out. */
function advance(
  crc: number,
  bytes: Uint8Array,
  range: { startAt: number; endAt: number },
): number {
  const { endAt } = range;
  let at = range.startAt;
  let state = crc;
  const t = TABLES;
  for (; at + SLICE_BYTES <= endAt; at += SLICE_BYTES) {
    state =
      (t[1792 + (((bytes[at] as number) ^ state) & 0xff)] as number) ^
      (t[1536 + (((bytes[at + 1] as number) ^ (state >>> 8)) & 0xff)] as number) ^
      (t[1280 + (((bytes[at + 2] as number) ^ (state >>> 16)) & 0xff)] as number) ^
      (t[1024 + (((bytes[at + 3] as number) ^ (state >>> 24)) & 0xff)] as number) ^
      (t[768 + (bytes[at + 4] as number)] as number) ^
      (t[512 + (bytes[at + 5] as number)] as number) ^
      (t[256 + (bytes[at + 6] as number)] as number) ^
      (t[bytes[at + 7] as number] as number);
  }
  for (; at < endAt; at += 1) {
    state = (state >>> 8) ^ (t[(state ^ (bytes[at] as number)) & 0xff] as number);
  }
  return state;
}

/** CRC32c of bytes, as a number of 32 bits. */
export function crc32c(bytes: Uint8Array): number {
  return ~advance(-1, bytes, { startAt: 0, endAt: bytes.length }) >>> 0;
}

/** The CRC of a packet as if its checksum field were zero. */
function packetCrc(packet: Uint8Array): number {
  let state = advance(-1, packet, { startAt: 0, endAt: CHECKSUM_AT });
  for (let count = 0; count < 4; count += 1) state = (state >>> 8) ^ (TABLES[state & 0xff] ?? 0);
  return ~advance(state, packet, { startAt: CHECKSUM_AT + 4, endAt: packet.length }) >>> 0;
}

/** The bytes of a CRC in the order that they have on the wire: least significant first. */
function swapped(crc: number): number {
  return (
    ((crc & 0xff) << 24) | ((crc & 0xff00) << 8) | ((crc >>> 8) & 0xff00) | ((crc >>> 24) & 0xff)
  );
}

/** Whether a packet has the checksum that its bytes ask for (RFC 9260, section 6.8). */
export function hasValidChecksum(packet: Uint8Array): boolean {
  return (
    packet.length >= CHECKSUM_AT + 4 &&
    uint32At(packet, CHECKSUM_AT) === swapped(packetCrc(packet)) >>> 0
  );
}

/** Writes the checksum of a packet that is complete but for it. */
export function writeChecksum(packet: Uint8Array): void {
  putUint32(packet, CHECKSUM_AT, swapped(packetCrc(packet)));
}
