import { estimatePacketIndex, PACKET_INDEX_MAX, RepeatGuard } from '@prism/core';
import { isRtcp, type SrtpMasterKey, type SrtpProfile } from '@prism/protocol';
import { SRTCP_INDEX_MAX, sequenceNumberAt } from './packet-cipher.ts';
import { SRTP_SOURCES_MAX, SrtpDirection } from './srtp-direction.ts';
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
  readonly #direction: SrtpDirection;
  readonly #sources = new Map<number, RepeatGuard>();
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
    this.#direction = new SrtpDirection(profile, keys, scratch);
  }

  get counters(): SrtpSenderCounters {
    return this.#counters;
  }

  /** The protected packet, a view that is valid until the scratch's next use; `undefined` if it may not be sent. */
  protect(packet: Uint8Array): Uint8Array | undefined {
    return isRtcp(packet) ? this.#protectRtcp(packet) : this.#protectRtp(packet);
  }

  #protectRtp(packet: Uint8Array): Uint8Array | undefined {
    const { rtp, head } = this.#direction;
    if (!this.#direction.readRtp(packet, 0, rtp.overheadBytes)) {
      this.#counters.packetsMalformed += 1;
      return undefined;
    }
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
    const sealed = rtp.seal(packet, head);
    if (source.admits(head.index, sealed, sealed.length - rtp.tagFromEndBytes)) return sealed;
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
    const { rtcp, head } = this.#direction;
    if (!this.#direction.readRtcp(packet, 0, rtcp.overheadBytes)) {
      this.#counters.packetsMalformed += 1;
      return undefined;
    }
    if (this.#rtcpIndex > SRTCP_INDEX_MAX) {
      this.#counters.packetsExhausted += 1;
      return undefined;
    }
    head.index = this.#rtcpIndex;
    this.#rtcpIndex += 1;
    return rtcp.seal(packet, head);
  }
}
