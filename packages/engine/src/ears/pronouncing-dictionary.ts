import { readFileSync } from 'node:fs';

/** Spelled pronunciations may have this many alternates in the dictionary, `word(2)` to `word(9)`. */
const MAX_ALTERNATE = 9;

/**
 * The recogniser's dictionary (CMU format, one `word PH ON ES` per line, grouped by first letter), searched in place:
 * a grammar asks for a few hundred of its 130,000 words.
 */
export class PronouncingDictionary {
  /** The lines of the words with an initial, each between line feeds. */
  readonly #linesByInitial = new Map<string, string>();

  constructor(text: string) {
    const whole = `\n${text}\n`;
    const starts = Array.from(`'abcdefghijklmnopqrstuvwxyz`)
      .map((initial) => ({ initial, start: whole.indexOf(`\n${initial}`) }))
      .filter(({ start }) => start >= 0)
      .sort((a, b) => a.start - b.start);
    for (const [index, { initial, start }] of starts.entries()) {
      const end = starts[index + 1]?.start ?? whole.length - 1;
      this.#linesByInitial.set(initial, whole.slice(start, end + 1));
    }
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
    const lines = this.#linesByInitial.get(entry.charAt(0));
    const at = lines?.indexOf(`\n${entry} `) ?? -1;
    if (lines === undefined || at < 0) return undefined;
    const phonesStart = at + entry.length + 2;
    return lines.slice(phonesStart, lines.indexOf('\n', phonesStart)).trim();
  }
}
