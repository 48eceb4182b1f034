import type { RtpPacket } from '@prism/protocol';
import { SAMPLES_PER_MS, SLOT_MS } from '../audio/pcm.ts';
import { AudioReceiver, type AudioReceiverOptions } from '../audio/receive/audio-receiver.ts';
import type { AudioStep } from '../audio/receive/audio-step.ts';

/** The first byte of Opus packets by their length; the frames' bytes mean nothing here. */
const TOC_BY_MS: Readonly<Record<number, number>> = {
  10: 0x90,
  20: 0x98,
  40: 0x99,
  60: 0x18,
  120: 0x9b,
};

/** SILK, 20 ms, one frame. */
const SILK_TOC = 0x08;

/** The bits of a SILK frame of 20 ms that say: speech, and in-band FEC of the frame before. */
const SPEECH_WITH_FEC = 0xc0;

/** An Opus payload of `lengthMs` that carries `id` in its last two bytes. */
export function opusPayload(id: number, lengthMs = 20): Uint8Array {
  const toc = TOC_BY_MS[lengthMs];
  if (toc === undefined) throw new RangeError(`no packet of ${lengthMs} ms`);
  const head = lengthMs === 120 ? [toc, 6, 0, 0, 0, 0] : [toc, 0, 0];
  return Uint8Array.of(...head, (id >> 8) & 0xff, id & 0xff);
}

/** The same of 20 ms with in-band FEC of the 20 ms before it. */
export function opusPayloadWithFec(id: number): Uint8Array {
  return Uint8Array.of(SILK_TOC, SPEECH_WITH_FEC, 0, (id >> 8) & 0xff, id & 0xff);
}

/** A RED payload (RFC 2198) of Opus blocks with payload type 111, oldest first; the last one is the primary. */
export function redPayload(
  blocks: readonly { readonly offsetTicks: number; readonly payload: Uint8Array }[],
): Uint8Array {
  const headers = blocks.slice(0, -1).flatMap(({ offsetTicks, payload }) => {
    const word = (offsetTicks << 10) | payload.length;
    return [0x80 | 111, (word >> 16) & 0xff, (word >> 8) & 0xff, word & 0xff];
  });
  return Uint8Array.of(...headers, 111, ...blocks.flatMap(({ payload }) => [...payload]));
}

/** One thing that was done for the timeline, and when. */
export interface Played {
  readonly type: AudioStep['type'];
  /** Of what was decoded, or of the packet whose in-band FEC was. */
  readonly id: number | undefined;
  readonly samples: number;
  readonly atMs: number;
}

/** Drives a receiver as the runtime does: one timer, a slot every 20 ms in a pause, steps performed at once. Keeps all that it decided. */
export class ReceiveBench {
  readonly receiver: AudioReceiver;
  readonly played: Played[] = [];
  readonly asked: { readonly sequenceNumber: number; readonly atMs: number }[] = [];
  /** Times that a timer was armed. */
  timersArmed = 0;
  nowMs = 0;
  #armedMs: number | undefined;

  constructor(options: Partial<AudioReceiverOptions> = {}) {
    this.receiver = new AudioReceiver({
      formats: new Map([
        [111, 'opus'],
        [63, 'red'],
        [0, 'pcmu'],
        [8, 'pcma'],
        [13, 'cn'],
      ]),
      isNackNegotiated: false,
      ...options,
    });
  }

  /** Pushes a packet of Opus, 20 ms unless its fields say otherwise, at `atMs`. */
  push(sequence: number, atMs: number, fields: Partial<RtpPacket> = {}): void {
    this.advance(atMs);
    const packet: RtpPacket = {
      payloadType: 111,
      hasMarker: false,
      sequenceNumber: sequence & 0xffff,
      timestamp: (sequence * 960) >>> 0,
      ssrc: 1,
      payload: opusPayload(sequence),
      ...fields,
    };
    this.receiver.push(packet, atMs);
    this.#follow();
  }

  /** Lets time pass until `toMs`, and fires the timer when it is due. */
  advance(toMs: number): void {
    for (let dueMs = this.#dueMs; dueMs <= toMs; dueMs = this.#dueMs) {
      this.nowMs = Math.max(this.nowMs, dueMs);
      if (this.#armedMs === undefined) this.receiver.playPause(this.nowMs);
      else {
        this.#armedMs = undefined;
        this.receiver.expire(this.nowMs);
      }
      this.#follow();
    }
    this.nowMs = Math.max(this.nowMs, toMs);
  }

  /** The process stands still until `toMs`: no timer fires before. */
  stall(toMs: number): void {
    this.nowMs = Math.max(this.nowMs, toMs);
    this.advance(this.nowMs);
  }

  /** Length of all that was played. */
  get timelineMs(): number {
    return this.played.reduce((sum, { samples }) => sum + samples, 0) / SAMPLES_PER_MS;
  }

  /** What was played in a few words: ids, and lengths in ms of what is no packet. */
  get story(): string {
    return this.played
      .map(({ type, id, samples }) =>
        type === 'speech' ? `${id}` : `${type} ${samples / SAMPLES_PER_MS}`,
      )
      .join(', ');
  }

  /** When the timer or the next slot is due; a pause has no timer. */
  get #dueMs(): number {
    if (this.#armedMs !== undefined) return this.#armedMs;
    const slotMs = (Math.floor(this.nowMs / SLOT_MS) + 1) * SLOT_MS;
    return this.receiver.isInPause ? slotMs : Number.POSITIVE_INFINITY;
  }

  #follow(): void {
    for (let step = this.receiver.poll(); step !== undefined; step = this.receiver.poll()) {
      const id = 'payload' in step ? idOf(step.payload) : undefined;
      this.played.push({ type: step.type, id, samples: step.samples, atMs: this.nowMs });
    }
    for (const sequenceNumber of this.receiver.takeNacks(this.nowMs))
      this.asked.push({ sequenceNumber, atMs: this.nowMs });
    const deadlineMs = this.receiver.deadlineMs();
    if (deadlineMs !== undefined && deadlineMs !== this.#armedMs) this.timersArmed += 1;
    this.#armedMs = deadlineMs;
  }
}

function idOf(payload: Uint8Array): number {
  return ((payload.at(-2) ?? 0) << 8) | (payload.at(-1) ?? 0);
}
