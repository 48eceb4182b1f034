import {
  type AudioCodecs,
  type AudioDecoder,
  type AudioReceiveCounters,
  AudioReceiver,
  type AudioStep,
  assertNever,
  type MonotonicMs,
  type Timer,
} from '@prism/core';
import {
  type AudioCodecName,
  emptyRtpPacket,
  type PayloadFormats,
  PayloadViews,
  parseRtpPacket,
  type RtpPacket,
} from '@prism/protocol';
import type { MediaTick } from '../media-tick.ts';

/** Silence and concealment are handed on in pieces of this size, so that a long gap needs no large array. */
const PIECE_SAMPLES = 2_400;

export interface InboundAudioOptions {
  readonly codecs: AudioCodecs;
  readonly formats: PayloadFormats;
  readonly isNackNegotiated: boolean;
  /** Calls `fire` once, at or soon after `atMs`, with the time it is then. */
  readonly setTimer: (atMs: MonotonicMs, fire: (nowMs: MonotonicMs) => void) => Timer;
  /** Called in while the client pauses, and only then. */
  readonly tick: Pick<MediaTick, 'add' | 'remove'>;
  /** Takes decoded audio; the array is only valid during the call. */
  readonly receive: (pcm: Int16Array) => void;
  /** Is told of every RTP packet, before anything is decided about it. It is only valid during the call. */
  readonly arrived: (packet: RtpPacket, nowMs: MonotonicMs) => void;
  /** Asks the sender for packets again (RFC 4585 generic NACK), by their sequence numbers. */
  readonly requestPackets: (ssrc: number, sequenceNumbers: readonly number[]) => void;
}

export interface InboundAudioCounters extends AudioReceiveCounters {
  /** Packets that were no RTP at all. */
  readonly packetsUnreadable: number;
}

/**
 * One client's audio from RTP to PCM; owns the decoders and frees them. A timer is armed only while a gap is open, and
 * the media tick used only in a pause.
 */
export class InboundAudio {
  readonly #options: InboundAudioOptions;
  /** One of each codec at most, opened when its first packet comes. */
  readonly #decoders = new Map<AudioCodecName, AudioDecoder>();
  readonly #receiver: AudioReceiver;
  readonly #packet = emptyRtpPacket();
  readonly #payloads = new PayloadViews();
  readonly #silence = new Int16Array(PIECE_SAMPLES);
  #timer: { readonly timer: Timer; readonly atMs: MonotonicMs } | undefined;
  #packetsUnreadable = 0;
  #isInPause = false;
  #isClosed = false;

  constructor(options: InboundAudioOptions) {
    const { formats, isNackNegotiated } = options;
    this.#options = options;
    this.#receiver = new AudioReceiver({ formats, isNackNegotiated });
  }

  /** Takes one RTP packet from the wire. What is none is counted and otherwise ignored. */
  rtp(bytes: Uint8Array, nowMs: MonotonicMs): void {
    const packet = parseRtpPacket(bytes, this.#packet, this.#payloads);
    if (packet === undefined) {
      this.#packetsUnreadable += 1;
      return;
    }
    this.#options.arrived(packet, nowMs);
    this.#receiver.push(packet, nowMs);
    this.#follow(nowMs);
  }

  /** The round trip to the client, as RTCP measures it. */
  setRttMs(rttMs: number): void {
    this.#receiver.setRttMs(rttMs);
  }

  counters(): InboundAudioCounters {
    return { ...this.#receiver.counters(), packetsUnreadable: this.#packetsUnreadable };
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    this.#options.tick.remove(this.#onSlot);
    for (const decoder of this.#decoders.values()) decoder.close();
    this.#decoders.clear();
  }

  /** After an input: performs what the receiver decided, and arms the timer that it wants. */
  #follow(nowMs: MonotonicMs): void {
    for (let step = this.#receiver.poll(); step !== undefined; step = this.#receiver.poll()) {
      this.#perform(step);
      // The listener may close the call.
      if (this.#isClosed) return;
    }
    const sequenceNumbers = this.#receiver.takeNacks(nowMs);
    if (sequenceNumbers.length > 0)
      this.#options.requestPackets(this.#receiver.ssrc, sequenceNumbers);
    this.#arm(this.#receiver.deadlineMs());
    if (this.#receiver.isInPause !== this.#isInPause) this.#followPause();
  }

  #followPause(): void {
    this.#isInPause = this.#receiver.isInPause;
    if (this.#isInPause) this.#options.tick.add(this.#onSlot);
    else this.#options.tick.remove(this.#onSlot);
  }

  readonly #onSlot = (_slot: number, nowMs: MonotonicMs): void => {
    this.#receiver.playPause(nowMs);
    this.#follow(nowMs);
  };

  #arm(atMs: MonotonicMs | undefined): void {
    if (atMs === this.#timer?.atMs) return;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    if (atMs === undefined) return;
    const timer = this.#options.setTimer(atMs, (nowMs) => {
      this.#timer = undefined;
      this.#receiver.expire(nowMs);
      this.#follow(nowMs);
    });
    this.#timer = { timer, atMs };
  }

  #perform(step: AudioStep): void {
    switch (step.type) {
      case 'speech': {
        const pcm = this.#decoder(step.codec).decode(step.payload);
        if (pcm !== undefined) return this.#options.receive(pcm);
        this.#receiver.refused(step.samples);
        return this.#conceal(step.codec, step.samples);
      }
      case 'decode_fec': {
        const pcm = this.#decoder('opus').decodeFec(step.payload, step.samples);
        if (pcm !== undefined) return this.#options.receive(pcm);
        return this.#conceal('opus', step.samples);
      }
      case 'conceal':
        return this.#conceal(step.codec, step.samples);
      case 'silence':
        return this.#silent(step.samples);
      default:
        return assertNever(step, 'audio step');
    }
  }

  #decoder(codec: AudioCodecName): AudioDecoder {
    const open = this.#decoders.get(codec);
    if (open !== undefined) return open;
    const opened = this.#options.codecs[codec].openDecoder();
    this.#decoders.set(codec, opened);
    return opened;
  }

  #conceal(codec: AudioCodecName, samples: number): void {
    for (let left = samples; left > 0 && !this.#isClosed; left -= PIECE_SAMPLES)
      this.#options.receive(this.#decoder(codec).conceal(Math.min(left, PIECE_SAMPLES)));
  }

  #silent(samples: number): void {
    for (let left = samples; left > 0 && !this.#isClosed; left -= PIECE_SAMPLES) {
      // Who took the last piece may have written into it: muted audio becomes comfort noise in place.
      this.#silence.fill(0);
      this.#options.receive(this.#silence.subarray(0, Math.min(left, PIECE_SAMPLES)));
    }
  }
}
