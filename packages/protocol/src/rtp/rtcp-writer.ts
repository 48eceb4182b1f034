import {
  REPORT_BLOCK_BYTES,
  type ReportBlock,
  RTCP_FEEDBACK,
  RTCP_HEADER_BYTES,
  RTCP_TYPE,
  type RtcpPacket,
  SDES_CNAME,
} from './rtcp-packet.ts';

/** Blocks, sources and chunks of one packet: its count has five bits. */
const COUNT_MAX = 31;

/** Longest canonical name: its length is one byte. */
const CNAME_BYTES_MAX = 255;

/** Largest and smallest count of lost packets that 24 bits hold. */
const PACKETS_LOST_MAX = 0x7f_ffff;
const PACKETS_LOST_MIN = -0x80_0000;

/** How far ahead of its first number one entry of a NACK reaches (RFC 4585, section 6.2.1). */
const NACK_REACH = 16;

/**
 * Writes packets one after the other: a compound packet if the first is a report (RFC 3550, section 6.1), a
 * reduced-size one otherwise (RFC 5506).
 *
 * Numbers wrap at their width, lists longer than 31 and names longer than 255 bytes are cut, names are Latin-1.
 */
export function writeRtcp(packets: readonly RtcpPacket[]): Uint8Array {
  const parts = packets.map(writePacket);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offsetBytes = 0;
  for (const part of parts) {
    bytes.set(part, offsetBytes);
    offsetBytes += part.length;
  }
  return bytes;
}

function writePacket(packet: RtcpPacket): Uint8Array {
  switch (packet.type) {
    case 'sender_report': {
      const reports = packet.reports.slice(0, COUNT_MAX);
      const view = open(RTCP_TYPE.senderReport, reports.length, 24 + blocksBytes(reports));
      view.setUint32(4, packet.ssrc);
      view.setUint32(8, packet.ntpTime.seconds);
      view.setUint32(12, packet.ntpTime.fraction);
      view.setUint32(16, packet.rtpTimestamp);
      view.setUint32(20, packet.packetCount);
      view.setUint32(24, packet.octetCount);
      return writeBlocks(view, 28, reports);
    }
    case 'receiver_report': {
      const reports = packet.reports.slice(0, COUNT_MAX);
      const view = open(RTCP_TYPE.receiverReport, reports.length, 4 + blocksBytes(reports));
      view.setUint32(4, packet.ssrc);
      return writeBlocks(view, 8, reports);
    }
    case 'source_description':
      return writeSourceDescription(packet.chunks.slice(0, COUNT_MAX));
    case 'bye': {
      const ssrcs = packet.ssrcs.slice(0, COUNT_MAX);
      const view = open(RTCP_TYPE.bye, ssrcs.length, ssrcs.length * 4);
      for (const [index, ssrc] of ssrcs.entries())
        view.setUint32(RTCP_HEADER_BYTES + index * 4, ssrc);
      return bytesOf(view);
    }
    default:
      return writeFeedback(packet);
  }
}

function writeFeedback(packet: Extract<RtcpPacket, { readonly senderSsrc: number }>): Uint8Array {
  if (packet.type === 'picture_loss') {
    const view = open(RTCP_TYPE.payloadFeedback, RTCP_FEEDBACK.pictureLoss, 8);
    view.setUint32(4, packet.senderSsrc);
    view.setUint32(8, packet.mediaSsrc);
    return bytesOf(view);
  }
  if (packet.type === 'full_intra_request') {
    const { requests } = packet;
    const format = RTCP_FEEDBACK.fullIntraRequest;
    const view = open(RTCP_TYPE.payloadFeedback, format, 8 + requests.length * 8);
    view.setUint32(4, packet.senderSsrc);
    for (const [index, request] of requests.entries()) {
      view.setUint32(12 + index * 8, request.ssrc);
      view.setUint8(16 + index * 8, request.sequenceNumber);
    }
    return bytesOf(view);
  }
  const entries = nackEntries(packet.sequenceNumbers);
  const view = open(RTCP_TYPE.transportFeedback, RTCP_FEEDBACK.nack, 8 + entries.length * 4);
  view.setUint32(4, packet.senderSsrc);
  view.setUint32(8, packet.mediaSsrc);
  for (const [index, entry] of entries.entries()) {
    view.setUint16(12 + index * 4, entry.first);
    view.setUint16(14 + index * 4, entry.bitmask);
  }
  return bytesOf(view);
}

/** Numbers in the order given, those that follow closely packed into their predecessor's bitmask. */
function nackEntries(
  sequenceNumbers: readonly number[],
): readonly { readonly first: number; readonly bitmask: number }[] {
  const entries: { first: number; bitmask: number }[] = [];
  for (const sequenceNumber of sequenceNumbers) {
    const last = entries.at(-1);
    const ahead = last === undefined ? 0 : (sequenceNumber - last.first) & 0xffff;
    if (last !== undefined && ahead >= 1 && ahead <= NACK_REACH) last.bitmask |= 1 << (ahead - 1);
    else if (last === undefined || ahead !== 0)
      entries.push({ first: sequenceNumber & 0xffff, bitmask: 0 });
  }
  return entries;
}

function writeSourceDescription(
  chunks: readonly { readonly ssrc: number; readonly cname: string }[],
): Uint8Array {
  const named = chunks.map(({ ssrc, cname }) => ({ ssrc, text: cname.slice(0, CNAME_BYTES_MAX) }));
  // Source, item header, text, and at least one zero byte up to the next word.
  const sizes = named.map(({ text }) => 4 + ((2 + text.length + 4) & ~3));
  const view = open(
    RTCP_TYPE.sourceDescription,
    named.length,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  let at = RTCP_HEADER_BYTES;
  for (const [index, { ssrc, text }] of named.entries()) {
    view.setUint32(at, ssrc);
    view.setUint8(at + 4, SDES_CNAME);
    view.setUint8(at + 5, text.length);
    for (let char = 0; char < text.length; char += 1)
      view.setUint8(at + 6 + char, text.charCodeAt(char) & 0xff);
    at += sizes[index] ?? 0;
  }
  return bytesOf(view);
}

/** A packet of zeros with its header; `bodyBytes` is a multiple of four. */
function open(type: number, count: number, bodyBytes: number): DataView {
  const view = new DataView(new ArrayBuffer(RTCP_HEADER_BYTES + bodyBytes));
  view.setUint8(0, 0x80 | count);
  view.setUint8(1, type);
  view.setUint16(2, bodyBytes / 4);
  return view;
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function blocksBytes(reports: readonly ReportBlock[]): number {
  return reports.length * REPORT_BLOCK_BYTES;
}

function writeBlocks(
  view: DataView,
  startBytes: number,
  reports: readonly ReportBlock[],
): Uint8Array {
  for (const [index, report] of reports.entries()) {
    const at = startBytes + index * REPORT_BLOCK_BYTES;
    const lost = Math.max(PACKETS_LOST_MIN, Math.min(PACKETS_LOST_MAX, report.packetsLost));
    view.setUint32(at, report.ssrc);
    view.setUint32(at + 4, (report.fractionLost << 24) | (lost & 0xff_ffff));
    view.setUint32(at + 8, report.extendedSequenceNumber);
    view.setUint32(at + 12, report.jitterTicks);
    view.setUint32(at + 16, report.lastSenderReport);
    view.setUint32(at + 20, report.delaySinceLastSenderReport);
  }
  return bytesOf(view);
}
