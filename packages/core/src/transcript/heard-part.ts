import { SAMPLES_PER_MS } from '../audio/pcm.ts';
import { SpeechClock } from './speech-clock.ts';
import { type WordEnd, wordEnds } from './spoken-text.ts';

/** A text longer than this is not followed to its end. */
const TEXT_CHARS_MAX = 65_536;
/** Deltas remembered; of a text in more pieces every second one is forgotten, which only makes less sure. */
const ANCHOR_COUNT_MAX = 2_048;
/** What is always kept off: nobody has heard a word until its last sound. */
const MARGIN_MS = 120;
/** Words wander about their proportional place: by so much after a second of speech, like a random walk. */
const WANDER_MS = 250;
/** While the end isn't known, the speech may be slower than it was so far. */
const SLOWER_RATIO = 1.1;

/** What somebody has heard of one part of an answer. */
export interface HeardText {
  /** Whole words from the start of the transcript, without white space at the end. */
  readonly text: string;
  /** All of it was heard, and all of it is known. */
  readonly isWhole: boolean;
}

interface Anchor {
  readonly index: number;
  /** Audio generated when this piece of text came. */
  readonly samples: number;
}

/** One content part: its transcript, its audio, and which words lie where in it. */
export class HeardPart {
  readonly #clock = new SpeechClock();
  readonly #anchors: Anchor[] = [];
  #text = '';
  #isTextDone = false;
  #isTextCut = false;
  #isAudioDone = false;
  /** The first text came before any audio: then every piece of text comes before its audio. */
  #isTextAhead = false;

  /** Takes a piece of the transcript. */
  addText(delta: string): void {
    if (this.#isTextDone) return;
    if (this.#text === '') this.#isTextAhead = this.#clock.samples === 0;
    this.#anchor();
    this.#setText(this.#text + delta);
  }

  /** Takes the whole transcript, as the upstream has it at the end. */
  endText(text: string): void {
    if (this.#text === '') this.#anchor();
    this.#setText(text);
    this.#isTextDone = true;
  }

  addAudio(pcm: Int16Array): void {
    this.#clock.add(pcm);
  }

  endAudio(): void {
    this.#isAudioDone = true;
  }

  /** Speech per unit of weight; `undefined` until text and audio are complete. */
  get pace(): number | undefined {
    const weight = wordEnds(this.#text).at(-1)?.weight ?? 0;
    if (!this.#isComplete || weight < 20) return undefined;
    return this.#clock.spokenSamples / weight;
  }

  /**
   * The words of which `heardSamples` hold the last sound, for certain.
   *
   * @param slowestPace - Samples of speech per unit of weight, when the end isn't known.
   */
  heard(heardSamples: number, slowestPace: number): HeardText {
    if (this.#isComplete && heardSamples >= this.#clock.samples) {
      return { text: this.#text.trimEnd(), isWhole: !this.#isTextCut };
    }
    const words = wordEnds(this.#text);
    const spokenSamples = this.#clock.spokenWithin(heardSamples);
    let end = 0;
    for (const word of words) {
      if (spokenSamples < this.#latestEnd(word, words.at(-1), slowestPace)) break;
      if (this.#isTextAhead && heardSamples <= this.#anchorOf(word.index - 1)) break;
      end = word.index;
    }
    return { text: this.#text.slice(0, end), isWhole: false };
  }

  get #isComplete(): boolean {
    return this.#isTextDone && this.#isAudioDone;
  }

  /** By when a word has surely ended, in samples of speech. */
  #latestEnd(word: WordEnd, last: WordEnd | undefined, slowestPace: number): number {
    const total = this.#clock.spokenSamples;
    const share = last === undefined || last.weight === 0 ? 1 : word.weight / last.weight;
    const proportional = total * share;
    if (!this.#isComplete) {
      const end = Math.max(proportional, word.weight * slowestPace);
      return end * SLOWER_RATIO + MARGIN_MS * SAMPLES_PER_MS;
    }
    // A random walk that is tied at both ends: widest in the middle.
    const seconds = (total * share * (1 - share)) / (1_000 * SAMPLES_PER_MS);
    return proportional + (MARGIN_MS + WANDER_MS * Math.sqrt(seconds)) * SAMPLES_PER_MS;
  }

  #setText(text: string): void {
    this.#isTextCut = text.length > TEXT_CHARS_MAX;
    this.#text = this.#isTextCut ? text.slice(0, TEXT_CHARS_MAX) : text;
  }

  #anchor(): void {
    this.#anchors.push({ index: this.#text.length, samples: this.#clock.samples });
    if (this.#anchors.length <= ANCHOR_COUNT_MAX) return;
    const kept = this.#anchors.filter((_anchor, index) => index % 2 === 0);
    this.#anchors.splice(0, this.#anchors.length, ...kept);
  }

  /** Audio that existed when the text at `index` came: what is said there ends after it. */
  #anchorOf(index: number): number {
    return this.#anchors.findLast((anchor) => anchor.index <= index)?.samples ?? 0;
  }
}
