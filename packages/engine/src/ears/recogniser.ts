import { Decoder } from './decoder.ts';
import { type FitEvidence, fitEvidence } from './grammar-fit.ts';
import { type PreparedGrammar, spokenForm } from './prepared-grammar.ts';
import type { Soundswallower } from './soundswallower-module.ts';

/** What a recogniser made of an utterance. */
export interface Recognition {
  /** In the grammar's words; the words so far if they aren't a whole sentence. */
  readonly words: readonly string[];
  /** How well they explain the audio; undefined if they aren't a whole sentence. */
  readonly evidence: FitEvidence | undefined;
}

/** Hears one utterance at a time. */
export class Recogniser {
  readonly #decoder: Decoder;

  private constructor(decoder: Decoder) {
    this.#decoder = decoder;
  }

  /** Makes a recogniser without a grammar (about 30 ms). */
  static async create(soundswallower: Soundswallower): Promise<Recogniser> {
    return new Recogniser(await Decoder.create(soundswallower));
  }

  /** Key of the grammar it has; empty before the first. */
  get grammarKey(): string {
    return this.#decoder.grammarKey;
  }

  /** Whether it should be replaced by a new one. */
  get isWorn(): boolean {
    return this.#decoder.isWorn;
  }

  /** Takes another grammar between utterances. @returns Why it can't, or undefined. */
  setGrammar(grammar: PreparedGrammar): string | undefined {
    return this.#decoder.setGrammar(grammar);
  }

  /** Begins an utterance. */
  start(): void {
    this.#decoder.start();
  }

  /** @param samples - Floats in [-1, 1] at 16 kHz. */
  feed(samples: Float32Array): void {
    this.#decoder.feed(samples);
  }

  /** The words of the best path so far. */
  wordsSoFar(): readonly string[] {
    return this.#decoder.words().map(spokenForm);
  }

  /** Ends the utterance without a result. */
  abandon(): void {
    this.#decoder.stop();
  }

  /**
   * Ends the utterance.
   *
   * @param isSpeechFrame - Whether somebody spoke in the n-th 10 ms fed.
   */
  finish(isSpeechFrame: (frame: number) => boolean): Recognition {
    const wordsSoFar = this.wordsSoFar();
    this.#decoder.stop();
    const words = this.wordsSoFar();
    return words.length === 0
      ? { words: wordsSoFar, evidence: undefined }
      : { words, evidence: fitEvidence(this.#decoder.segments(), isSpeechFrame) };
  }

  /** Frees its memory. */
  delete(): void {
    this.#decoder.delete();
  }
}
