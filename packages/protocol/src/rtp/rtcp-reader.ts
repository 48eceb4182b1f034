import { NACK_COUNT_MAX, RTCP_BYTES_MAX } from '../limits.ts';
import {
  type Bye,
  type FullIntraRequest,
  type Nack,
  REPORT_BLOCK_BYTES,
  type ReportBlock,
  RTCP_FEEDBACK,
  RTCP_HEADER_BYTES,
  RTCP_TYPE,
  type RtcpPacket,
  SDES_CNAME,
  type SourceDescription,
} from './rtcp-packet.ts';

const RTP_VERSION = 2;

/** Size of a sender report before its blocks, and of a receiver report before its. */
const SENDER_INFO_BYTES = 28;
const RECEIVER_INFO_BYTES = 8;

/** Header, sender and media source of a feedback message (RFC 4585, section 6.1). */
const FEEDBACK_BYTES = 12;

/** What a compound packet holds. */
export interface ReadRtcp {
  readonly packets: readonly RtcpPacket[];
  /** Packets of a type or a feedback that Prism doesn't know, or whose content contradicts their length. */
  readonly skippedCount: number;
}

/**
 * Reads a compound RTCP packet, reduced-size ones too (RFC 3550, section 6.1; RFC 5506).
 *
 * `undefined` if the bytes aren't a chain of packets that ends where they end (RFC 3550, appendix A.2), or if they are
 * more than {@link RTCP_BYTES_MAX}. Nothing is read beyond the bytes that came, and no more values are made than fit
 * in them; of a NACK at most {@link NACK_COUNT_MAX} numbers are read.
 */
export function readRtcp(bytes: Uint8Array): ReadRtcp | undefined {
  if (bytes.length < RTCP_HEADER_BYTES || bytes.length > RTCP_BYTES_MAX) return undefined;
  const packets: RtcpPacket[] = [];
  let skippedCount = 0;
  let offsetBytes = 0;
  while (offsetBytes < bytes.length) {
    const view = packetAt(bytes, offsetBytes);
    if (view === undefined) return undefined;
    const packet = readPacket(view.content);
    if (packet === undefined) skippedCount += 1;
    else packets.push(packet);
    offsetBytes += view.lengthBytes;
  }
  return { packets, skippedCount };
}

/** One packet of the chain, without its padding; `undefined` if there is none. */
function packetAt(
  bytes: Uint8Array,
  offsetBytes: number,
): { readonly content: DataView; readonly lengthBytes: number } | undefined {
  const leftBytes = bytes.length - offsetBytes;
  if (leftBytes < RTCP_HEADER_BYTES) return undefined;
  const header = new DataView(bytes.buffer, bytes.byteOffset + offsetBytes, RTCP_HEADER_BYTES);
  const first = header.getUint8(0);
  const lengthBytes = (header.getUint16(2) + 1) * 4;
  if (first >> 6 !== RTP_VERSION || lengthBytes > leftBytes) return undefined;
  let contentBytes = lengthBytes;
  if ((first & 0x20) !== 0) {
    // Only the last packet of a compound may be padded (RFC 3550, section 6.4.1).
    if (lengthBytes !== leftBytes) return undefined;
    const paddingBytes = bytes[bytes.length - 1] ?? 0;
    if (paddingBytes === 0 || paddingBytes > lengthBytes - RTCP_HEADER_BYTES) return undefined;
    contentBytes -= paddingBytes;
  }
  const content = new DataView(bytes.buffer, bytes.byteOffset + offsetBytes, contentBytes);
  return { content, lengthBytes };
}

function readPacket(view: DataView): RtcpPacket | undefined {
  const count = view.getUint8(0) & 0x1f;
  switch (view.getUint8(1)) {
    case RTCP_TYPE.senderReport:
      return readSenderReport(view, count);
    case RTCP_TYPE.receiverReport:
      return readReceiverReport(view, count);
    case RTCP_TYPE.sourceDescription:
      return readSourceDescription(view, count);
    case RTCP_TYPE.bye:
      return readBye(view, count);
    case RTCP_TYPE.transportFeedback:
      return count === RTCP_FEEDBACK.nack ? readNack(view) : undefined;
    case RTCP_TYPE.payloadFeedback:
      return readPayloadFeedback(view, count);
    default:
      return undefined;
  }
}

function readSenderReport(view: DataView, count: number): RtcpPacket | undefined {
  if (view.byteLength < SENDER_INFO_BYTES + count * REPORT_BLOCK_BYTES) return undefined;
  return {
    type: 'sender_report',
    ssrc: view.getUint32(4),
    ntpTime: { seconds: view.getUint32(8), fraction: view.getUint32(12) },
    rtpTimestamp: view.getUint32(16),
    packetCount: view.getUint32(20),
    octetCount: view.getUint32(24),
    reports: readReportBlocks(view, SENDER_INFO_BYTES, count),
  };
}

function readReceiverReport(view: DataView, count: number): RtcpPacket | undefined {
  if (view.byteLength < RECEIVER_INFO_BYTES + count * REPORT_BLOCK_BYTES) return undefined;
  const reports = readReportBlocks(view, RECEIVER_INFO_BYTES, count);
  return { type: 'receiver_report', ssrc: view.getUint32(4), reports };
}

function readReportBlocks(view: DataView, startBytes: number, count: number): ReportBlock[] {
  return Array.from({ length: count }, (_, index) => {
    const at = startBytes + index * REPORT_BLOCK_BYTES;
    const loss = view.getUint32(at + 4);
    return {
      ssrc: view.getUint32(at),
      fractionLost: loss >>> 24,
      packetsLost: (loss << 8) >> 8,
      extendedSequenceNumber: view.getUint32(at + 8),
      jitterTicks: view.getUint32(at + 12),
      lastSenderReport: view.getUint32(at + 16),
      delaySinceLastSenderReport: view.getUint32(at + 20),
    };
  });
}

function readSourceDescription(view: DataView, count: number): SourceDescription | undefined {
  const chunks: { ssrc: number; cname: string }[] = [];
  let at = RTCP_HEADER_BYTES;
  for (let index = 0; index < count; index += 1) {
    if (at + 4 > view.byteLength) return undefined;
    const ssrc = view.getUint32(at);
    const items = readItems(view, at + 4);
    if (items === undefined) return undefined;
    if (items.cname !== undefined) chunks.push({ ssrc, cname: items.cname });
    at = items.endBytes;
  }
  return { type: 'source_description', chunks };
}

/** The items of one chunk up to the word that ends them (RFC 3550, section 6.5). */
function readItems(
  view: DataView,
  startBytes: number,
): { readonly cname: string | undefined; readonly endBytes: number } | undefined {
  let cname: string | undefined;
  let at = startBytes;
  while (at < view.byteLength) {
    const kind = view.getUint8(at);
    // The list ends with one zero byte or more, up to the next word.
    if (kind === 0) return { cname, endBytes: (at + 4) & ~3 };
    if (at + 2 > view.byteLength) return undefined;
    const textBytes = view.getUint8(at + 1);
    if (at + 2 + textBytes > view.byteLength) return undefined;
    if (kind === SDES_CNAME) cname = readText(view, at + 2, textBytes);
    at += 2 + textBytes;
  }
  return undefined;
}

/** A canonical name is compared and never shown: its bytes as Latin-1 are enough. */
function readText(view: DataView, startBytes: number, lengthBytes: number): string {
  let text = '';
  for (let index = 0; index < lengthBytes; index += 1)
    text += String.fromCharCode(view.getUint8(startBytes + index));
  return text;
}

function readBye(view: DataView, count: number): Bye | undefined {
  if (view.byteLength < RTCP_HEADER_BYTES + count * 4) return undefined;
  const ssrcs = Array.from({ length: count }, (_, index) =>
    view.getUint32(RTCP_HEADER_BYTES + index * 4),
  );
  return { type: 'bye', ssrcs };
}

function readNack(view: DataView): Nack | undefined {
  if (view.byteLength < FEEDBACK_BYTES) return undefined;
  const sequenceNumbers: number[] = [];
  for (let at = FEEDBACK_BYTES; at + 4 <= view.byteLength; at += 4) {
    const first = view.getUint16(at);
    const bitmask = view.getUint16(at + 2);
    sequenceNumbers.push(first);
    for (let bit = 0; bit < 16; bit += 1) {
      if ((bitmask & (1 << bit)) !== 0) sequenceNumbers.push((first + bit + 1) & 0xffff);
    }
    if (sequenceNumbers.length >= NACK_COUNT_MAX) break;
  }
  return {
    type: 'nack',
    senderSsrc: view.getUint32(4),
    mediaSsrc: view.getUint32(8),
    sequenceNumbers: sequenceNumbers.slice(0, NACK_COUNT_MAX),
  };
}

function readPayloadFeedback(view: DataView, format: number): RtcpPacket | undefined {
  if (view.byteLength < FEEDBACK_BYTES) return undefined;
  if (format === RTCP_FEEDBACK.fullIntraRequest) return readFullIntraRequest(view);
  if (format !== RTCP_FEEDBACK.pictureLoss) return undefined;
  return { type: 'picture_loss', senderSsrc: view.getUint32(4), mediaSsrc: view.getUint32(8) };
}

function readFullIntraRequest(view: DataView): FullIntraRequest {
  const requests: { ssrc: number; sequenceNumber: number }[] = [];
  for (let at = FEEDBACK_BYTES; at + 8 <= view.byteLength; at += 8)
    requests.push({ ssrc: view.getUint32(at), sequenceNumber: view.getUint8(at + 4) });
  return { type: 'full_intra_request', senderSsrc: view.getUint32(4), requests };
}
