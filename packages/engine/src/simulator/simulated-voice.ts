import { wordsOf } from '../conversation/speech-slices.ts';
import type { Clock } from '../door/clock.ts';
import type {
  SpeechChunk,
  SpeechListener,
  SpeechRequest,
  Utterance,
  Voice,
} from '../ports/voice.ts';
import type { AnswerDesk, AnswerPlan } from './answer-desk.ts';
import type { CodedAudio } from './coded-audio.ts';

const SAMPLES_PER_MS = 24;

export interface SimulatedVoiceOptions {
  readonly answers: AnswerDesk;
  readonly audio: CodedAudio;
  readonly clock: Clock;
}

/** A voice whose sound is the time code: it runs on through all answers of the session, silence apart. */
export class SimulatedVoice implements Voice {
  readonly #options: SimulatedVoiceOptions;
  #codeSample = 0;

  constructor(options: SimulatedVoiceOptions) {
    this.#options = options;
  }

  speak(request: SpeechRequest, listener: SpeechListener): Utterance {
    const plan = this.#options.answers.takeSpoken(request.text);
    if (plan === undefined) {
      listener.failed('the script has no such answer');
      return { cancel: () => undefined };
    }
    return new SimulatedUtterance({
      plan,
      listener,
      clock: this.#options.clock,
      sound: (silenceMs, codedMs) => this.#sound(silenceMs, codedMs),
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #sound(silenceMs: number, codedMs: number): Int16Array {
    const { audio } = this.#options;
    const codedSamples = codedMs * SAMPLES_PER_MS;
    const coded = audio.piece(this.#codeSample, codedSamples);
    this.#codeSample += codedSamples;
    const silence = audio.silence(silenceMs * SAMPLES_PER_MS);
    if (silence.length === 0 || coded.length === 0) {
      return silence.length === 0 ? coded : silence;
    }
    const joined = new Int16Array(silence.length + coded.length);
    joined.set(silence);
    joined.set(coded, silence.length);
    return joined;
  }
}

interface SimulatedUtteranceOptions {
  readonly plan: AnswerPlan;
  readonly listener: SpeechListener;
  readonly clock: Clock;
  /** The next piece of sound: so much silence, then so much code. */
  readonly sound: (silenceMs: number, codedMs: number) => Int16Array;
}

/** One answer on its way: one timer at a time, which sends a burst of deltas. */
class SimulatedUtterance implements Utterance {
  readonly #options: SimulatedUtteranceOptions;
  readonly #words: readonly string[];
  readonly #totalMs: number;
  readonly #firstAtMs: number;
  #wordIndex = 0;
  #charCount = 0;
  #sentMs = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(options: SimulatedUtteranceOptions) {
    const { plan, clock } = options;
    this.#options = options;
    this.#words = wordsOf(plan.text);
    this.#totalMs = plan.leadingSilenceMs + plan.audioMs;
    this.#firstAtMs = clock.nowMs() + plan.firstAudioMs;
    this.#arm(this.#firstAtMs);
  }

  cancel(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #arm(atMs: number): void {
    this.#cancelTimer = this.#options.clock.callAt(atMs, () => {
      this.#cancelTimer = undefined;
      this.#sendBurst();
    });
  }

  #sendBurst(): void {
    const { plan, listener } = this.#options;
    const chunks: SpeechChunk[] = [];
    const isPaced = Number.isFinite(plan.paceRatio);
    const endMs = Math.min(this.#totalMs, plan.failsAfterMs);
    if (this.#totalMs === 0) {
      // Without sound there are still the words.
      chunks.push({ text: plan.text, pcm: new Int16Array(0), isOneDelta: true });
    }
    while (this.#sentMs < endMs && (!isPaced || chunks.length < plan.burstDeltaCount)) {
      chunks.push(this.#nextChunk(endMs));
    }
    // Armed before anything is told: what hears the chunks may cancel the rest.
    const isLast = this.#sentMs >= endMs;
    if (!isLast) {
      this.#arm(this.#firstAtMs + this.#sentMs / plan.paceRatio);
    }
    for (const chunk of chunks) {
      listener.chunk(chunk);
    }
    if (isLast && endMs < this.#totalMs) {
      listener.failed('the script lets the voice fail');
    } else if (isLast) {
      listener.finished();
    }
  }

  #nextChunk(endMs: number): SpeechChunk {
    const { plan, sound } = this.#options;
    const lengthMs = Math.min(plan.nextDeltaMs(), endMs - this.#sentMs);
    const silenceMs = Math.min(lengthMs, Math.max(0, plan.leadingSilenceMs - this.#sentMs));
    this.#sentMs += lengthMs;
    return {
      text: this.#wordsUntil(this.#sentMs),
      pcm: sound(silenceMs, lengthMs - silenceMs),
      isOneDelta: true,
    };
  }

  /** The words whose speaking begins before a time, as far as they weren't said yet. */
  #wordsUntil(ms: number): string {
    let text = '';
    let word = this.#words[this.#wordIndex];
    const isEnd = ms >= this.#totalMs;
    const chars = (ms / this.#totalMs) * this.#options.plan.text.length;
    while (word !== undefined && (isEnd || this.#charCount < chars)) {
      text += word;
      this.#charCount += word.length;
      this.#wordIndex += 1;
      word = this.#words[this.#wordIndex];
    }
    return text;
  }
}
