import { ACTIVITY_FRAME_SAMPLES, PORT_SAMPLE_RATE_HZ } from '../ports/ears.ts';
import type { TurnDetection } from '../wire/session-object.ts';

/** Speech that must be seen before a turn starts: shorter sounds are clicks. */
const ONSET_SPEECH_MS = 60;

/** How long the onset's speech may take to add up. */
const ONSET_WINDOW_MS = 100;

/** A sound shorter than this doesn't restart the silence that ends a turn. */
const RESUME_SPEECH_MS = 30;

/** Silence that is more than the one inside of a sentence, mostly. */
const PAUSE_SILENCE_MS = 100;

/** A turn that lasts this long is ended, however much sound follows. */
const TURN_MS_MAX = 120_000;

/** How long semantic turn detection waits once the sentence is whole, and when nothing was understood. */
const WHOLE_SENTENCE_SILENCE_MS = 300;
const NOTHING_HEARD_SILENCE_MS = 1_200;

const UNFINISHED_SILENCE_MS = { low: 8_000, medium: 4_000, auto: 4_000, high: 2_000 } as const;

/** Threshold in a session without turn detection, where speech only wakes the ears. */
const MANUAL_THRESHOLD = 0.5;

const FRAME_MS = (ACTIVITY_FRAME_SAMPLES * 1_000) / PORT_SAMPLE_RATE_HZ;

/** How much of a sentence the user has said, as far as the ears can tell. */
export type SentenceState = 'nothing' | 'unfinished' | 'whole';

export type TurnEvent =
  | { readonly type: 'started'; readonly onsetSample: number }
  | { readonly type: 'stopped'; readonly endSample: number };

/**
 * Finds the user's turns in a stream of speech probabilities, 10 ms each. A turn starts after 60 ms of speech within
 * 100 ms; it stops after the configured silence, in which sounds under 30 ms count as silence.
 */
export class TurnDetector {
  #threshold = MANUAL_THRESHOLD;
  #config: TurnDetection | null = null;
  /** One bit per frame of the onset window, the newest lowest. */
  #recentFrames = 0;
  #onsetSample = 0;
  #isSpeaking = false;
  #silenceMs = 0;
  #soundRunMs = 0;
  #sentence: SentenceState = 'nothing';

  configure(config: TurnDetection | null): void {
    this.#config = config;
    this.#threshold = config?.type === 'server_vad' ? config.threshold : MANUAL_THRESHOLD;
  }

  get isSpeaking(): boolean {
    return this.#isSpeaking;
  }

  /** Whether the user, in the middle of a turn, has been silent for longer than between words. */
  get isPausing(): boolean {
    return this.#isSpeaking && this.#silenceMs >= PAUSE_SILENCE_MS;
  }

  /** What the ears make of the turn so far; only semantic turn detection reads it. */
  setSentence(sentence: SentenceState): void {
    this.#sentence = sentence;
  }

  /** Forgets the turn in progress: it was committed or cleared by the client. */
  reset(): void {
    this.#isSpeaking = false;
    this.#recentFrames = 0;
    this.#silenceMs = 0;
    this.#soundRunMs = 0;
    this.#sentence = 'nothing';
  }

  /** Takes one probability; the frame starts at `firstSample`. */
  frame(firstSample: number, probabilityRatio: number): TurnEvent | undefined {
    const isSpeech = probabilityRatio >= this.#threshold && probabilityRatio > 0;
    return this.#isSpeaking
      ? this.#whileSpeaking(firstSample, isSpeech)
      : this.#whileSilent(firstSample, isSpeech);
  }

  #whileSilent(firstSample: number, isSpeech: boolean): TurnEvent | undefined {
    const windowFrames = ONSET_WINDOW_MS / FRAME_MS;
    this.#recentFrames =
      ((this.#recentFrames << 1) | (isSpeech ? 1 : 0)) & ((1 << windowFrames) - 1);
    if (bitCount(this.#recentFrames) * FRAME_MS < ONSET_SPEECH_MS) {
      return undefined;
    }
    const framesSinceOnset = 31 - Math.clz32(this.#recentFrames);
    this.#onsetSample = Math.max(0, firstSample - framesSinceOnset * ACTIVITY_FRAME_SAMPLES);
    this.reset();
    this.#isSpeaking = true;
    return { type: 'started', onsetSample: this.#onsetSample };
  }

  #whileSpeaking(firstSample: number, isSpeech: boolean): TurnEvent | undefined {
    this.#soundRunMs = isSpeech ? this.#soundRunMs + FRAME_MS : 0;
    this.#silenceMs = this.#soundRunMs >= RESUME_SPEECH_MS ? 0 : this.#silenceMs + FRAME_MS;
    const endSample = firstSample + ACTIVITY_FRAME_SAMPLES;
    const isTooLong = endSample - this.#onsetSample >= (TURN_MS_MAX * PORT_SAMPLE_RATE_HZ) / 1_000;
    if (this.#silenceMs < this.#neededSilenceMs() && !isTooLong) {
      return undefined;
    }
    this.reset();
    return { type: 'stopped', endSample };
  }

  #neededSilenceMs(): number {
    if (this.#config === null) {
      return Number.POSITIVE_INFINITY;
    }
    if (this.#config.type === 'server_vad') {
      return Math.max(FRAME_MS, this.#config.silence_duration_ms);
    }
    switch (this.#sentence) {
      case 'whole':
        return WHOLE_SENTENCE_SILENCE_MS;
      case 'nothing':
        return NOTHING_HEARD_SILENCE_MS;
      case 'unfinished':
        return UNFINISHED_SILENCE_MS[this.#config.eagerness];
    }
  }
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) {
    count += 1;
  }
  return count;
}
