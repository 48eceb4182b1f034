import { fileURLToPath } from 'node:url';
import type { PreparedGrammar } from './prepared-grammar.ts';
import type {
  Soundswallower,
  SoundswallowerDecoder,
  SoundswallowerModule,
} from './soundswallower-module.ts';
import type { WordGraph } from './word-graph.ts';

/** A stretch of a decoder's best path. */
export interface DecodedSegment {
  /** A word of the grammar, or a filler in angle brackets or plus signs. */
  readonly word: string;
  readonly startFrame: number;
  /** The first frame after it. */
  readonly endFrame: number;
  /** Sum over its frames of how far the path's state is behind the best state of all; 0 or less, log scale. */
  readonly acousticScore: number;
}

/** Rate of the audio that decoders take. */
export const DECODER_RATE_HZ = 16_000;

/** As PocketSphinx has it by default. */
const LANGUAGE_WEIGHT = 6.5;
/** Logarithm of the weight of every way to go on: a grammar says what can be said, not how often. */
const EVEN_CHANCE = 0;
/**
 * The cepstral mean that an utterance starts with: measured over four voices after noise suppression and at the level
 * that utterances are brought to. Fixed, so that no utterance depends on the ones before.
 */
const CEPSTRAL_MEAN = '43,3,10,3,0,1,-3,0,1,1,2,0,1';
/** Wider than the default 1e-48: in noise the right path is behind for a while. */
const BEAM_RATIO = 1e-60;
const WORD_BEAM_RATIO = 1e-40;
/**
 * Means of the model's Gaussians, fitted to speech after noise suppression, clean and noisy: the model's own are of
 * speech that nothing was taken from. `bench/recognition/adapt` makes the file.
 */
const MEANS_PATH = fileURLToPath(new URL('../../models/en-us.means', import.meta.url));
/** Fields of the C structure `seg_iter_s`, in 32-bit words. */
const SEGMENT_FIELD = { word: 2, startFrame: 3, endFrame: 4, acousticScore: 5 } as const;
const NULL_WORD = '(NULL)';
const MAX_SEGMENT_COUNT = 10_000;
/** Words stay in a decoder's dictionary, so that a decoder which met many grammars is made anew. */
const MAX_WORD_COUNT = 20_000;

/** One soundswallower decoder that hears one utterance at a time. */
export class Decoder {
  readonly #module: SoundswallowerModule;
  readonly #decoder: SoundswallowerDecoder;
  readonly #words = new Set<string>();
  #grammarKey = '';

  private constructor(module: SoundswallowerModule, decoder: SoundswallowerDecoder) {
    this.#module = module;
    this.#decoder = decoder;
  }

  /** Makes a decoder with an empty dictionary (about 30 ms): words come with the grammars. */
  static async create(soundswallower: Soundswallower): Promise<Decoder> {
    const { module, modelDirectory } = soundswallower;
    const decoder = new module.Decoder({
      loglevel: 'FATAL',
      samprate: DECODER_RATE_HZ,
      hmm: modelDirectory,
      mean: MEANS_PATH,
      // A file that isn't there is an empty dictionary.
      dict: `${modelDirectory}/none`,
      cmninit: CEPSTRAL_MEAN,
      beam: BEAM_RATIO,
      pbeam: BEAM_RATIO,
      wbeam: WORD_BEAM_RATIO,
      // Scores are relative to the best of the scored states: to mean anything, it must be the best of all.
      compallsen: true,
    });
    await decoder.initialize();
    // The denoiser has done this. The model's own parameters turn it on; what is set now counts from `start` on.
    decoder.set_config('remove_noise', false);
    return new Decoder(module, decoder);
  }

  /** Key of the grammar it has; empty before the first. */
  get grammarKey(): string {
    return this.#grammarKey;
  }

  /** Whether it has met so many words that it should be replaced. */
  get isWorn(): boolean {
    return this.#words.size > MAX_WORD_COUNT;
  }

  /**
   * Takes another grammar; must not be called during an utterance.
   *
   * @returns Why it can't, or undefined.
   */
  setGrammar(grammar: PreparedGrammar): string | undefined {
    if (grammar.key === this.#grammarKey) return undefined;
    for (const [word, pronunciations] of grammar.pronunciationsByWord) {
      if (this.#words.has(word)) continue;
      for (const [index, phones] of pronunciations.entries()) {
        const entry = index === 0 ? word : `${word}(${index + 1})`;
        if (!this.#addWord(entry, phones)) return `can't add the word ${entry}`;
      }
      this.#words.add(word);
    }
    if (!this.#setGraph(grammar.graph)) return 'the recogniser refuses the grammar';
    this.#grammarKey = grammar.key;
    return undefined;
  }

  /** Begins an utterance, with no memory of the ones before. */
  start(): void {
    const { cdecoder, cacmod } = this.#decoder;
    const fe = this.#module._decoder_init_fe(cdecoder);
    const fcb = this.#module._decoder_init_feat_s3file(cdecoder, 0);
    if (fe === 0 || fcb === 0 || this.#module._acmod_reinit_feat(cacmod, fe, fcb) < 0) {
      throw new Error('the decoder front end cannot be reset');
    }
    this.#decoder.start();
  }

  /** @param samples - Floats in [-1, 1] at {@link DECODER_RATE_HZ}. */
  feed(samples: Float32Array): void {
    this.#decoder.process_audio(samples, false, false);
  }

  /** The best path so far, or after {@link stop} the best that is a whole sentence; empty if there is none. */
  words(): readonly string[] {
    return this.#decoder.get_text().split(' ').filter(Boolean);
  }

  /** Ends the utterance. */
  stop(): void {
    this.#decoder.stop();
  }

  /** The best path in time; call it after {@link stop}. */
  segments(): readonly DecodedSegment[] {
    const segments: DecodedSegment[] = [];
    const module = this.#module;
    for (
      let pointer = module._decoder_seg_iter(this.#decoder.cdecoder);
      pointer !== 0 && segments.length < MAX_SEGMENT_COUNT;
      pointer = module._seg_iter_next(pointer)
    ) {
      const heap = this.#module.HEAP32;
      const field = (index: number): number => heap[(pointer >> 2) + index] ?? 0;
      const word = this.#readString(field(SEGMENT_FIELD.word));
      if (word === NULL_WORD) continue;
      segments.push({
        word: word.replace(/\(\d+\)$/, ''),
        startFrame: field(SEGMENT_FIELD.startFrame),
        endFrame: field(SEGMENT_FIELD.endFrame) + 1,
        acousticScore: field(SEGMENT_FIELD.acousticScore),
      });
    }
    return segments;
  }

  /** Frees the decoder's memory. */
  delete(): void {
    this.#decoder.delete();
  }

  #setGraph(graph: WordGraph): boolean {
    const module = this.#module;
    const { cdecoder } = this.#decoder;
    const name = this.#string('grammar');
    // The decoder knows one final state only.
    const finalState = graph.stateCount;
    const logmath = module._decoder_logmath(cdecoder);
    const fsg = module._fsg_model_init(name, logmath, LANGUAGE_WEIGHT, graph.stateCount + 1);
    module._free(name);
    const wordIds = new Map<string, number>();
    for (const { from, to, word } of graph.arcs) {
      let wordId = wordIds.get(word);
      if (wordId === undefined) {
        const pointer = this.#string(word);
        wordId = module._fsg_model_word_add(fsg, pointer);
        module._free(pointer);
        wordIds.set(word, wordId);
      }
      module._fsg_model_trans_add(fsg, from, to, EVEN_CHANCE, wordId);
    }
    for (const state of graph.finalStates) {
      module._fsg_model_null_trans_add(fsg, state, finalState, EVEN_CHANCE);
    }
    module._fsg_set_states(fsg, 0, finalState);
    return module._decoder_set_fsg(cdecoder, fsg) >= 0;
  }

  #addWord(word: string, phones: string): boolean {
    const wordPointer = this.#string(word);
    const phonesPointer = this.#string(phones);
    const id = this.#module._decoder_add_word(
      this.#decoder.cdecoder,
      wordPointer,
      phonesPointer,
      0,
    );
    this.#module._free(wordPointer);
    this.#module._free(phonesPointer);
    return id >= 0;
  }

  #string(text: string): number {
    const bytes = new TextEncoder().encode(`${text}\0`);
    const pointer = this.#module._malloc(bytes.length);
    this.#module.HEAPU8.set(bytes, pointer);
    return pointer;
  }

  #readString(pointer: number): string {
    const heap = this.#module.HEAPU8;
    return new TextDecoder().decode(heap.subarray(pointer, heap.indexOf(0, pointer)));
  }
}
