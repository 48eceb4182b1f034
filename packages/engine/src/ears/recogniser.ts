import { type DecodedSegment, Decoder } from './decoder.ts';
import { type FitEvidence, fitEvidence } from './grammar-fit.ts';
import { type PreparedGrammar, spokenForm } from './prepared-grammar.ts';
import type { Soundswallower } from './soundswallower-module.ts';

/** What a recogniser made of an utterance. */
export interface Recognition {
  /** In the grammar's words; the words so far if they aren't a whole sentence. */
  readonly words: readonly string[];
  /** Whether the words are a whole sentence of the grammar. */
  readonly isSentence: boolean;
  readonly evidence: FitEvidence;
}

/**
 * Hears one utterance at a time with two decoders: one knows the grammar, the other only phones. How much better the
 * phones alone explain the audio tells whether the grammar's best sentence was really said.
 */
export class Recogniser {
  readonly #grammar: Decoder;
  readonly #phones: Decoder;
  #prepared: PreparedGrammar | undefined;

  private constructor(grammar: Decoder, phones: Decoder) {
    this.#grammar = grammar;
    this.#phones = phones;
  }

  /** Makes a recogniser without a grammar (about 100 ms). */
  static async create(
    soundswallower: Soundswallower,
    bigram: readonly (readonly number[])[],
  ): Promise<Recogniser> {
    const grammar = await Decoder.create(soundswallower);
    const phones = await Decoder.create(soundswallower);
    phones.setPhoneLoop(bigram);
    return new Recogniser(grammar, phones);
  }

  /** Key of the grammar it has; empty before the first. */
  get grammarKey(): string {
    return this.#grammar.grammarKey;
  }

  /** Whether it should be replaced by a new one. */
  get isWorn(): boolean {
    return this.#grammar.isWorn;
  }

  /** Takes another grammar between utterances. @returns Why it can't, or undefined. */
  setGrammar(grammar: PreparedGrammar): string | undefined {
    const refusal = this.#grammar.setGrammar(grammar);
    if (refusal === undefined) this.#prepared = grammar;
    return refusal;
  }

  /** Begins an utterance. */
  start(): void {
    this.#grammar.start();
    this.#phones.start();
  }

  /** @param samples - Floats in [-1, 1] at 16 kHz. */
  feed(samples: Float32Array): void {
    this.#grammar.feed(samples);
    this.#phones.feed(samples);
  }

  /** The words of the best path so far. */
  wordsSoFar(): readonly string[] {
    return this.#grammar.words().map(spokenForm);
  }

  /** Ends the utterance without a result. */
  abandon(): void {
    this.#grammar.stop();
    this.#phones.stop();
  }

  /**
   * Ends the utterance.
   *
   * @param isSpeechFrame - Whether somebody spoke in the n-th 10 ms fed.
   */
  finish(isSpeechFrame: (frame: number) => boolean): Recognition {
    const wordsSoFar = this.wordsSoFar();
    this.#grammar.stop();
    this.#phones.stop();
    const words = this.#grammar.words().map(spokenForm);
    const isSentence = words.length > 0;
    const segments: readonly DecodedSegment[] = isSentence ? this.#grammar.segments() : [];
    const evidence = fitEvidence({
      grammarSegments: segments,
      phoneSegments: this.#phones.segments(),
      pronunciationsByWord: this.#prepared?.pronunciationsByWord ?? new Map(),
      isSpeechFrame,
    });
    return { words: isSentence ? words : wordsSoFar, isSentence, evidence };
  }

  /** Frees its memory. */
  delete(): void {
    this.#grammar.delete();
    this.#phones.delete();
  }
}
