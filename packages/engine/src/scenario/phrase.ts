import { expandContraction } from './words.ts';

/** A phrase of a scenario: words with `[optional]` parts, `(this|that)` choices and `{slots}`. */
export type Phrase =
  | { readonly type: 'word'; readonly word: string }
  | { readonly type: 'slot'; readonly name: string; readonly kind: string }
  | { readonly type: 'sequence'; readonly parts: readonly Phrase[] }
  | { readonly type: 'choice'; readonly options: readonly Phrase[]; readonly isOptional: boolean };

export type ParsedPhrase =
  | { readonly ok: true; readonly phrase: Phrase }
  | { readonly ok: false; readonly problem: string };

const TOKEN_PATTERN = /\s*([[\]()|]|\{[^{}]*\}|[^\s[\]()|{}]+)/y;
const WORD_PATTERN = /^[a-z][a-z']*$/;
const SLOT_PATTERN = /^\{([a-z][a-z0-9_]*)(?::(\$?[a-z][a-z0-9_]*))?\}$/;

/** How deep brackets may be nested. */
const DEPTH_MAX = 8;

class PhraseReader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  choice(depth: number): Phrase {
    const options = [this.#sequence(depth)];
    while (this.#tokens[this.#at] === '|') {
      this.#at += 1;
      options.push(this.#sequence(depth));
    }
    const [only] = options;
    return options.length === 1 && only !== undefined
      ? only
      : { type: 'choice', options, isOptional: false };
  }

  #sequence(depth: number): Phrase {
    const parts: Phrase[] = [];
    let token = this.#tokens[this.#at];
    while (token !== undefined && token !== '|' && token !== ')' && token !== ']') {
      this.#at += 1;
      parts.push(...this.#part(token, depth));
      token = this.#tokens[this.#at];
    }
    if (parts.length === 0) {
      throw new PhraseProblem('something is empty: a phrase, an option or a pair of brackets');
    }
    return { type: 'sequence', parts };
  }

  #part(token: string, depth: number): readonly Phrase[] {
    if (token === '[' || token === '(') {
      if (depth >= DEPTH_MAX) {
        throw new PhraseProblem(`brackets are nested deeper than ${DEPTH_MAX}`);
      }
      const inner = this.choice(depth + 1);
      const close = token === '[' ? ']' : ')';
      if (this.#tokens[this.#at] !== close) {
        throw new PhraseProblem(`'${close}' is missing`);
      }
      this.#at += 1;
      return token === '[' ? [{ type: 'choice', options: [inner], isOptional: true }] : [inner];
    }
    if (token.startsWith('{')) {
      const [, name, kind] = SLOT_PATTERN.exec(token) ?? [];
      if (name === undefined) {
        throw new PhraseProblem(`'${token}' is no slot: write {name} or {name:$kind}`);
      }
      return [{ type: 'slot', name, kind: kind ?? name }];
    }
    const word = token.toLowerCase();
    if (!WORD_PATTERN.test(word)) {
      throw new PhraseProblem(`'${token}' is no word: only letters and apostrophes can be heard`);
    }
    return expandContraction(word).map((one) => ({ type: 'word', word: one }));
  }
}

class PhraseProblem extends Error {}

/** Reads a phrase such as `what's the weather [like] in {city} (today|tomorrow)`. */
export function parsePhrase(text: string): ParsedPhrase {
  const tokens: string[] = [];
  TOKEN_PATTERN.lastIndex = 0;
  const trimmed = text.trim();
  while (TOKEN_PATTERN.lastIndex < trimmed.length) {
    const token = TOKEN_PATTERN.exec(trimmed)?.[1];
    if (token === undefined) {
      return { ok: false, problem: 'a brace is not closed' };
    }
    tokens.push(token);
  }
  const reader = new PhraseReader(tokens);
  try {
    const phrase = reader.choice(0);
    return reader.isAtEnd
      ? { ok: true, phrase }
      : { ok: false, problem: 'a bracket is closed that was not opened' };
  } catch (error) {
    if (error instanceof PhraseProblem) {
      return { ok: false, problem: error.message };
    }
    throw error;
  }
}

/** The slots of a phrase, in order. */
export function slotsOfPhrase(phrase: Phrase): readonly Extract<Phrase, { type: 'slot' }>[] {
  switch (phrase.type) {
    case 'word':
      return [];
    case 'slot':
      return [phrase];
    case 'sequence':
      return phrase.parts.flatMap(slotsOfPhrase);
    case 'choice':
      return phrase.options.flatMap(slotsOfPhrase);
  }
}
