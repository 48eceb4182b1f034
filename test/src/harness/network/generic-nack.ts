const PACKET_TYPE = 205;
const FORMAT = 1;

/** The sequence numbers that an RTCP compound asks for again (RFC 4585, section 6.2.1). */
export function requestedByNack(rtcp: Uint8Array): readonly number[] {
  const view = new DataView(rtcp.buffer, rtcp.byteOffset, rtcp.length);
  const requested: number[] = [];
  for (let at = 0; at + 12 <= rtcp.length; at += 4 * (view.getUint16(at + 2) + 1)) {
    if (view.getUint8(at + 1) !== PACKET_TYPE || (view.getUint8(at) & 0x1f) !== FORMAT) continue;
    const endBytes = Math.min(rtcp.length, at + 4 * (view.getUint16(at + 2) + 1));
    for (let item = at + 12; item + 4 <= endBytes; item += 4)
      requested.push(...numbersOf(view.getUint16(item), view.getUint16(item + 2)));
  }
  return requested;
}

/** One item: a sequence number, and a mask of the sixteen behind it. */
function numbersOf(first: number, mask: number): number[] {
  const behind = Array.from({ length: 16 }, (_, bit) => bit).filter((bit) => mask & (1 << bit));
  return [first, ...behind.map((bit) => (first + bit + 1) & 0xffff)];
}

/** A NACK for one packet each, behind an empty receiver report as RFC 4585 wants it. */
export function writeNack(
  senderSsrc: number,
  mediaSsrc: number,
  sequenceNumbers: readonly number[],
): Uint8Array {
  const bytes = new Uint8Array(8 + 12 + 4 * sequenceNumbers.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x80);
  view.setUint8(1, 201);
  view.setUint16(2, 1);
  view.setUint32(4, senderSsrc);
  view.setUint8(8, 0x80 | FORMAT);
  view.setUint8(9, PACKET_TYPE);
  view.setUint16(10, 2 + sequenceNumbers.length);
  view.setUint32(12, senderSsrc);
  view.setUint32(16, mediaSsrc);
  sequenceNumbers.forEach((sequenceNumber, index) => {
    view.setUint16(20 + 4 * index, sequenceNumber);
  });
  return bytes;
}
