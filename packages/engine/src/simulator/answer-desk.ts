import { PIECE_MS_MAX } from './coded-audio.ts';
import { type Distribution, DURATION_MS_MAX, sampleMs } from './distribution.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { ScriptedAnswer, SimulatorScript } from './simulator-script.ts';

/** Answers that were given and not yet spoken; beyond it the oldest is forgotten. */
const UNSPOKEN_COUNT_MAX = 64;

/** The shortest delta: 10 ms. */
const DELTA_MS_MIN = 10;

const FRAME_MS = 20;

/** One answer with all dice thrown. */
export interface AnswerPlan {
  readonly text: string;
  readonly calls: ScriptedAnswer['calls'];
  readonly firstAudioMs: number;
  readonly leadingSilenceMs: number;
  /** Length of the coded sound, in whole frames of the time code. */
  readonly audioMs: number;
  readonly failsAfterMs: number;
  /** How many times faster than real time deltas are sent; infinite for at once. */
  readonly paceRatio: number;
  readonly burstDeltaCount: number;
  /** Draws the length of the next delta. */
  readonly nextDeltaMs: () => number;
}

/** A session's answers in the script's order, from the first again after the last. */
export class AnswerDesk {
  readonly #script: SimulatorScript;
  readonly #random: SeededRandom;
  readonly #unspoken: AnswerPlan[] = [];
  #count = 0;

  constructor(script: SimulatorScript, random: SeededRandom) {
    this.#script = script;
    this.#random = random;
  }

  /** The next answer. */
  next(): AnswerPlan {
    const { answers } = this.#script;
    const answer = answers[this.#count % answers.length] as ScriptedAnswer;
    this.#count += 1;
    const plan = this.#plan(answer);
    if (plan.text !== '') {
      this.#unspoken.push(plan);
      this.#unspoken.splice(0, this.#unspoken.length - UNSPOKEN_COUNT_MAX);
    }
    return plan;
  }

  /** The answer that is to be spoken now. Those before it were written, not spoken. */
  takeSpoken(text: string): AnswerPlan | undefined {
    const index = this.#unspoken.findIndex((plan) => plan.text === text);
    return index === -1 ? undefined : this.#unspoken.splice(0, index + 1).at(-1);
  }

  #plan(answer: ScriptedAnswer): AnswerPlan {
    const { timing } = this.#script;
    const pick = (own: Distribution | undefined, general: Distribution): number =>
      sampleMs(own ?? general, this.#random);
    const pace = answer.pace_ratio ?? timing.pace_ratio;
    const delta = answer.delta_ms ?? timing.delta_ms;
    const audioMs = pick(answer.audio_ms, timing.audio_ms);
    return {
      text: answer.text.replaceAll('{n}', String(this.#count)),
      calls: answer.calls,
      firstAudioMs: pick(answer.first_audio_ms, timing.first_audio_ms),
      leadingSilenceMs: Math.round(pick(answer.leading_silence_ms, timing.leading_silence_ms)),
      audioMs: Math.min(DURATION_MS_MAX, Math.ceil(audioMs / FRAME_MS) * FRAME_MS),
      failsAfterMs: answer.fails_after_ms ?? Number.POSITIVE_INFINITY,
      paceRatio: pace === 'unpaced' ? Number.POSITIVE_INFINITY : pace,
      burstDeltaCount: answer.burst_deltas ?? timing.burst_deltas,
      nextDeltaMs: () =>
        Math.min(PIECE_MS_MAX, Math.max(DELTA_MS_MIN, Math.round(sampleMs(delta, this.#random)))),
    };
  }
}
