/**
 * The tokens of a JSGF grammar, as far as is needed to find its words. Quoted words are taken apart at spaces, since
 * the recogniser knows no quotes.
 */
const TOKEN_PATTERN =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|#JSGF[^;]*;|\b(?:grammar|import)\s[^;]*;|<[^<>]*>|\{(?:\\.|[^}\\])*\}|\/[\d.eE+-]+\/|"[^"]*"|[()[\]|*+=;]|[^\s()[\]|*+=;<>{}/"]+/g;

/**
 * Rewrites the words of a grammar and leaves everything else as it is; comments and tags are dropped.
 *
 * @param jsgf - JSGF text.
 * @param rename - Called for each word, in order.
 * @returns The grammar with the new words.
 */
export function rewriteJsgfWords(jsgf: string, rename: (word: string) => string): string {
  let out = '';
  for (const [token] of jsgf.matchAll(TOKEN_PATTERN)) {
    const kind = token.charAt(0);
    if (token.startsWith('/*') || token.startsWith('//') || kind === '{') continue;
    if (kind === '"') {
      const words = token.slice(1, -1).split(/\s+/).filter(Boolean).map(rename);
      out += words.length === 0 ? '<NULL> ' : `( ${words.join(' ')} ) `;
    } else if (/^[#/<()[\]|*+=;]/.test(token) || /^(?:grammar|import)\s/.test(token)) {
      out += kind === ';' || token.endsWith(';') ? `${token}\n` : `${token} `;
    } else {
      out += token === 'public' ? 'public ' : `${rename(token)} `;
    }
  }
  return out;
}

/** The distinct words of a grammar, in the order of their first use. */
export function jsgfWords(jsgf: string): readonly string[] {
  const words = new Set<string>();
  rewriteJsgfWords(jsgf, (word) => {
    words.add(word);
    return word;
  });
  return [...words];
}
