import { rtpHeaderBytes, type SrtpMasterKey, type SrtpProfile } from '@prism/protocol';
import { CmCipher } from './cm-cipher.ts';
import { GcmCipher } from './gcm-cipher.ts';
import { deriveSessionKeys } from './key-derivation.ts';
import {
  int32At,
  type PacketCipher,
  type PacketHead,
  RTCP_CLEAR_BYTES,
  SRTP_PACKET_BYTES_MAX,
} from './packet-cipher.ts';
import { SrtpScratch } from './srtp-scratch.ts';

/** Sources of one direction, of RTP and of RTCP each: more than a call has in its life. */
export const SRTP_SOURCES_MAX = 64;

/** Where the SSRC stands in an RTP packet, and where that of an RTCP packet's sender. */
const RTP_SSRC_AT_BYTES = 8;
const RTCP_SSRC_AT_BYTES = 4;

/** What both ends of one direction of a call have: the ciphers, and the head of the packet at hand. */
export class SrtpDirection {
  readonly rtp: PacketCipher;
  readonly rtcp: PacketCipher;
  readonly head: PacketHead = { headerBytes: 0, ssrc: 0, index: 0 };

  /** Throws a RangeError for keys of a wrong length. */
  constructor(
    profile: SrtpProfile,
    master: SrtpMasterKey,
    scratch: SrtpScratch = new SrtpScratch(),
  ) {
    const keys = deriveSessionKeys(profile, master);
    const Cipher = profile === 'aes128_cm_sha1_80' ? CmCipher : GcmCipher;
    this.rtp = new Cipher(keys.rtp, 'rtp', scratch);
    this.rtcp = new Cipher(keys.rtcp, 'rtcp', scratch);
  }

  /**
   * Reads header and SSRC of an RTP packet; false if it is none, has less than `restBytesMin` behind its header, or has
   * no room left for `growthBytes`.
   */
  readRtp(packet: Uint8Array, restBytesMin: number, growthBytes: number): boolean {
    const headerBytes = rtpHeaderBytes(packet);
    this.head.headerBytes = headerBytes;
    this.head.ssrc = int32At(packet, RTP_SSRC_AT_BYTES);
    return headerBytes >= 0 && fits(packet, headerBytes + restBytesMin, growthBytes);
  }

  /** The same of a packet whose type is one of RTCP's (RFC 3550, section 6.4). */
  readRtcp(packet: Uint8Array, restBytesMin: number, growthBytes: number): boolean {
    this.head.headerBytes = RTCP_CLEAR_BYTES;
    this.head.ssrc = int32At(packet, RTCP_SSRC_AT_BYTES);
    const isVersion2 = (packet[0] ?? 0) >> 6 === 2;
    return isVersion2 && fits(packet, RTCP_CLEAR_BYTES + restBytesMin, growthBytes);
  }
}

function fits(packet: Uint8Array, bytesMin: number, growthBytes: number): boolean {
  return packet.length >= bytesMin && packet.length + growthBytes <= SRTP_PACKET_BYTES_MAX;
}
