import { isRtcp, RTP_HEADER_BYTES } from '@prism/protocol';

/** What travels on a WebRTC port, told apart by the first byte (RFC 7983) and, for RTCP, the second (RFC 5761). */
export type PacketKind = 'stun' | 'dtls' | 'rtp' | 'rtcp' | 'other';

/** The kind of one datagram. SRTP and SRTCP keep their headers in the clear, so it is known without any key. */
export function kindOf(bytes: Uint8Array): PacketKind {
  const first = bytes[0];
  if (first === undefined) return 'other';
  if (first <= 3) return 'stun';
  if (first >= 20 && first <= 63) return 'dtls';
  if (first < 128 || first > 191) return 'other';
  if (isRtcp(bytes)) return 'rtcp';
  return bytes.length >= RTP_HEADER_BYTES ? 'rtp' : 'other';
}
