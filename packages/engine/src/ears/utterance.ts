import type { Hearing } from '../ports/ears.ts';
import { ACCEPTED_RATIO, confidence } from './acceptance.ts';
import type { EarStream } from './ear-stream.ts';
import { NoiseFloor } from './noise-floor.ts';
import type { PreparedGrammar } from './prepared-grammar.ts';
import type { Recogniser } from './recogniser.ts';
import { signalToNoiseDb } from './signal-to-noise.ts';
import { SpeechLevel } from './speech-level.ts';
import { StablePrefix } from './stable-prefix.ts';

/** Frames are 10 ms. */
const PARTIAL_INTERVAL_FRAMES = 30;
/** Longer utterances are heard up to here. */
const MAX_UTTERANCE_FRAMES = 6_000;
/** Less speech than this is a noise, not an utterance. */
const MIN_SPEECH_FRAMES = 20;
const SPEECH_PROBABILITY = 0.5;
/** Silence before the first speech is left out, but for this. */
const LEAD_FRAMES = 30;
/** After this much silence the speaker pauses; more of it is recognised only when speech goes on. */
const PAUSE_FRAMES = 20;
/** If more than this was recognised after what turned out to be the end, it is done again without. */
const MAX_OVERRUN_FRAMES = 30;
/** Root mean square, of full scale, that speech is brought to. */
const TARGET_SPEECH_RMS = 0.06;
const MAX_GAIN_RATIO = 16;
const MIN_GAIN_RATIO = 0.25;
/**
 * Of the noise that is put below the speech (-80 dBFS): in the perfect silence that noise suppression leaves, the
 * recogniser hears vowels after the last consonant, "eighty" for "eight".
 */
const FLOOR_AMPLITUDE = 4 / 32_768;

/** What one step of an utterance gave. */
export type UtteranceStep =
  | { readonly type: 'waiting' }
  | { readonly type: 'progressed' }
  | { readonly type: 'partial'; readonly text: string }
  | { readonly type: 'final'; readonly hearing: Hearing };

/** One utterance of an ear, from `begin` to its result. */
export class Utterance {
  readonly grammar: PreparedGrammar;
  readonly #stream: EarStream;
  readonly #fromFrame: number;
  readonly #stable = new StablePrefix();
  #recogniser: Recogniser | undefined;
  /** The next frame to recognise. */
  #nextFrame: number;
  /** The next frame to look at for speech. */
  #nextLookFrame: number;
  #lastSpeechFrame: number | undefined;
  #endFrame: number | undefined;
  #speechFlags: boolean[] = [];
  #framesSincePartial = 0;
  #gainRatio = 1;
  #level = new SpeechLevel();
  /** The next frame that may tell how loud the speech is. */
  #nextLevelFrame: number;
  #floor = new NoiseFloor(FLOOR_AMPLITUDE);

  constructor(stream: EarStream, grammar: PreparedGrammar, fromFrame: number) {
    this.#stream = stream;
    this.grammar = grammar;
    this.#fromFrame = Math.max(fromFrame, stream.oldestFrame);
    this.#nextFrame = this.#fromFrame;
    this.#nextLookFrame = this.#fromFrame;
    this.#nextLevelFrame = this.#fromFrame;
  }

  /** The recogniser that works on it, if it has got one. */
  get recogniser(): Recogniser | undefined {
    return this.#recogniser;
  }

  /** Whether its beginning has been forgotten while it waited for a recogniser. */
  get isTooLate(): boolean {
    return this.#recogniser === undefined && this.#nextFrame < this.#stream.oldestFrame;
  }

  /** Gives it a recogniser that has the grammar. */
  start(recogniser: Recogniser): void {
    this.#recogniser = recogniser;
    this.#restart(recogniser);
  }

  /** Ends it before a frame. */
  end(endFrame: number): void {
    this.#endFrame = Math.max(this.#fromFrame, endFrame);
    const overrunFrames = this.#nextFrame - this.#endFrame;
    if (
      this.#recogniser !== undefined &&
      overrunFrames > MAX_OVERRUN_FRAMES &&
      this.#fromFrame >= this.#stream.oldestFrame
    ) {
      this.#recogniser.abandon();
      this.#restart(this.#recogniser);
    }
  }

  /** How far its noise is below its speech, so far; undefined if too little is known of either. */
  get signalToNoiseDb(): number | undefined {
    const endFrame = this.#endFrame ?? this.#stream.activityFrameCount;
    return signalToNoiseDb(this.#stream.heardFrames(this.#fromFrame, endFrame));
  }

  /** Takes the recogniser away. */
  release(): Recogniser | undefined {
    const recogniser = this.#recogniser;
    this.#recogniser = undefined;
    return recogniser;
  }

  /**
   * Recognises some more.
   *
   * @param limitFrame - While the utterance is open: the frame up to which the turn machine has decided.
   * @param maxFrames - How much to do at most.
   * @param isDrained - Whether all audio that was pushed has been processed.
   */
  step(limitFrame: number, maxFrames: number, isDrained: boolean): UtteranceStep {
    const recogniser = this.#recogniser;
    if (recogniser === undefined) return { type: 'waiting' };
    const limit = Math.min(
      this.#stream.audioFrameCount,
      this.#endFrame ?? limitFrame,
      this.#fromFrame + MAX_UTTERANCE_FRAMES,
    );
    const isComplete =
      this.#endFrame !== undefined &&
      (limit >= this.#endFrame || limit < this.#stream.audioFrameCount || isDrained);
    this.#look(limit, isComplete);
    const lastFrame = this.#lastSpeechFrame;
    const feedLimit =
      lastFrame === undefined ? this.#nextFrame : Math.min(limit, lastFrame + PAUSE_FRAMES);
    const frameCount = Math.min(maxFrames, feedLimit - this.#nextFrame);
    if (frameCount > 0) this.#feed(recogniser, frameCount);
    const isAtEnd = isComplete && this.#nextFrame >= feedLimit;
    if (isAtEnd) return { type: 'final', hearing: this.#finish(recogniser) };
    if (frameCount <= 0) return { type: 'waiting' };
    const text = this.#endFrame === undefined ? this.#partialText(recogniser) : undefined;
    return text === undefined ? { type: 'progressed' } : { type: 'partial', text };
  }

  /** What can be told now: looked for at intervals, and once in each pause, when the last word is over. */
  #partialText(recogniser: Recogniser): string | undefined {
    const isPause = this.#nextFrame === (this.#lastSpeechFrame ?? 0) + PAUSE_FRAMES;
    if (!isPause && this.#framesSincePartial < PARTIAL_INTERVAL_FRAMES) return undefined;
    this.#framesSincePartial = 0;
    const words = recogniser.wordsSoFar();
    const stable = this.#stable.look(words);
    return (isPause ? (this.#stable.look(words, true) ?? stable) : stable)?.join(' ');
  }

  #restart(recogniser: Recogniser): void {
    this.#nextFrame = Math.max(this.#fromFrame, this.#stream.oldestFrame);
    this.#nextLookFrame = this.#nextFrame;
    this.#nextLevelFrame = this.#nextFrame;
    this.#level = new SpeechLevel();
    this.#lastSpeechFrame = undefined;
    this.#speechFlags = [];
    this.#framesSincePartial = 0;
    this.#floor = new NoiseFloor(FLOOR_AMPLITUDE);
    recogniser.start();
  }

  /**
   * Looks for speech up to a frame. Recognition begins shortly before the first speech, once its loudness is known:
   * that is known by the utterance alone, so that neither its ear's past nor the moment of the look matters.
   */
  #look(limit: number, isComplete: boolean): void {
    this.#measure(limit);
    if (this.#lastSpeechFrame === undefined && !this.#level.isKnown && !isComplete) return;
    for (; this.#nextLookFrame < limit; this.#nextLookFrame++) {
      if (!this.#isSpeech(this.#nextLookFrame)) continue;
      if (this.#lastSpeechFrame === undefined) {
        this.#gainRatio = gainRatioFor(this.#level.rms);
        const earliest = Math.max(this.#fromFrame, this.#stream.oldestFrame);
        this.#nextFrame = Math.max(earliest, this.#nextLookFrame - LEAD_FRAMES);
      }
      this.#lastSpeechFrame = this.#nextLookFrame;
    }
  }

  #measure(limit: number): void {
    if (this.#level.isKnown) return;
    for (const frame of this.#stream.heardFrames(this.#nextLevelFrame, limit))
      this.#level.take(frame);
    this.#nextLevelFrame = Math.max(this.#nextLevelFrame, limit);
  }

  #isSpeech(frame: number): boolean {
    return this.#stream.probability(frame) >= SPEECH_PROBABILITY;
  }

  #feed(recogniser: Recogniser, frameCount: number): void {
    const samples = this.#stream.read(this.#nextFrame, frameCount);
    for (let i = 0; i < samples.length; i++) {
      const loud = (samples[i] ?? 0) * this.#gainRatio + this.#floor.next();
      samples[i] = loud > 1 ? 1 : loud < -1 ? -1 : loud;
    }
    recogniser.feed(samples);
    for (let i = 0; i < frameCount; i++) {
      this.#speechFlags.push(this.#isSpeech(this.#nextFrame + i));
    }
    this.#nextFrame += frameCount;
    this.#framesSincePartial += frameCount;
  }

  #finish(recogniser: Recogniser): Hearing {
    const flags = this.#speechFlags;
    const speechFrames = flags.reduce((count, isSpeech) => count + (isSpeech ? 1 : 0), 0);
    const speechMs = speechFrames * 10;
    const { words, evidence } = recogniser.finish((frame) => flags[frame] === true);
    if (speechFrames < MIN_SPEECH_FRAMES) {
      return { text: '', isAccepted: false, confidenceRatio: 0, speechMs };
    }
    const confidenceRatio = evidence === undefined ? 0 : confidence(evidence, this.signalToNoiseDb);
    const isAccepted = confidenceRatio >= ACCEPTED_RATIO;
    return { text: words.join(' '), isAccepted, confidenceRatio, speechMs };
  }
}

function gainRatioFor(speechRms: number | undefined): number {
  if (speechRms === undefined) return 1;
  return Math.min(MAX_GAIN_RATIO, Math.max(MIN_GAIN_RATIO, TARGET_SPEECH_RMS / speechRms));
}
