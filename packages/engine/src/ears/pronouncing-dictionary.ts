import { readFileSync } from 'node:fs';

/** Spelled pronunciations may have this many alternates in the dictionary, `word(2)` to `word(9)`. */
const MAX_ALTERNATE = 9;

/**
 * The recogniser's dictionary (CMU format, one `word PH ON ES` per line, grouped by first letter), searched in place:
 * a grammar asks for a few hundred of its 130,000 words.
 */
export class PronouncingDictionary {
  readonly #text: string;
  readonly #startByInitial: ReadonlyMap<string, number>;

  constructor(text: string) {
    this.#text = `\n${text}\n`;
    const starts = new Map<string, number>();
    for (const initial of `'abcdefghijklmnopqrstuvwxyz`) {
      const start = this.#text.indexOf(`\n${initial}`);
      if (start >= 0) starts.set(initial, start);
    }
    this.#startByInitial = starts;
  }

  /** Reads a dictionary file. */
  static load(path: string): PronouncingDictionary {
    return new PronouncingDictionary(readFileSync(path, 'latin1'));
  }

  /**
   * Finds a word's pronunciations.
   *
   * @param word - Lower case.
   * @returns Phones separated by single spaces, the usual pronunciation first; empty if the word isn't there.
   */
  pronunciationsOf(word: string): readonly string[] {
    const first = this.#find(word);
    if (first === undefined) return [];
    const found = [first];
    for (let n = 2; n <= MAX_ALTERNATE; n++) {
      const alternate = this.#find(`${word}(${n})`);
      if (alternate === undefined) break;
      found.push(alternate);
    }
    return found;
  }

  #find(entry: string): string | undefined {
    const groupStart = this.#startByInitial.get(entry.charAt(0));
    if (groupStart === undefined) return undefined;
    const nextInitial = String.fromCharCode(entry.charCodeAt(0) + 1);
    const groupEnd = this.#startByInitial.get(nextInitial) ?? this.#text.length;
    const at = this.#text.indexOf(`\n${entry} `, groupStart);
    if (at < 0 || at > groupEnd) return undefined;
    const phonesStart = at + entry.length + 2;
    return this.#text.slice(phonesStart, this.#text.indexOf('\n', phonesStart)).trim();
  }
}
