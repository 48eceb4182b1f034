import { estimatePacketIndex, PACKET_INDEX_MAX, RepeatGuard } from '@prism/core';
import { isRtcp, rtpHeaderBytes, type SrtpMasterKey, type SrtpProfile } from '@prism/protocol';
import {
  hasRtcpHeader,
  int32At,
  type PacketCipher,
  type PacketHead,
  RTCP_CLEAR_BYTES,
  RTCP_SSRC_AT_BYTES,
  RTP_SSRC_AT_BYTES,
  SRTCP_INDEX_MAX,
  SRTP_PACKET_BYTES_MAX,
  sequenceNumberAt,
} from './packet-cipher.ts';
import { openCiphers, SRTP_SOURCES_MAX } from './srtp-direction.ts';
import type { SrtpScratch } from './srtp-scratch.ts';

/** Packets that were not protected, by cause. */
export interface SrtpSenderCounters {
  /** Neither RTP nor RTCP, or longer than `SRTP_PACKET_BYTES_MAX` once protected. */
  readonly packetsMalformed: number;
  /** Their index was used for another packet, or is so old that this isn't known. */
  readonly packetsIndexUsed: number;
  /** Of a source beyond `SRTP_SOURCES_MAX`. */
  readonly packetsSourceRefused: number;
  /** No index is left under the key. */
  readonly packetsExhausted: number;
}

/**
 * Protects what one side of a call sends, RTP and RTCP, told apart by RFC 5761.
 *
 * A packet that is repeated has the same bytes each time; a different one under an index that was used is refused,
 * since both would have the same keystream.
 */
export class SrtpSender {
  readonly #rtp: PacketCipher;
  readonly #rtcp: PacketCipher;
  readonly #sources = new Map<number, RepeatGuard>();
  readonly #head: PacketHead = { headerBytes: 0, ssrc: 0, index: 0 };
  readonly #counters = {
    packetsMalformed: 0,
    packetsIndexUsed: 0,
    packetsSourceRefused: 0,
    packetsExhausted: 0,
  };
  /** Of the next RTCP packet, whichever its source: each source's indexes only have to grow. */
  #rtcpIndex = 0;

  /** Throws a RangeError for keys of a wrong length. One `scratch` may serve all calls. */
  constructor(profile: SrtpProfile, keys: SrtpMasterKey, scratch?: SrtpScratch) {
    const { rtp, rtcp } = openCiphers(profile, keys, scratch);
    this.#rtp = rtp;
    this.#rtcp = rtcp;
  }

  get counters(): SrtpSenderCounters {
    return this.#counters;
  }

  /** The protected packet, a view that is valid until the scratch's next use; `undefined` if it may not be sent. */
  protect(packet: Uint8Array): Uint8Array | undefined {
    return isRtcp(packet) ? this.#protectRtcp(packet) : this.#protectRtp(packet);
  }

  #protectRtp(packet: Uint8Array): Uint8Array | undefined {
    const head = this.#head;
    head.headerBytes = rtpHeaderBytes(packet);
    if (head.headerBytes < 0 || packet.length + this.#rtp.overheadBytes > SRTP_PACKET_BYTES_MAX) {
      this.#counters.packetsMalformed += 1;
      return undefined;
    }
    head.ssrc = int32At(packet, RTP_SSRC_AT_BYTES);
    const source = this.#sourceOf(head.ssrc);
    if (source === undefined) {
      this.#counters.packetsSourceRefused += 1;
      return undefined;
    }
    head.index = estimatePacketIndex(source.highestIndex, sequenceNumberAt(packet));
    if (head.index > PACKET_INDEX_MAX) {
      this.#counters.packetsExhausted += 1;
      return undefined;
    }
    const sealed = this.#rtp.seal(packet, head);
    if (source.admits(head.index, sealed, sealed.length - this.#rtp.tagFromEndBytes)) return sealed;
    this.#counters.packetsIndexUsed += 1;
    return undefined;
  }

  #sourceOf(ssrc: number): RepeatGuard | undefined {
    const known = this.#sources.get(ssrc);
    if (known !== undefined || this.#sources.size >= SRTP_SOURCES_MAX) return known;
    const source = new RepeatGuard();
    this.#sources.set(ssrc, source);
    return source;
  }

  #protectRtcp(packet: Uint8Array): Uint8Array | undefined {
    if (
      !hasRtcpHeader(packet) ||
      packet.length + this.#rtcp.overheadBytes > SRTP_PACKET_BYTES_MAX
    ) {
      this.#counters.packetsMalformed += 1;
      return undefined;
    }
    if (this.#rtcpIndex > SRTCP_INDEX_MAX) {
      this.#counters.packetsExhausted += 1;
      return undefined;
    }
    const head = this.#head;
    head.headerBytes = RTCP_CLEAR_BYTES;
    head.ssrc = int32At(packet, RTCP_SSRC_AT_BYTES);
    head.index = this.#rtcpIndex;
    this.#rtcpIndex += 1;
    return this.#rtcp.seal(packet, head);
  }
}
