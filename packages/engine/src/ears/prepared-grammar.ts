import { createHash } from 'node:crypto';
import type { EarGrammar } from '../ports/ears.ts';
import { parseJsgf } from './jsgf-parser.ts';
import type { PronouncingDictionary } from './pronouncing-dictionary.ts';
import { buildWordGraph, type WordGraph } from './word-graph.ts';

/** A grammar whose words all have pronunciations, ready for a decoder. */
export interface PreparedGrammar {
  /** Equal for equal grammars. */
  readonly key: string;
  /** Its sentences; a word with a pronunciation of its own stands under a name of its own. */
  readonly graph: WordGraph;
  /** Pronunciations by the word as it stands in the graph. */
  readonly pronunciationsByWord: ReadonlyMap<string, readonly string[]>;
}

/** The grammar made ready, or why it can't be heard. */
export type PreparedGrammarResult =
  | { readonly type: 'prepared'; readonly grammar: PreparedGrammar }
  | { readonly type: 'refused'; readonly reason: string };

/** Pronounces words that no dictionary has. */
export type Pronouncer = (words: readonly string[]) => ReadonlyMap<string, readonly string[]>;

/** The phones of the acoustic model. */
const PHONES: readonly string[] = (
  'AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W ' +
  'Y Z ZH'
).split(' ');

const PHONE_SET: ReadonlySet<string> = new Set(PHONES);
/** Between a word and the mark of a pronunciation of its own; never part of a word of speech. */
const OWN_NAME_SEPARATOR = '~';
const MAX_WORD_COUNT = 5_000;
const MAX_JSGF_CHARS = 500_000;

/**
 * Gives each word of a grammar its pronunciations: the grammar's own, else the dictionary's, else by rule.
 *
 * @returns The prepared grammar, or a reason that names the words that can't be pronounced.
 */
export function prepareGrammar(
  grammar: EarGrammar,
  dictionary: PronouncingDictionary,
  pronounce: Pronouncer,
): PreparedGrammarResult {
  if (grammar.jsgf.length > MAX_JSGF_CHARS) return refuse('the grammar is too long');
  const parsed = parseJsgf(grammar.jsgf);
  if (parsed.type === 'refused') return refuse(`its JSGF is wrong: ${parsed.reason}`);
  const built = buildWordGraph(parsed.grammar);
  if (built.type === 'refused') return refuse(`its JSGF is wrong: ${built.reason}`);
  const { graph } = built;
  const words = [...new Set(graph.arcs.map((arc) => arc.word))];
  if (words.length > MAX_WORD_COUNT) return refuse(`more than ${MAX_WORD_COUNT} words`);
  const names = new Map<string, string>();
  const pronunciationsByWord = new Map<string, readonly string[]>();
  const unknown: string[] = [];
  const wrong: string[] = [];
  for (const word of words) {
    const own = Object.hasOwn(grammar.pronunciations, word)
      ? grammar.pronunciations[word]
      : undefined;
    if (own !== undefined) {
      const phones = own
        .trim()
        .toUpperCase()
        .replace(/[0-2](?=\s|$)/g, '')
        .split(/\s+/);
      if (phones.every((phone) => PHONE_SET.has(phone))) {
        const name = ownName(word, phones);
        names.set(word, name);
        pronunciationsByWord.set(name, [phones.join(' ')]);
      } else wrong.push(word);
      continue;
    }
    const known = dictionary.pronunciationsOf(word);
    if (known.length > 0) pronunciationsByWord.set(word, known);
    else unknown.push(word);
  }
  if (wrong.length > 0) return refuse(`bad phones for: ${list(wrong)}`);
  if (unknown.length > 0) {
    const guessed = pronounce(unknown);
    const silent: string[] = [];
    for (const word of unknown) {
      const phones = guessed.get(word)?.filter((phone) => PHONE_SET.has(phone)) ?? [];
      if (phones.length === 0) silent.push(word);
      else pronunciationsByWord.set(word, [phones.join(' ')]);
    }
    if (silent.length > 0) return refuse(`no pronunciation for: ${list(silent)}`);
  }
  const arcs = graph.arcs.map((arc) => ({ ...arc, word: names.get(arc.word) ?? arc.word }));
  return {
    type: 'prepared',
    grammar: { key: grammarKey(grammar), graph: { ...graph, arcs }, pronunciationsByWord },
  };
}

/** The key that equal grammars share. */
export function grammarKey(grammar: EarGrammar): string {
  const hash = createHash('sha256').update(grammar.jsgf);
  for (const word of Object.keys(grammar.pronunciations).sort()) {
    hash.update(`\0${word}\0${grammar.pronunciations[word]}`);
  }
  return hash.digest('base64');
}

/** A word of a prepared grammar as the grammar's author wrote it. */
export function spokenForm(word: string): string {
  const separator = word.indexOf(OWN_NAME_SEPARATOR);
  return separator > 0 ? word.slice(0, separator) : word;
}

function ownName(word: string, phones: readonly string[]): string {
  return `${word}${OWN_NAME_SEPARATOR}${phones.join('').toLowerCase()}`;
}

function refuse(reason: string): PreparedGrammarResult {
  return { type: 'refused', reason };
}

function list(words: readonly string[]): string {
  const shown = words.slice(0, 10).join(', ');
  return words.length > 10 ? `${shown} and ${words.length - 10} more` : shown;
}
