// An upstream's ear: the built-in engine's, RNNoise and its turn detector, fed with what the session appends.

import { TurnDetector } from '../../packages/engine/dist/conversation/turn-detector.js';
import { DenoiserFactory } from '../../packages/engine/dist/ears/denoiser.js';

const HOP_SAMPLES = 240;
const denoisers = await DenoiserFactory.load();

export class Ear {
  #denoiser = denoisers.create();
  #detector = new TurnDetector();
  #frame = new Float32Array(480);
  #rest = new Int16Array(0);
  #at = 0;

  constructor() {
    this.#detector.configure({ type: 'server_vad', threshold: 0.5, silence_duration_ms: 500 });
  }

  /** Whether somebody began to speak in it. */
  hears(pcm) {
    const all = new Int16Array(this.#rest.length + pcm.length);
    all.set(this.#rest);
    all.set(pcm, this.#rest.length);
    let began = false;
    let at = 0;
    for (; at + HOP_SAMPLES + 1 <= all.length; at += HOP_SAMPLES) {
      for (let i = 0; i < HOP_SAMPLES; i++) {
        this.#frame[2 * i] = all[at + i];
        this.#frame[2 * i + 1] = (all[at + i] + all[at + i + 1]) / 2;
      }
      const event = this.#detector.frame(this.#at, this.#denoiser.process(this.#frame));
      this.#at += HOP_SAMPLES;
      if (event?.type === 'started') began = true;
    }
    this.#rest = all.slice(at);
    return began;
  }

  close() {
    this.#denoiser.close();
  }
}
