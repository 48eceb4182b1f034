import { isRtcp, RTP_HEADER_BYTES, readRtcp, writeRtpHeader } from '@prism/protocol';
import type { RtcClient } from '../rtc-client.ts';
import { codedSound } from './coded-sound.ts';
import { type RedundantBlock, writeRedPayload } from './red-payload.ts';
import { ENCODER_DELAY_SAMPLES, VoiceEncoder } from './voice-encoder.ts';

/** Coded frames and silent ones are so long, whatever a packet's length. */
export const FRAME_MS = 20;
export const FRAME_SAMPLES = 480;

/** Silence before and after the code, in frames: whole packets of any length. */
export const SILENT_FRAMES = 12;

const OPUS_PAYLOAD_TYPE = 111;

/** Redundant audio's payload type in {@link offeringRed}. */
export const RED_PAYLOAD_TYPE = 63;

/** Of the RTP clock. */
export const TICKS_PER_MS = 48;

/** The client's stream. */
export const CLIENT_SSRC = 4_242;

const BITRATE_BPS = 32_000;

/** SILK models speech; at fewer bits the chords of the time code lose tones, without any network. */
const SILK_BITRATE_BPS = 96_000;

/** Packets kept to be sent again: a second's worth, and more. */
const HISTORY_COUNT_MAX = 128;

/** What a client may choose to do with its microphone. */
export interface MicrophonePlan {
  /** Coded frames of 20 ms. */
  readonly frameCount: number;
  readonly packetMs?: 10 | 20 | 40 | 60 | 120;
  readonly channelCount?: 1 | 2;
  readonly hasFec?: boolean;
  readonly hasDtx?: boolean;
  /** Earlier packets carried in each (RFC 2198); needs an offer with RED. */
  readonly redundantCount?: 0 | 1 | 2;
  readonly answersNacks?: boolean;
  readonly firstSequenceNumber?: number;
  /** Is told of every packet that was sent, but not of those sent again. */
  readonly sent?: (packet: Uint8Array) => void;
  /** Changes a packet before it is sent; undefined keeps it from being sent, and its number is the next packet's. */
  readonly edit?: (packet: Uint8Array, index: number) => Uint8Array | undefined;
}

/**
 * A microphone with time-coded sound: packet after packet in real time, each with exactly its frames of the code,
 * because the sound is led in by what the codec adds.
 */
export class CodedMicrophone {
  readonly #client: RtcClient;
  readonly #plan: MicrophonePlan;
  readonly #encoder: VoiceEncoder;
  readonly #history = new Map<number, Uint8Array>();
  readonly #earlier: Uint8Array[] = [];
  /** When each packet was sent, by this process' monotonic clock. */
  readonly sentAtMs: number[] = [];
  #sentCount = 0;
  #resentCount = 0;

  constructor(client: RtcClient, plan: MicrophonePlan) {
    this.#client = client;
    this.#plan = plan;
    this.#encoder = new VoiceEncoder({
      packetMs: plan.packetMs ?? FRAME_MS,
      channelCount: plan.channelCount ?? 1,
      hasFec: plan.hasFec ?? false,
      hasDtx: plan.hasDtx ?? false,
      bitrateBps: plan.hasFec === true || plan.hasDtx === true ? SILK_BITRATE_BPS : BITRATE_BPS,
    });
  }

  /** Packets sent, without those sent again. */
  get sentCount(): number {
    return this.#sentCount;
  }

  /** Packets sent again because a NACK asked for them. */
  get resentCount(): number {
    return this.#resentCount;
  }

  /** Takes RTCP, and answers its NACKs if the plan says so. */
  rtcp(bytes: Uint8Array): void {
    if (this.#plan.answersNacks !== true || !isRtcp(bytes)) return;
    const requested = (readRtcp(bytes)?.packets ?? []).flatMap((packet) =>
      packet.type === 'nack' ? packet.sequenceNumbers : [],
    );
    for (const sequenceNumber of requested) {
      const packet = this.#history.get(sequenceNumber);
      if (packet === undefined) continue;
      this.#resentCount += 1;
      this.#client.sendPacket(packet);
    }
  }

  /** Says the code, with silence around it, in real time. */
  async speak(): Promise<void> {
    const pcm = this.#sound();
    const { packetSamples } = this.#encoder;
    const packetMs = this.#plan.packetMs ?? FRAME_MS;
    const startMs = performance.now();
    for (let index = 0; (index + 1) * packetSamples <= pcm.length; index += 1) {
      const dueMs = startMs + index * packetMs - performance.now();
      if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
      if (this.#client.isOver) break;
      this.#send(
        this.#encoder.encode(pcm.subarray(index * packetSamples, (index + 1) * packetSamples)),
        index,
      );
    }
    this.#encoder.close();
  }

  #sound(): Int16Array {
    const frameCount = this.#plan.frameCount + 2 * SILENT_FRAMES;
    const pcm = new Int16Array(frameCount * FRAME_SAMPLES + ENCODER_DELAY_SAMPLES);
    pcm.set(codedSound(this.#plan.frameCount), SILENT_FRAMES * FRAME_SAMPLES);
    return pcm.subarray(ENCODER_DELAY_SAMPLES);
  }

  #send(payload: Uint8Array, index: number): void {
    const { packetMs = FRAME_MS, firstSequenceNumber = 1, redundantCount = 0, edit } = this.#plan;
    const ticks = packetMs * TICKS_PER_MS;
    const isRed = redundantCount > 0;
    const body = isRed
      ? writeRedPayload(OPUS_PAYLOAD_TYPE, this.#redundancy(redundantCount, ticks), payload)
      : payload;
    const packet = new Uint8Array(RTP_HEADER_BYTES + body.length);
    const sequenceNumber = (firstSequenceNumber + this.#sentCount) & 0xffff;
    writeRtpHeader(packet, {
      payloadType: isRed ? RED_PAYLOAD_TYPE : OPUS_PAYLOAD_TYPE,
      ssrc: CLIENT_SSRC,
      hasMarker: index === 0,
      sequenceNumber,
      timestamp: 1_000 + index * ticks,
    });
    packet.set(body, RTP_HEADER_BYTES);
    this.#earlier.push(payload);
    const sent = edit === undefined ? packet : edit(packet, index);
    if (sent === undefined) return;
    this.#sentCount += 1;
    this.#remember(sequenceNumber, sent);
    this.sentAtMs[index] = performance.now();
    this.#client.sendPacket(sent);
    this.#plan.sent?.(sent);
  }

  #redundancy(count: number, ticks: number): RedundantBlock[] {
    const earlier = this.#earlier.slice(-count);
    return earlier.map((payload, index) => ({
      payload,
      ticksAgo: (earlier.length - index) * ticks,
    }));
  }

  #remember(sequenceNumber: number, packet: Uint8Array): void {
    this.#history.set(sequenceNumber, packet);
    const oldest = this.#history.keys().next().value;
    if (this.#history.size > HISTORY_COUNT_MAX && oldest !== undefined)
      this.#history.delete(oldest);
  }
}

/** The offer with RED before Opus, as Chromium writes it (RFC 2198, and the redundancy of two packets at most). */
export function offeringRed(sdp: string): string {
  const rtpmap = new RegExp(`^(a=rtpmap:${OPUS_PAYLOAD_TYPE} .*\\r\\n)`, 'm');
  const fmtp = `${OPUS_PAYLOAD_TYPE}/${OPUS_PAYLOAD_TYPE}`;
  const red = `a=rtpmap:${RED_PAYLOAD_TYPE} red/48000/2\r\na=fmtp:${RED_PAYLOAD_TYPE} ${fmtp}\r\n`;
  return sdp
    .replace(/^(m=audio \d+ \S+) (.*)$/m, `$1 ${RED_PAYLOAD_TYPE} $2`)
    .replace(rtpmap, `$1${red}`);
}

/** The offer with NACKs for audio (RFC 4585, section 4.2). */
export function offeringNack(sdp: string): string {
  const rtpmap = new RegExp(`^(a=rtpmap:${OPUS_PAYLOAD_TYPE} .*\\r\\n)`, 'm');
  return sdp.replace(rtpmap, `$1a=rtcp-fb:${OPUS_PAYLOAD_TYPE} nack\r\n`);
}
