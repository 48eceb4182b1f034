import { RtpSender } from '@prism/core';
import type { Phrase } from './phrase.ts';
import { SILENT_PAYLOAD } from './phrase.ts';

/** Where packets go, and who is told when the last word leaves. */
export interface TrialMicrophoneParts {
  readonly ssrc: number;
  readonly payloadType: number;
  /** Sends one packet; it is valid during the call alone. */
  readonly send: (packet: Uint8Array) => void;
  readonly speechEnded: (nowMs: number) => void;
}

/** Says a phrase when it is asked to, and nothing in between: a packet for every slot, as an open microphone does. */
export class TrialMicrophone {
  readonly #parts: TrialMicrophoneParts;
  readonly #phrase: Phrase;
  readonly #sender: RtpSender;
  #next: number | undefined;
  #packetsSent = 0;

  constructor(phrase: Phrase, parts: TrialMicrophoneParts) {
    this.#phrase = phrase;
    this.#parts = parts;
    const { payloadType, ssrc } = parts;
    this.#sender = new RtpSender({ payloadType, ssrc, sequenceNumber: 1, timestamp: 1 });
  }

  get packetsSent(): number {
    return this.#packetsSent;
  }

  /** Begins the phrase with the next slot. */
  say(): void {
    this.#next = 0;
  }

  slot(slot: number, nowMs: number): void {
    const { payloads, lastLoud } = this.#phrase;
    const payload = this.#next === undefined ? SILENT_PAYLOAD : payloads[this.#next];
    this.#packetsSent += 1;
    this.#parts.send(this.#sender.packetize(payload ?? SILENT_PAYLOAD, slot));
    if (this.#next === undefined) return;
    if (this.#next === lastLoud) this.#parts.speechEnded(nowMs);
    this.#next = this.#next + 1 < payloads.length ? this.#next + 1 : undefined;
  }
}
