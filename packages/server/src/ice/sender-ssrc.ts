import { isRtcp } from '@prism/protocol';

/** Smallest packet that is looked at: a header of RTP. */
const RTP_BYTES_MIN = 12;

/** The SSRC of who sent an SRTP or SRTCP packet, whose headers are in the clear; undefined if it is neither. */
export function senderSsrc(bytes: Uint8Array): number | undefined {
  if (bytes.length < RTP_BYTES_MIN || (bytes[0] ?? 0) >>> 6 !== 2) return undefined;
  const at = isRtcp(bytes) ? 4 : 8;
  // By hand: a DataView would be made for every packet.
  const high = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  const low = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  return ((high << 16) | low) >>> 0;
}
