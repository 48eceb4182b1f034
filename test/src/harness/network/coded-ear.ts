import {
  decodeTimeCode,
  reportTimeCode,
  type TimeCodeMark,
  type TimeCodeReport,
} from '@prism/engine';
import {
  isRtcp,
  parseRtpPacket,
  RedReader,
  type RtpPacket,
  sequenceDistance,
  writeRtcp,
} from '@prism/protocol';
import { createOpusCodec } from '@prism/server/internal';
import type { RtcClient } from '../rtc-client.ts';
import {
  CLIENT_SSRC,
  FRAME_MS,
  FRAME_SAMPLES,
  RED_PAYLOAD_TYPE,
  TICKS_PER_MS,
} from './coded-microphone.ts';

/** Longest gap that silence stands for. */
const GAP_PACKETS_MAX = 500;

/** So many packets are missed at once; of those beyond, none is asked for. */
const MISSING_COUNT_MAX = 64;

/** A missing packet is asked for so often, and again no sooner than this. */
const NACK_ATTEMPTS_MAX = 3;
const NACK_INTERVAL_MS = 25;

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

/** Keeps a client's RTP, asks again for what is missing, and afterwards listens to it in the order of its numbers. */
export class CodedEar {
  readonly packets: RtpPacket[] = [];
  readonly arrivedAtMs: number[] = [];
  readonly #client: RtcClient;
  readonly #asksAgain: boolean;
  readonly #red = new RedReader();
  /** What was asked for of the numbers that are missing. */
  readonly #missing = new Map<number, { attempts: number; askedAtMs: number }>();
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
    const nowMs = performance.now();
    this.packets.push(packet);
    this.arrivedAtMs.push(nowMs);
    this.#missing.delete(packet.sequenceNumber);
    this.#noticeGap(packet);
    if (this.#asksAgain) this.#ask(packet.ssrc, nowMs);
  }

  /** How many different packets came by themselves, sent again, or as a copy in another. */
  get receivedCount(): number {
    return inOrder(this.#withCopies()).length;
  }

  /**
   * All that was received as PCM at 24 kHz, packet by packet in the order of their numbers. Silence stands for what is
   * missing: concealment would sound like frames that nobody said.
   */
  sound(): Int16Array {
    const decoder = codec.openDecoder();
    const parts: Int16Array[] = [];
    let last: RtpPacket | undefined;
    for (const packet of inOrder(this.#withCopies())) {
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

  /** Every packet's own audio, and behind it the copies that it carries of others (RFC 2198). */
  #withCopies(): RtpPacket[] {
    return this.packets.flatMap((packet) => {
      if (packet.payloadType !== RED_PAYLOAD_TYPE) return [packet];
      if (!this.#red.read(packet.payload)) return [];
      return Array.from({ length: this.#red.blockCount }, (_, block) => ({
        ...packet,
        payload: this.#red.payloadAt(block).slice(),
        sequenceNumber:
          (packet.sequenceNumber - this.#red.offsetTicksAt(block) / (FRAME_MS * TICKS_PER_MS)) &
          0xffff,
      })).toReversed();
    });
  }

  #noticeGap({ sequenceNumber }: RtpPacket): void {
    const from = this.#newest ?? sequenceNumber;
    const distance = sequenceDistance(from, sequenceNumber);
    if (this.#newest !== undefined && distance <= 0) return;
    this.#newest = sequenceNumber;
    for (let lost = 1; lost < distance && this.#missing.size < MISSING_COUNT_MAX; lost += 1)
      this.#missing.set((from + lost) & 0xffff, { attempts: 0, askedAtMs: 0 });
  }

  #ask(mediaSsrc: number, nowMs: number): void {
    const due = [...this.#missing].filter(
      ([, { attempts, askedAtMs }]) => attempts === 0 || nowMs - askedAtMs >= NACK_INTERVAL_MS,
    );
    const asked = due.filter(([, { attempts }]) => attempts < NACK_ATTEMPTS_MAX);
    for (const [sequenceNumber, { attempts }] of due) {
      if (attempts >= NACK_ATTEMPTS_MAX) this.#missing.delete(sequenceNumber);
      else this.#missing.set(sequenceNumber, { attempts: attempts + 1, askedAtMs: nowMs });
    }
    if (asked.length === 0) return;
    const sequenceNumbers = asked.map(([sequenceNumber]) => sequenceNumber);
    this.#client.sendPacket(
      writeRtcp([
        { type: 'receiver_report', ssrc: CLIENT_SSRC, reports: [] },
        { type: 'nack', senderSsrc: CLIENT_SSRC, mediaSsrc, sequenceNumbers },
      ]),
    );
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
