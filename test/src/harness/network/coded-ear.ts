import {
  decodeTimeCode,
  reportTimeCode,
  type TimeCodeMark,
  type TimeCodeReport,
} from '@prism/engine';
import { isRtcp, parseRtpPacket, type RtpPacket, sequenceDistance } from '@prism/protocol';
import { createOpusCodec } from '@prism/server/internal';
import type { RtcClient } from '../rtc-client.ts';
import { FRAME_MS, FRAME_SAMPLES } from './coded-microphone.ts';
import { writeNack } from './generic-nack.ts';

const SSRC = 4_242;

/** Longest gap that silence stands for. */
const GAP_PACKETS_MAX = 500;

/** A NACK asks for no more than this many packets at once. */
const NACK_COUNT_MAX = 64;

const codec = createOpusCodec();

/** How far from its place a frame may be heard: half of its length. */
const PLACE_MS_MAX = 10;

/** A code further from its place than any delay is none: concealment sometimes sounds like one. */
const GHOST_MS_MIN = 500;

/** What was heard of the frames 0 … frameCount − 1 of the time code. */
export interface Heard extends TimeCodeReport {
  /** Which of them, ascending. */
  readonly frames: readonly number[];
  /** How many of them at their place in time, against most of the others. */
  readonly inPlaceCount: number;
}

/**
 * Listens for the first `frameCount` frames of the time code in PCM at 24 kHz; what else it seems to hear, or hears
 * further than `strayMsMax` from its place, is left out.
 */
export function hear(pcm: Int16Array, frameCount: number, strayMsMax = GHOST_MS_MIN): Heard {
  const lagMs = (mark: TimeCodeMark): number => mark.atMs - mark.code * FRAME_MS;
  const all = decodeTimeCode(pcm).filter(({ code }) => code < frameCount);
  const usualMs = all.map(lagMs).sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
  const within = (limitMs: number): TimeCodeMark[] =>
    all.filter((mark) => Math.abs(lagMs(mark) - usualMs) <= limitMs);
  const marks = within(strayMsMax);
  return {
    ...reportTimeCode(marks),
    frames: [...new Set(marks.map(({ code }) => code))].sort((a, b) => a - b),
    inPlaceCount: new Set(within(PLACE_MS_MAX).map(({ code }) => code)).size,
  };
}

/** One array of many. */
export function joinPcm(parts: readonly Int16Array[]): Int16Array {
  const joined = new Int16Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Keeps a client's RTP and, afterwards, listens to it in the order of its numbers. */
export class CodedEar {
  readonly packets: RtpPacket[] = [];
  readonly arrivedAtMs: number[] = [];
  readonly #client: RtcClient;
  readonly #asksAgain: boolean;
  #newest: number | undefined;

  constructor(client: RtcClient, options: { readonly asksAgain?: boolean } = {}) {
    this.#client = client;
    this.#asksAgain = options.asksAgain ?? false;
  }

  /** Takes a packet of the audio section. */
  packet(bytes: Uint8Array): void {
    if (isRtcp(bytes)) return;
    const packet = parseRtpPacket(bytes.slice());
    if (packet === undefined) return;
    this.packets.push(packet);
    this.arrivedAtMs.push(performance.now());
    this.#askForGap(packet);
  }

  /**
   * All that was received as PCM at 24 kHz, packet by packet in the order of their numbers. Silence stands for what is
   * missing: concealment would sound like frames that nobody said.
   */
  sound(): Int16Array {
    const decoder = codec.openDecoder();
    const parts: Int16Array[] = [];
    let last: RtpPacket | undefined;
    for (const packet of inOrder(this.packets)) {
      const step =
        last === undefined ? 1 : sequenceDistance(last.sequenceNumber, packet.sequenceNumber);
      for (let lost = 1; lost < Math.min(step, GAP_PACKETS_MAX); lost += 1) {
        // So that the decoder knows of the loss; what it makes of it is thrown away.
        decoder.conceal(FRAME_SAMPLES);
        parts.push(new Int16Array(FRAME_SAMPLES));
      }
      parts.push(decoder.decode(packet.payload)?.slice() ?? new Int16Array(FRAME_SAMPLES));
      last = packet;
    }
    decoder.close();
    return joinPcm(parts);
  }

  #askForGap({ sequenceNumber, ssrc }: RtpPacket): void {
    const distance =
      this.#newest === undefined ? 1 : sequenceDistance(this.#newest, sequenceNumber);
    if (distance <= 0) return;
    const from = this.#newest ?? 0;
    this.#newest = sequenceNumber;
    if (!this.#asksAgain || distance === 1) return;
    const missing = Array.from(
      { length: Math.min(distance - 1, NACK_COUNT_MAX) },
      (_, index) => (from + index + 1) & 0xffff,
    );
    this.#client.sendPacket(writeNack(SSRC, ssrc, missing));
  }
}

/** By sequence number from the first on, each once. */
function inOrder(packets: readonly RtpPacket[]): RtpPacket[] {
  const origin = packets[0]?.sequenceNumber ?? 0;
  const byDistance = new Map<number, RtpPacket>();
  for (const packet of packets) {
    const distance = sequenceDistance(origin, packet.sequenceNumber);
    if (!byDistance.has(distance)) byDistance.set(distance, packet);
  }
  return [...byDistance].sort(([left], [right]) => left - right).map(([, packet]) => packet);
}
