/** What a rule of a grammar allows. */
export type JsgfNode =
  | { readonly type: 'word'; readonly word: string }
  | { readonly type: 'rule'; readonly name: string }
  | { readonly type: 'sequence'; readonly parts: readonly JsgfNode[] }
  /** A choice of nothing can't be said at all. */
  | { readonly type: 'choice'; readonly options: readonly JsgfNode[] }
  | { readonly type: 'repeat'; readonly node: JsgfNode };

/** A parsed grammar. */
export interface JsgfGrammar {
  readonly rulesByName: ReadonlyMap<string, JsgfNode>;
  /** Name of the first public rule. */
  readonly publicRule: string;
}

/** The grammar, or why it can't be read. */
export type JsgfResult =
  | { readonly type: 'parsed'; readonly grammar: JsgfGrammar }
  | { readonly type: 'refused'; readonly reason: string };

const TOKEN_PATTERN =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|\{(?:\\.|[^}\\])*\}|\/[\d.eE+-]+\/|<[^<>]*>|"[^"]*"|[()[\]|*+=;]|[^\s()[\]|*+=;<>{}/"]+|\S/g;
const HEADER_PATTERN = /^\uFEFF?\s*#JSGF[^;]*;\s*grammar\s+[^;]+;/;
const MAX_DEPTH = 200;

const NOTHING: JsgfNode = { type: 'sequence', parts: [] };

class JsgfError extends Error {}

/**
 * Parses a JSGF grammar (JSpeech Grammar Format, W3C note of 2000) without imports.
 *
 * Weights and tags are read and left out. A quoted token is a sequence of its words.
 */
export function parseJsgf(text: string): JsgfResult {
  const header = HEADER_PATTERN.exec(text);
  if (header === null) return { type: 'refused', reason: 'no JSGF header' };
  const tokens = [...text.slice(header[0].length).matchAll(TOKEN_PATTERN)]
    .map(([token]) => token)
    .filter((token) => !/^(?:\/[/*\d.]|\{.)/s.test(token));
  try {
    return { type: 'parsed', grammar: new Parser(tokens).grammar() };
  } catch (error) {
    if (error instanceof JsgfError) return { type: 'refused', reason: error.message };
    throw error;
  }
}

class Parser {
  readonly #tokens: readonly string[];
  #position = 0;
  #depth = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  grammar(): JsgfGrammar {
    const rulesByName = new Map<string, JsgfNode>();
    let publicRule: string | undefined;
    while (this.#position < this.#tokens.length) {
      const isPublic = this.#accept('public');
      const name = this.#next();
      if (!name.startsWith('<')) throw new JsgfError(`a rule name is missing before "${name}"`);
      if (rulesByName.has(name)) throw new JsgfError(`the rule ${name} is there twice`);
      this.#expect('=');
      rulesByName.set(name, this.#choice());
      this.#expect(';');
      if (isPublic) publicRule ??= name;
    }
    if (publicRule === undefined) throw new JsgfError('no public rule');
    return { rulesByName, publicRule };
  }

  #choice(): JsgfNode {
    if (++this.#depth > MAX_DEPTH) throw new JsgfError('the grammar is nested too deeply');
    const options = [this.#sequence()];
    while (this.#accept('|')) options.push(this.#sequence());
    this.#depth--;
    const [only] = options;
    return options.length === 1 && only !== undefined ? only : { type: 'choice', options };
  }

  #sequence(): JsgfNode {
    const parts: JsgfNode[] = [];
    while (!['|', ')', ']', ';', undefined].includes(this.#tokens[this.#position])) {
      parts.push(this.#repeated(this.#item()));
    }
    if (parts.length === 0) throw new JsgfError(`nothing before "${this.#next()}"`);
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { type: 'sequence', parts };
  }

  #item(): JsgfNode {
    const token = this.#next();
    if (token === '(') {
      const node = this.#choice();
      this.#expect(')');
      return node;
    }
    if (token === '[') {
      const node = this.#choice();
      this.#expect(']');
      return { type: 'choice', options: [node, NOTHING] };
    }
    if (token === '<NULL>') return NOTHING;
    if (token === '<VOID>') return { type: 'choice', options: [] };
    if (token.startsWith('<') && token.length > 2) return { type: 'rule', name: token };
    if (token.startsWith('"') && token.length > 1) {
      const words = token.slice(1, -1).split(/\s+/).filter(Boolean);
      return { type: 'sequence', parts: words.map((word) => ({ type: 'word', word })) };
    }
    if (/^[*+=<>{}/"]/.test(token)) throw new JsgfError(`"${token}" is not expected`);
    return { type: 'word', word: token };
  }

  #repeated(node: JsgfNode): JsgfNode {
    if (this.#accept('+')) return this.#repeated({ type: 'repeat', node });
    if (this.#accept('*')) {
      return this.#repeated({ type: 'choice', options: [{ type: 'repeat', node }, NOTHING] });
    }
    return node;
  }

  #next(): string {
    const token = this.#tokens[this.#position];
    if (token === undefined) throw new JsgfError('the grammar ends in the middle of a rule');
    this.#position++;
    return token;
  }

  #accept(token: string): boolean {
    if (this.#tokens[this.#position] !== token) return false;
    this.#position++;
    return true;
  }

  #expect(token: string): void {
    const found = this.#next();
    if (found !== token) throw new JsgfError(`"${found}" stands where "${token}" is expected`);
  }
}
