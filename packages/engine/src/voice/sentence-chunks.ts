/** The first chunk may be short, so that the answer starts early; later ones are worth a synthesis each. */
const MIN_FIRST_CHUNK_CHARS = 12;
const MIN_CHUNK_CHARS = 24;
/** A first sentence longer than this is cut at a clause. */
const LONG_FIRST_SENTENCE_CHARS = 60;
const MIN_CLAUSE_CHARS = 20;
const MAX_CHUNK_CHARS = 240;

const ABBREVIATIONS: ReadonlySet<string> = new Set(
  (
    'mr mrs ms dr prof sr jr st mt ft rd ave blvd no nos vs etc approx dept est fig inc ltd co corp ' +
    'jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun ' +
    'e.g i.e a.m p.m u.s u.k u.n ph.d b.c a.d'
  ).split(' '),
);

const CLOSERS = `"'”’)]}»*_\``;
const CJK_STOPS = '。！？';

/**
 * Cuts a text into pieces to be spoken one after the other: sentences, and clauses where a sentence is long.
 *
 * @param text - Any text.
 * @returns Pieces that join back to exactly the text; none is empty.
 */
export function sentenceChunks(text: string): readonly string[] {
  const chunks: string[] = [];
  let pending = '';
  for (const sentence of sentences(text)) {
    pending += sentence;
    const minChars = chunks.length === 0 ? MIN_FIRST_CHUNK_CHARS : MIN_CHUNK_CHARS;
    if (pending.trim().length < minChars) continue;
    chunks.push(...splitLong(pending, chunks.length === 0));
    pending = '';
  }
  if (pending !== '') {
    const last = chunks.at(-1);
    const isShort = pending.trim().length < MIN_FIRST_CHUNK_CHARS;
    if (isShort && last !== undefined && last.length + pending.length <= MAX_CHUNK_CHARS) {
      chunks[chunks.length - 1] = last + pending;
    } else {
      chunks.push(...splitLong(pending, chunks.length === 0));
    }
  }
  return chunks;
}

/** Sentences with the white space that follows them. */
function* sentences(text: string): Generator<string> {
  let start = 0;
  let position = 0;
  while (position < text.length) {
    const end = sentenceEnd(text, position);
    if (end === undefined) {
      position++;
      continue;
    }
    let next = end;
    while (next < text.length && /\s/.test(text.charAt(next))) next++;
    yield text.slice(start, next);
    start = next;
    position = next;
  }
  if (start < text.length) yield text.slice(start);
}

/** If a sentence ends with the character at `position`: where its text ends, closing quotes included. */
function sentenceEnd(text: string, position: number): number | undefined {
  const char = text.charAt(position);
  if (char === '\n' || CJK_STOPS.includes(char)) return position + 1;
  if (!'.!?…'.includes(char)) return undefined;
  let end = position + 1;
  while (end < text.length && CLOSERS.includes(text.charAt(end))) end++;
  if (end >= text.length || !/\s/.test(text.charAt(end))) return undefined;
  if (char === '.' && isAbbreviation(text, position)) return undefined;
  return end;
}

function isAbbreviation(text: string, dotPosition: number): boolean {
  let start = dotPosition;
  while (start > 0 && !/[\s("'“‘[]/.test(text.charAt(start - 1))) start--;
  const word = text.slice(start, dotPosition);
  // Initials ("J. Doe") and list numbers at the head of a line ("1. Milk").
  if (/^[A-Za-z]$/.test(word)) return word !== 'I';
  const isLineStart = start === 0 || text.charAt(start - 1) === '\n';
  if (/^\d{1,3}$/.test(word)) return isLineStart;
  return ABBREVIATIONS.has(word.toLowerCase());
}

function* splitLong(text: string, isFirst: boolean): Generator<string> {
  let rest = text;
  if (isFirst && rest.length > LONG_FIRST_SENTENCE_CHARS) {
    const cut = clauseEnd(rest, MIN_CLAUSE_CHARS, MAX_CHUNK_CHARS);
    if (cut !== undefined && rest.length - cut >= MIN_FIRST_CHUNK_CHARS) {
      yield rest.slice(0, cut);
      rest = rest.slice(cut);
    }
  }
  while (rest.length > MAX_CHUNK_CHARS) {
    const cut = clauseEnd(rest, MAX_CHUNK_CHARS / 2, MAX_CHUNK_CHARS) ?? hardEnd(rest);
    yield rest.slice(0, cut);
    rest = rest.slice(cut);
  }
  if (rest !== '') yield rest;
}

/** The end of the first clause that is at least `minChars` and at most `maxChars` long. */
function clauseEnd(text: string, minChars: number, maxChars: number): number | undefined {
  const pattern = /[,;:–—]["'”’)\]]?\s+/g;
  for (const match of text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    if (end > maxChars) return undefined;
    if (end >= minChars) return end;
  }
  return undefined;
}

/** Where to cut a text that has no clauses: at the last space, or between two characters. */
function hardEnd(text: string): number {
  const space = text.lastIndexOf(' ', MAX_CHUNK_CHARS - 1);
  if (space >= MAX_CHUNK_CHARS / 2) return space + 1;
  const isInsidePair = /[\uD800-\uDBFF]/.test(text.charAt(MAX_CHUNK_CHARS - 1));
  return isInsidePair ? MAX_CHUNK_CHARS - 1 : MAX_CHUNK_CHARS;
}
