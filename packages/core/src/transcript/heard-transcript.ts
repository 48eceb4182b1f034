import { SAMPLES_PER_MS } from '../audio/pcm.ts';
import type { AudioSource } from '../playout/playout-queue.ts';
import { HeardPart, type HeardText } from './heard-part.ts';

/** Parts remembered, as many as the playout ledger has. */
const PART_COUNT_MAX = 64;
/** Speech no slower than this until the voice is known: 130 ms for a letter, less than 8 letters a second. */
const SLOWEST_PACE_MS = 130;
/** Complete parts whose pace is remembered; the slowest of them counts. */
const PACE_COUNT_MAX = 8;

/**
 * The assistant's words as far as they were heard.
 *
 * Nobody sends word timings, so they are estimated: where a word lies follows from its share of the text and of the
 * speech in the part's audio (pauses left out), from how much audio existed when its text came, and, while the part is
 * still being generated, from the slowest pace of the voice so far. Each estimate is taken late: a word counts when it
 * has surely ended, so that less may be told than was heard, not more. Fed with what is generated; asked at a cut with
 * the playout ledger's `heardSamples`.
 */
export class HeardTranscript {
  readonly #parts = new Map<string, HeardPart>();
  readonly #paces: number[] = [];
  #slowestPace = 0;
  #forgottenParts = 0;

  /** @param speedRatio - How fast the session's voice speaks (`audio.output.speed`); 1 is normal. */
  constructor(speedRatio = 1) {
    this.setSpeed(speedRatio);
  }

  /** The voice speaks so fast from now on; 1 is normal. */
  setSpeed(speedRatio: number): void {
    this.#slowestPace = (SLOWEST_PACE_MS * SAMPLES_PER_MS) / Math.max(0.25, speedRatio);
  }

  /** Parts that were forgotten because too many came. */
  get forgottenParts(): number {
    return this.#forgottenParts;
  }

  /** A `response.output_audio_transcript.delta`. */
  text(source: AudioSource, delta: string): void {
    this.#part(source).addText(delta);
  }

  /** A `response.output_audio_transcript.done`. */
  textDone(source: AudioSource, text: string): void {
    const part = this.#part(source);
    part.endText(text);
    this.#learnPace(part);
  }

  /** Audio as it was generated. Not kept. */
  audio(source: AudioSource, pcm: Int16Array): void {
    this.#part(source).addAudio(pcm);
  }

  /** A `response.output_audio.done`. */
  audioDone(source: AudioSource): void {
    const part = this.#part(source);
    part.endAudio();
    this.#learnPace(part);
  }

  /** What the listener has heard when `heardSamples` of the part's audio reached him; `undefined` for a part unknown. */
  heard(source: AudioSource, heardSamples: number): HeardText | undefined {
    const pace = this.#paces.length === 0 ? this.#slowestPace : Math.max(...this.#paces);
    return this.#parts.get(keyOf(source))?.heard(heardSamples, pace);
  }

  /** The part was told and is no longer of use. */
  forget(source: AudioSource): void {
    this.#parts.delete(keyOf(source));
  }

  #part(source: AudioSource): HeardPart {
    const key = keyOf(source);
    const known = this.#parts.get(key);
    if (known !== undefined) return known;
    const part = new HeardPart();
    this.#parts.set(key, part);
    if (this.#parts.size > PART_COUNT_MAX) {
      const oldest = this.#parts.keys().next();
      if (oldest.done !== true) this.#parts.delete(oldest.value);
      this.#forgottenParts += 1;
    }
    return part;
  }

  #learnPace(part: HeardPart): void {
    const { pace } = part;
    if (pace === undefined) return;
    this.#paces.push(pace);
    if (this.#paces.length > PACE_COUNT_MAX) this.#paces.shift();
  }
}

function keyOf(source: AudioSource): string {
  return `${source.itemId}/${source.contentIndex}`;
}
