import { estimatePacketIndex, PACKET_INDEX_MAX, ReplayWindow } from '@prism/core';
import { isRtcp, type SrtpMasterKey, type SrtpProfile } from '@prism/protocol';
import { int32At, SRTCP_INDEX_MAX, sequenceNumberAt } from './packet-cipher.ts';
import { SRTP_SOURCES_MAX, SrtpDirection } from './srtp-direction.ts';
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
  readonly #direction: SrtpDirection;
  readonly #rtpSources = new Map<number, ReplayWindow>();
  readonly #rtcpSources = new Map<number, ReplayWindow>();
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
    this.#direction = new SrtpDirection(profile, keys, scratch);
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
    const { rtp, head } = this.#direction;
    if (!this.#direction.readRtp(packet, rtp.overheadBytes, 0)) {
      this.#counters.packetsMalformed += 1;
      return undefined;
    }
    const source = this.#rtpSources.get(head.ssrc);
    head.index = estimatePacketIndex(source?.highestIndex ?? -1, sequenceNumberAt(packet));
    if (head.index > PACKET_INDEX_MAX) {
      this.#counters.packetsTooOld += 1;
      return undefined;
    }
    if (!this.#mayCome(this.#rtpSources, source)) return undefined;
    return this.#taken(this.#rtpSources, source, rtp.open(packet, head));
  }

  #unprotectRtcp(packet: Uint8Array): Uint8Array | undefined {
    const { rtcp, head } = this.#direction;
    if (!this.#direction.readRtcp(packet, rtcp.overheadBytes, 0)) {
      this.#counters.packetsMalformed += 1;
      return undefined;
    }
    const word = int32At(packet, packet.length - rtcp.wordFromEndBytes);
    if (word >= 0) {
      this.#counters.packetsUnencrypted += 1;
      return undefined;
    }
    head.index = word & SRTCP_INDEX_MAX;
    const source = this.#rtcpSources.get(head.ssrc);
    if (!this.#mayCome(this.#rtcpSources, source)) return undefined;
    return this.#taken(this.#rtcpSources, source, rtcp.open(packet, head));
  }

  /** Whether the packet at hand is worth verifying. */
  #mayCome(sources: ReadonlyMap<number, ReplayWindow>, source: ReplayWindow | undefined): boolean {
    if (source === undefined) {
      if (sources.size < SRTP_SOURCES_MAX) return true;
      this.#counters.packetsSourceRefused += 1;
      return false;
    }
    const verdict = source.judge(this.#direction.head.index);
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
    if (known === undefined) sources.set(this.#direction.head.ssrc, source);
    source.accept(this.#direction.head.index);
    return opened;
  }
}
