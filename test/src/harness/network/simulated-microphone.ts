import type { MonotonicMs } from '@prism/core';
import { ManualClock } from '@prism/core/testing';
import { RTP_HEADER_BYTES, writeRtpHeader } from '@prism/protocol';
import {
  createAudioCodecs,
  InboundAudio,
  type InboundAudioCounters,
  MediaTick,
} from '@prism/server/internal';
import { type Heard, hear, joinPcm } from './coded-ear.ts';
import { FRAME_MS, FRAME_SAMPLES } from './coded-microphone.ts';
import { codedSound } from './coded-sound.ts';
import { Impairment, type ImpairmentPlan } from './impairment.ts';
import { writeRedPayload } from './red-payload.ts';
import { seededChance } from './seeded-chance.ts';
import { ENCODER_DELAY_SAMPLES, VoiceEncoder } from './voice-encoder.ts';

const codecs = createAudioCodecs();

const OPUS = 111;
const RED = 63;
const SSRC = 77;
const TICKS_PER_FRAME = 960;

/** 200 ms. */
const CALM_PACKETS = 10;

/** Silence before and after the code. */
const SILENT_FRAMES = 12;

/** One simulated call: what the client does, and the network. */
export interface SimulationPlan {
  readonly frameCount: number;
  readonly network: ImpairmentPlan;
  readonly redundantCount?: 0 | 1 | 2;
  readonly hasFec?: boolean;
  /** The client sends again what it is asked for, once per round trip; requests get lost like packets. */
  readonly hasNack?: boolean;
  /** Known to the receiver, as reports would tell it. */
  readonly rttMs: number;
}

export interface SimulationOutcome {
  readonly heard: Heard;
  /** Frames said, silence included. */
  readonly saidFrames: number;
  readonly playedFrames: number;
  readonly counters: InboundAudioCounters;
  /** Per packet that came the first time it was sent: from there to its sound. */
  readonly delaysMs: readonly number[];
  /** The same for packets behind 200 ms in which the network lost and delayed nothing. */
  readonly calmDelaysMs: readonly number[];
  /** Packets between the first and the last of which neither they nor a copy in another ever reached the receiver. */
  readonly undeliveredCount: number;
}

/** Time-coded sound through a simulated network into `InboundAudio`, on a clock moved by hand: minutes in seconds. */
export class SimulatedMicrophone {
  readonly #plan: SimulationPlan;
  readonly #clock = new ManualClock();
  readonly #network: Impairment;
  readonly #packets: readonly Uint8Array[];
  readonly #attempts: number[] = [];
  readonly #resentMs = new Map<number, number>();
  readonly #arrivedMs = new Map<number, number>();
  /** Packets that the network let pass at once. */
  readonly #untouched = new Set<number>();
  readonly #delivered = new Set<number>();
  readonly #parts: Int16Array[] = [];
  readonly #playedMs: number[] = [];
  #samples = 0;
  readonly #audio: InboundAudio;

  constructor(plan: SimulationPlan) {
    this.#plan = plan;
    this.#network = new Impairment(plan.network);
    this.#packets = packetsOf(plan);
    this.#audio = new InboundAudio({
      codecs,
      formats: new Map([
        [OPUS, 'opus'],
        [RED, 'red'],
      ]),
      isNackNegotiated: plan.hasNack ?? false,
      setTimer: (atMs, fire) => this.#clock.setTimer(atMs, () => fire(this.#clock.nowMs())),
      tick: new MediaTick(this.#clock),
      receive: (pcm) => this.#receive(pcm),
      arrived: () => undefined,
      requestPackets: (_, sequenceNumbers) => this.#asked(sequenceNumbers),
    });
    this.#audio.setRttMs(plan.rttMs);
  }

  run(): SimulationOutcome {
    for (const index of this.#packets.keys()) {
      this.#send(index);
      this.#clock.advance(FRAME_MS);
    }
    this.#clock.advance(1_000);
    const counters = this.#audio.counters();
    this.#audio.close();
    const delayOf = ([index, arrivedMs]: readonly [number, number]): number =>
      (this.#playedMs[index] ?? arrivedMs) - arrivedMs;
    const arrivals = [...this.#arrivedMs];
    return {
      heard: hear(joinPcm(this.#parts), this.#plan.frameCount),
      saidFrames: this.#packets.length,
      playedFrames: this.#samples / FRAME_SAMPLES,
      counters,
      delaysMs: arrivals.map(delayOf),
      calmDelaysMs: arrivals.filter(([index]) => this.#isCalmAt(index)).map(delayOf),
      undeliveredCount: this.#packets.filter((_, index) => !this.#delivered.has(index)).length,
    };
  }

  #isCalmAt(index: number): boolean {
    for (let back = 0; back <= CALM_PACKETS; back += 1)
      if (index >= back && !this.#untouched.has(index - back)) return false;
    return true;
  }

  #send(index: number): void {
    const attempt = this.#attempts[index] ?? 0;
    this.#attempts[index] = attempt + 1;
    // The first and the last packet frame the timeline; in a queue they keep their places by themselves.
    const isAtEnd = index === 0 || index === this.#packets.length - 1;
    const isKept = isAtEnd && this.#plan.network.keepsOrder !== true;
    const packet = this.#packets[index] ?? new Uint8Array(0);
    const fate = this.#network.fate(
      { kind: 'rtp', streamId: SSRC, offset: index, attempt, sizeBytes: packet.length },
      this.#clock.nowMs(),
    );
    const delaysMs = isKept ? [0] : fate.delaysMs;
    if (delaysMs[0] === 0 && fate.overtakenByCount === 0 && attempt === 0)
      this.#untouched.add(index);
    for (const delayMs of delaysMs) {
      const overtakenMs = isKept ? 0 : fate.overtakenByCount * FRAME_MS;
      const awayMs = this.#plan.rttMs / 2 + delayMs + overtakenMs + (overtakenMs > 0 ? 1 : 0);
      this.#at(awayMs, () => {
        if (attempt === 0 && !this.#arrivedMs.has(index))
          this.#arrivedMs.set(index, this.#clock.nowMs());
        const copyCount = this.#plan.redundantCount ?? 0;
        for (let copy = 0; copy <= copyCount; copy += 1) this.#delivered.add(index - copy);
        this.#audio.rtp(packet, this.#clock.nowMs());
      });
    }
  }

  #asked(sequenceNumbers: readonly number[]): void {
    const { seed, lossRatio = 0 } = this.#plan.network;
    const salt = this.#clock.nowMs() * 1_000;
    for (const sequenceNumber of sequenceNumbers) {
      if (seededChance(seed, 99, Math.round(salt), sequenceNumber) < lossRatio) continue;
      this.#at(this.#plan.rttMs / 2, () => {
        const index = (sequenceNumber - FIRST_SEQUENCE_NUMBER) & 0xffff;
        const nowMs = this.#clock.nowMs();
        if (nowMs - (this.#resentMs.get(index) ?? Number.NEGATIVE_INFINITY) < this.#plan.rttMs)
          return;
        this.#resentMs.set(index, nowMs);
        this.#send(index);
      });
    }
  }

  #at(delayMs: number, action: () => void): void {
    this.#clock.setTimer((this.#clock.nowMs() + delayMs) as MonotonicMs, action);
  }

  #receive(pcm: Int16Array): void {
    this.#parts.push(pcm.slice());
    this.#samples += pcm.length;
    while (this.#playedMs.length < Math.floor(this.#samples / FRAME_SAMPLES))
      this.#playedMs.push(this.#clock.nowMs());
  }
}

/** Close to the wrap, so that every simulation passes it. */
const FIRST_SEQUENCE_NUMBER = 65_500;

function packetsOf(plan: SimulationPlan): readonly Uint8Array[] {
  const { frameCount, redundantCount = 0, hasFec = false } = plan;
  const encoder = new VoiceEncoder({
    packetMs: FRAME_MS,
    channelCount: 1,
    hasFec,
    hasDtx: false,
    bitrateBps: 32_000,
  });
  const whole = new Int16Array((frameCount + 2 * SILENT_FRAMES + 1) * FRAME_SAMPLES);
  whole.set(codedSound(frameCount), SILENT_FRAMES * FRAME_SAMPLES);
  // Led in by what the codec adds, so that each packet has exactly its frame of the code.
  const pcm = whole.subarray(ENCODER_DELAY_SAMPLES);
  const payloads = Array.from({ length: frameCount + 2 * SILENT_FRAMES }, (_, index) =>
    encoder.encode(pcm.subarray(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES)),
  );
  encoder.close();
  return payloads.map((payload, index) => {
    const earlier = payloads
      .slice(Math.max(0, index - redundantCount), index)
      .map((copy, place, copies) => ({
        payload: copy,
        ticksAgo: (copies.length - place) * TICKS_PER_FRAME,
      }));
    const body = redundantCount > 0 ? writeRedPayload(OPUS, earlier, payload) : payload;
    const packet = new Uint8Array(RTP_HEADER_BYTES + body.length);
    writeRtpHeader(packet, {
      payloadType: redundantCount > 0 ? RED : OPUS,
      ssrc: SSRC,
      hasMarker: index === 0,
      sequenceNumber: FIRST_SEQUENCE_NUMBER + index,
      timestamp: 0xffff_0000 + index * TICKS_PER_FRAME,
    });
    packet.set(body, RTP_HEADER_BYTES);
    return packet;
  });
}
