import { SAMPLE_RATE_HZ } from '@prism/core';
import { synthesizeUserSpeech } from '@prism/engine/testing';

const FRAME_MS = 40;
const FRAME_SAMPLES = (SAMPLE_RATE_HZ * FRAME_MS) / 1_000;

/** A microphone that is on all the time, as a person's is: silence in real time, with words in it when told to say some. */
export class PacedMicrophone {
  readonly #send: (pcm: Int16Array) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #startMs = performance.now();
  #waiting: Int16Array[] = [];
  #sentFrames = 0;

  /** `send` takes 40 ms of PCM16 at 24 kHz, mono. */
  constructor(send: (pcm: Int16Array) => void) {
    this.#send = send;
    this.#timer = setInterval(() => this.#sendDue(), FRAME_MS / 2);
  }

  /** Says it next, after what is being said. */
  say(text: string): void {
    const { pcm } = synthesizeUserSpeech(text);
    for (let start = 0; start < pcm.length; start += FRAME_SAMPLES) {
      const frame = new Int16Array(FRAME_SAMPLES);
      frame.set(pcm.subarray(start, start + FRAME_SAMPLES));
      this.#waiting.push(frame);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#waiting = [];
  }

  #sendDue(): void {
    const dueFrames = Math.floor((performance.now() - this.#startMs) / FRAME_MS);
    while (this.#sentFrames < dueFrames) {
      this.#sentFrames += 1;
      this.#send(this.#waiting.shift() ?? new Int16Array(FRAME_SAMPLES));
    }
  }
}
