import type { EarGrammar } from '../ports/ears.ts';
import type { Phrase } from '../scenario/phrase.ts';
import { SPOKEN_CONTRACTIONS } from '../scenario/words.ts';
import { SHARED_RULES } from './slots/built-in-slots.ts';
import type { SlotKind } from './slots/slot-kind.ts';

/** Writes the ears' grammar: each thing that can be said as a JSGF rule, and one public rule over all. */

export interface GrammarParts {
  /** Anything that can be said alone. */
  readonly phrases: readonly Phrase[];
  /** Tool calls: two of them can also be said in one breath, joined by "and". */
  readonly toolPhrases: readonly Phrase[];
  readonly kinds: ReadonlyMap<string, SlotKind>;
  readonly pronunciations: Readonly<Record<string, string>>;
}

const CONTRACTIONS: ReadonlyMap<string, string> = new Map(
  SPOKEN_CONTRACTIONS.map(([full, short]) => [full, short]),
);

/** JSGF rule names know letters and digits; `$time` and `tool:get_weather:city` become such. */
function ruleName(kind: string): string {
  return `slot_${kind.replaceAll(/[^a-zA-Z0-9]/g, (char) => `_${char.charCodeAt(0)}_`)}`;
}

/** Whether the ears can hear every word that a phrase needs. */
function canBeHeard(phrase: Phrase, kinds: ReadonlyMap<string, SlotKind>): boolean {
  switch (phrase.type) {
    case 'word':
      return true;
    case 'slot':
      return kinds.get(phrase.kind)?.jsgf !== undefined;
    case 'sequence':
      return phrase.parts.every((part) => canBeHeard(part, kinds));
    case 'choice':
      return phrase.isOptional || phrase.options.some((option) => canBeHeard(option, kinds));
  }
}

class GrammarWriter {
  readonly usedKinds = new Set<string>();
  readonly #kinds: ReadonlyMap<string, SlotKind>;

  constructor(kinds: ReadonlyMap<string, SlotKind>) {
    this.#kinds = kinds;
  }

  phrase(phrase: Phrase): string {
    switch (phrase.type) {
      case 'word':
        return phrase.word;
      case 'slot':
        this.usedKinds.add(phrase.kind);
        return `<${ruleName(phrase.kind)}>`;
      case 'sequence':
        return this.#sequence(phrase.parts);
      case 'choice': {
        const options = phrase.options.filter((option) => canBeHeard(option, this.#kinds));
        if (options.length === 0) {
          return '';
        }
        const inner = options.map((option) => this.phrase(option)).join(' | ');
        return phrase.isOptional ? `[ ${inner} ]` : `( ${inner} )`;
      }
    }
  }

  /** Words that may be contracted are written both ways: `( what is | what's )`. */
  #sequence(parts: readonly Phrase[]): string {
    const written: string[] = [];
    for (let at = 0; at < parts.length; at += 1) {
      const part = parts[at];
      const next = parts[at + 1];
      if (part === undefined) {
        break;
      }
      const full = part.type === 'word' && next?.type === 'word' ? `${part.word} ${next.word}` : '';
      const short = CONTRACTIONS.get(full);
      if (short === undefined) {
        written.push(this.phrase(part));
      } else {
        written.push(`( ${full} | ${short} )`);
        at += 1;
      }
    }
    return written.filter((text) => text !== '').join(' ');
  }
}

/** Builds the grammar of everything that can be said. */
export function buildGrammar(parts: GrammarParts): EarGrammar {
  const writer = new GrammarWriter(parts.kinds);
  const write = (phrases: readonly Phrase[]): string[] =>
    phrases
      .filter((phrase) => canBeHeard(phrase, parts.kinds))
      .map((phrase) => writer.phrase(phrase))
      .filter((text) => text !== '');
  const general = write(parts.phrases);
  const tools = write(parts.toolPhrases);
  const slotRules = [...writer.usedKinds].map(
    (kind) => `<${ruleName(kind)}> = ${parts.kinds.get(kind)?.jsgf ?? ''} ;`,
  );
  const toolRule = tools.length === 0 ? [] : [`<tool> = ${tools.join('\n  | ')} ;`];
  const said = [...general, ...(tools.length === 0 ? [] : ['<tool> [ and <tool> ]'])];
  const jsgf = [
    '#JSGF V1.0;',
    'grammar engine;',
    ...SHARED_RULES,
    ...slotRules,
    ...toolRule,
    `public <utterance> = ${said.join('\n  | ')} ;`,
    '',
  ].join('\n');
  return { jsgf, pronunciations: parts.pronunciations };
}
