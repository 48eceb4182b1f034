import type { EarGrammar } from '../ports/ears.ts';
import {
  grammarKey,
  type PreparedGrammarResult,
  type Pronouncer,
  prepareGrammar,
} from './prepared-grammar.ts';
import type { PronouncingDictionary } from './pronouncing-dictionary.ts';

/** Least recently used grammars beyond this are forgotten. */
const MAX_GRAMMAR_COUNT = 64;
const MAX_GUESSED_WORD_COUNT = 5_000;

/** Prepares grammars, and remembers the last ones and the words that had to be pronounced by rule. */
export class GrammarCache {
  readonly #dictionary: PronouncingDictionary;
  readonly #pronounce: Pronouncer;
  readonly #results = new Map<string, PreparedGrammarResult>();
  readonly #guessed = new Map<string, readonly string[]>();

  constructor(dictionary: PronouncingDictionary, pronounce: Pronouncer) {
    this.#dictionary = dictionary;
    this.#pronounce = pronounce;
  }

  /** Prepares a grammar or finds it. */
  prepare(grammar: EarGrammar): PreparedGrammarResult {
    const key = grammarKey(grammar);
    const result =
      this.#results.get(key) ??
      prepareGrammar(grammar, this.#dictionary, (words) => this.#guess(words));
    this.#results.delete(key);
    this.#results.set(key, result);
    for (const oldest of this.#results.keys()) {
      if (this.#results.size <= MAX_GRAMMAR_COUNT) break;
      this.#results.delete(oldest);
    }
    return result;
  }

  #guess(words: readonly string[]): ReadonlyMap<string, readonly string[]> {
    const missing = words.filter((word) => !this.#guessed.has(word));
    const found =
      missing.length === 0 ? new Map<string, readonly string[]>() : this.#pronounce(missing);
    const all = new Map<string, readonly string[]>();
    for (const word of words) {
      const phones = this.#guessed.get(word) ?? found.get(word);
      if (phones !== undefined) all.set(word, phones);
    }
    if (this.#guessed.size + found.size > MAX_GUESSED_WORD_COUNT) this.#guessed.clear();
    for (const [word, phones] of found) this.#guessed.set(word, phones);
    return all;
  }
}
