import { estimatePacketIndex, PACKET_INDEX_MAX, ReplayWindow } from '@prism/core';
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

/** Packets that were not taken, by cause. */
export interface SrtpReceiverCounters {
  /** Neither SRTP nor SRTCP: too short or too long, or a header that goes beyond the end. */
  readonly packetsMalformed: number;
  /** Forged or damaged, or protected with other keys. */
  readonly packetsUnauthentic: number;
  /** They had come before. */
  readonly packetsReplayed: number;
  /** So far behind that it isn't known whether they had come. */
  readonly packetsTooOld: number;
  /** RTCP that says of itself that it isn't encrypted. */
  readonly packetsUnencrypted: number;
  /** Of a source beyond `SRTP_SOURCES_MAX`. */
  readonly packetsSourceRefused: number;
}

/**
 * Opens what the other side of a call sends, SRTP and SRTCP, told apart by RFC 5761. Nothing that comes makes it throw,
 * and nothing that isn't authentic leaves more behind than a count.
 */
export class SrtpReceiver {
  readonly #rtp: PacketCipher;
  readonly #rtcp: PacketCipher;
  readonly #rtpSources = new Map<number, ReplayWindow>();
  readonly #rtcpSources = new Map<number, ReplayWindow>();
  readonly #head: PacketHead = { headerBytes: 0, ssrc: 0, index: 0 };
  readonly #counters = {
    packetsMalformed: 0,
    packetsUnauthentic: 0,
    packetsReplayed: 0,
    packetsTooOld: 0,
    packetsUnencrypted: 0,
    packetsSourceRefused: 0,
  };

  /** Throws a RangeError for keys of a wrong length. One `scratch` may serve all calls. */
  constructor(profile: SrtpProfile, keys: SrtpMasterKey, scratch?: SrtpScratch) {
    const { rtp, rtcp } = openCiphers(profile, keys, scratch);
    this.#rtp = rtp;
    this.#rtcp = rtcp;
  }

  get counters(): SrtpReceiverCounters {
    return this.#counters;
  }

  /**
   * The packet as it was before it was protected, a view that is valid until the scratch's next use; `undefined` if it
   * isn't to be taken. What came is not changed.
   */
  unprotect(packet: Uint8Array): Uint8Array | undefined {
    return isRtcp(packet) ? this.#unprotectRtcp(packet) : this.#unprotectRtp(packet);
  }

  #unprotectRtp(packet: Uint8Array): Uint8Array | undefined {
    const head = this.#head;
    head.headerBytes = rtpHeaderBytes(packet);
    if (head.headerBytes < 0 || !hasRoom(packet, head.headerBytes + this.#rtp.overheadBytes)) {
      this.#counters.packetsMalformed += 1;
      return undefined;
    }
    head.ssrc = int32At(packet, RTP_SSRC_AT_BYTES);
    const source = this.#rtpSources.get(head.ssrc);
    head.index = estimatePacketIndex(source?.highestIndex ?? -1, sequenceNumberAt(packet));
    if (head.index > PACKET_INDEX_MAX) {
      this.#counters.packetsTooOld += 1;
      return undefined;
    }
    if (!this.#mayCome(this.#rtpSources, source)) return undefined;
    return this.#taken(this.#rtpSources, source, this.#rtp.open(packet, head));
  }

  #unprotectRtcp(packet: Uint8Array): Uint8Array | undefined {
    const head = this.#head;
    if (!hasRtcpHeader(packet) || !hasRoom(packet, RTCP_CLEAR_BYTES + this.#rtcp.overheadBytes)) {
      this.#counters.packetsMalformed += 1;
      return undefined;
    }
    const word = int32At(packet, packet.length - this.#rtcp.wordFromEndBytes);
    if (word >= 0) {
      this.#counters.packetsUnencrypted += 1;
      return undefined;
    }
    head.headerBytes = RTCP_CLEAR_BYTES;
    head.ssrc = int32At(packet, RTCP_SSRC_AT_BYTES);
    head.index = word & SRTCP_INDEX_MAX;
    const source = this.#rtcpSources.get(head.ssrc);
    if (!this.#mayCome(this.#rtcpSources, source)) return undefined;
    return this.#taken(this.#rtcpSources, source, this.#rtcp.open(packet, head));
  }

  /** Whether the packet at hand is worth verifying. */
  #mayCome(sources: ReadonlyMap<number, ReplayWindow>, source: ReplayWindow | undefined): boolean {
    if (source === undefined) {
      if (sources.size < SRTP_SOURCES_MAX) return true;
      this.#counters.packetsSourceRefused += 1;
      return false;
    }
    const verdict = source.judge(this.#head.index);
    if (verdict === 'replayed') this.#counters.packetsReplayed += 1;
    else if (verdict === 'too_old') this.#counters.packetsTooOld += 1;
    return verdict === 'new';
  }

  /** Notes the packet at hand, if it is authentic. */
  #taken(
    sources: Map<number, ReplayWindow>,
    known: ReplayWindow | undefined,
    opened: Uint8Array | undefined,
  ): Uint8Array | undefined {
    if (opened === undefined) {
      this.#counters.packetsUnauthentic += 1;
      return undefined;
    }
    const source = known ?? new ReplayWindow();
    if (known === undefined) sources.set(this.#head.ssrc, source);
    source.accept(this.#head.index);
    return opened;
  }
}

function hasRoom(packet: Uint8Array, bytesMin: number): boolean {
  return packet.length >= bytesMin && packet.length <= SRTP_PACKET_BYTES_MAX;
}
