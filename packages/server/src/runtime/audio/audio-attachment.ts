import {
  type AudioCodecs,
  MediaReports,
  type MediaStats,
  type MonotonicMs,
  RTP_TICKS_PER_SAMPLE,
  type RtpSenderStart,
  SAMPLE_RATE_HZ,
  SLOT_MS,
  type SlotStamp,
  type Timer,
} from '@prism/core';
import { clockHzOf, isRtcp, type RtcpPacket, readRtcp, writeRtcp } from '@prism/protocol';
import type { MediaTick } from '../media-tick.ts';
import type { PeerAudio } from '../ports/peer.ts';
import { InboundAudio } from './inbound-audio.ts';
import { OutboundAudio } from './outbound-audio.ts';

export interface AudioAttachmentOptions {
  readonly codecs: AudioCodecs;
  /** What the answer says of the audio. */
  readonly audio: PeerAudio;
  /** Calls `fire` once, at or soon after `atMs`, with the time it is then. */
  readonly setTimer: (atMs: MonotonicMs, fire: (nowMs: MonotonicMs) => void) => Timer;
  /** Random start values of our stream. */
  readonly start: Pick<RtpSenderStart, 'sequenceNumber' | 'timestamp'>;
  /** Wall-clock time minus monotonic time, in ms. */
  readonly wallOffsetMs: number;
  readonly tick: Pick<MediaTick, 'add' | 'remove' | 'slotPositionAt'>;
  /** Takes decoded audio; the array is only valid during the call. */
  readonly receive: (pcm: Int16Array) => void;
  /** Sends one RTP or RTCP packet; the bytes are only valid during the call. */
  readonly send: (bytes: Uint8Array) => void;
}

/** One client's audio between the wire and PCM, both ways, and the reports about it. */
export class AudioAttachment {
  readonly #send: (bytes: Uint8Array) => void;
  readonly #hasStamps: boolean;
  readonly #inbound: InboundAudio;
  readonly #outbound: OutboundAudio;
  readonly #reports: MediaReports;
  /** The one that is handed out: one for all slots. */
  readonly #stamp: { -readonly [Name in keyof SlotStamp]: SlotStamp[Name] };
  #channelRttMs: number | undefined;
  #rtcpPacketsMalformed = 0;
  #isClosed = false;

  constructor(options: AudioAttachmentOptions) {
    const { audio, codecs, setTimer, tick, receive, send } = options;
    const { payloadType, ssrc, cname } = audio;
    const clockHz = clockHzOf(audio.codec);
    this.#hasStamps = clockHz === SAMPLE_RATE_HZ * RTP_TICKS_PER_SAMPLE;
    this.#stamp = { ssrc, rtpTimestamp: 0, rttMs: undefined };
    this.#send = send;
    this.#inbound = new InboundAudio({
      codecs,
      formats: audio.formats,
      isNackNegotiated: audio.isNackNegotiated,
      setTimer,
      tick,
      receive,
      arrived: (packet, nowMs) => this.#reports.received(packet, nowMs),
      requestPackets: (mediaSsrc, sequenceNumbers) =>
        send(writeRtcp([{ type: 'nack', senderSsrc: ssrc, mediaSsrc, sequenceNumbers }])),
    });
    this.#outbound = new OutboundAudio({
      codec: codecs[audio.codec],
      sender: { ...options.start, payloadType, ssrc, slotTicks: (clockHz * SLOT_MS) / 1_000 },
      redPayloadType: audio.redPayloadType,
      send,
      sent: (payloadBytes, nowMs) => this.#reports.sent(payloadBytes, nowMs),
    });
    this.#reports = new MediaReports({
      ssrc,
      cname,
      clockHz,
      wallOffsetMs: options.wallOffsetMs,
      rtpTimestampAt: (nowMs) => this.#outbound.timestampAt(tick.slotPositionAt(nowMs)),
    });
  }

  /** Takes one packet of the audio section that came at `nowMs`, RTP or RTCP (RFC 5761). */
  packet(bytes: Uint8Array, nowMs: MonotonicMs): void {
    if (this.#isClosed) return;
    if (isRtcp(bytes)) this.#rtcp(bytes, nowMs);
    else this.#inbound.rtp(bytes, nowMs);
    this.#report(nowMs);
  }

  /** The round trip as the data channel's set-up took it: one more beside the first that reports tell. */
  channelRtt(rttMs: number): void {
    this.#channelRttMs = rttMs;
    this.#reports.assumeRtt(rttMs);
    this.#inbound.setRttMs(this.#reports.lowestRttMs ?? rttMs);
  }

  /**
   * The outgoing stream in a media slot, and how far away the listener is. A stream that isn't at 48 kHz (G.711) has
   * none: its clients are telephones, which play out what they get. Valid until the next call.
   */
  stampOf(slot: number): SlotStamp | undefined {
    if (!this.#hasStamps) return undefined;
    this.#stamp.rtpTimestamp = this.#outbound.timestampAt(slot);
    this.#stamp.rttMs = this.#rttMs;
    return this.#stamp;
  }

  /** Encodes one slot of PCM and sends it in the media slot `slot`. */
  sendFrame(pcm: Int16Array, slot: number, nowMs: MonotonicMs): void {
    if (this.#isClosed) return;
    this.#outbound.sendFrame(pcm, slot, nowMs);
    this.#report(nowMs);
  }

  stats(): Omit<MediaStats, 'tick'> {
    const { remote } = this.#reports;
    const sent = this.#outbound.counters();
    // The many first and the few by name: two spread objects make a dictionary, of 15 kB.
    const { packets, bytes, packetsLost, jitterMs } = this.#reports.reception;
    return {
      rttMs: this.#rttMs,
      inbound: { ...this.#inbound.counters(), packets, bytes, packetsLost, jitterMs },
      outbound: {
        ...sent,
        // A client says what it likes: no more than it was sent, and no less than nothing.
        packetsLost: remote && Math.min(Math.max(0, remote.packetsLost), sent.packets),
        fractionLost: remote?.fractionLost,
        jitterMs: remote?.jitterMs,
      },
      rtcp: { ...this.#reports.counters(), packetsMalformed: this.#rtcpPacketsMalformed },
    };
  }

  /** Says goodbye, if the client knows our stream, and frees the codecs. Idempotent. */
  close(nowMs: MonotonicMs): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const bye = this.#reports.bye(nowMs);
    if (bye !== undefined) this.#send(bye);
    this.#inbound.close();
    this.#outbound.close();
  }

  get #rttMs(): number | undefined {
    return this.#reports.rttMs ?? this.#channelRttMs;
  }

  #rtcp(bytes: Uint8Array, nowMs: MonotonicMs): void {
    const read = readRtcp(bytes);
    if (read === undefined) this.#rtcpPacketsMalformed += 1;
    else for (const packet of read.packets) this.#rtcpPacket(packet, nowMs);
  }

  #rtcpPacket(packet: RtcpPacket, nowMs: MonotonicMs): void {
    if (packet.type === 'nack') {
      if (packet.mediaSsrc === this.#reports.ssrc)
        this.#outbound.nack(packet.sequenceNumbers, this.#reports.lowestRttMs, nowMs);
      return;
    }
    const isAboutUs = this.#reports.rtcp(packet, nowMs);
    const { remote, lowestRttMs } = this.#reports;
    if (lowestRttMs !== undefined) this.#inbound.setRttMs(lowestRttMs);
    if (isAboutUs && remote !== undefined) this.#outbound.lossReported(remote.fractionLost, nowMs);
  }

  #report(nowMs: MonotonicMs): void {
    const report = this.#reports.poll(nowMs);
    if (report !== undefined) this.#send(report);
  }
}
