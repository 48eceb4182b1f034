import assert from 'node:assert/strict';
import type { Ear, EarGrammar, EarListener, Ears, Hearing } from '../ports/ears.ts';
import { withPauses } from './noise.ts';
import { synthesizeUserSpeech } from './user-speech.ts';

const RATE_HZ = 24_000;
const PUSH_SAMPLES = 480;

/** How an utterance ended. */
export type Outcome =
  | { readonly type: 'final'; readonly hearing: Hearing }
  | { readonly type: 'failed'; readonly reason: string };

/** An ear with everything that its listener was told. */
export class EarProbe {
  readonly ear: Ear;
  readonly probabilities: number[] = [];
  readonly partials: string[] = [];
  readonly outcomes: (readonly [string, Outcome])[] = [];
  pushedSamples = 0;
  toldSamples = 0;
  readonly #waiting: { readonly isMet: () => boolean; readonly resolve: () => void }[] = [];
  onActivity: ((toldSamples: number) => void) | undefined;

  constructor(ears: Ears, grammar: EarGrammar) {
    const listener: EarListener = {
      activity: (firstSample, probabilities) => {
        assert.equal(firstSample, this.toldSamples, 'activity has no gaps');
        this.probabilities.push(...probabilities);
        this.toldSamples += probabilities.length * 240;
        this.onActivity?.(this.toldSamples);
        this.#notice();
      },
      partial: (_id, text) => this.partials.push(text),
      final: (id, hearing) => this.#end(id, { type: 'final', hearing }),
      failed: (id, reason) => this.#end(id, { type: 'failed', reason }),
    };
    this.ear = ears.open(grammar, listener);
  }

  push(pcm: Int16Array): void {
    for (let start = 0; start < pcm.length; start += PUSH_SAMPLES) {
      this.ear.push(pcm.subarray(start, start + PUSH_SAMPLES));
    }
    this.pushedSamples += pcm.length;
  }

  /** Until all whole frames that were pushed are told. */
  told(): Promise<void> {
    return this.#until(() => this.toldSamples > this.pushedSamples - 240);
  }

  async outcome(id: string): Promise<Outcome> {
    const find = (): Outcome | undefined => this.outcomes.find(([other]) => other === id)?.[1];
    await this.#until(() => find() !== undefined);
    const outcome = find();
    assert.ok(outcome);
    return outcome;
  }

  /** Recognises a recording from its first to its last sample. */
  async hear(pcm: Int16Array, id = `u${this.pushedSamples}`): Promise<Outcome> {
    const from = this.pushedSamples;
    this.ear.begin(id, from);
    this.push(pcm);
    await this.told();
    this.ear.end(id, this.pushedSamples);
    return this.outcome(id);
  }

  async hearText(pcm: Int16Array): Promise<string> {
    const outcome = await this.hear(pcm);
    assert.ok(outcome.type === 'final', JSON.stringify(outcome));
    return outcome.hearing.isAccepted ? outcome.hearing.text : '(rejected)';
  }

  #end(id: string, outcome: Outcome): void {
    this.outcomes.push([id, outcome]);
    this.#notice();
  }

  #until(isMet: () => boolean): Promise<void> {
    if (isMet()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ isMet, resolve }));
  }

  #notice(): void {
    for (const wait of [...this.#waiting]) {
      if (!wait.isMet()) continue;
      this.#waiting.splice(this.#waiting.indexOf(wait), 1);
      wait.resolve();
    }
  }
}

/** Speaks with 200 ms of silence more on both sides, at 24 kHz. */
export function say(text: string, voice: 'slt' | 'rms' | 'awb' | 'kal16' = 'slt'): Int16Array {
  return withPauses([synthesizeUserSpeech(text, { voice }).pcm], { rateHz: RATE_HZ, pauseMs: 200 });
}
