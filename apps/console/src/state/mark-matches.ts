/** A piece of a text, and whether it is what was looked for. */
export interface MarkedPiece {
  readonly text: string;
  readonly isMatch: boolean;
}

/** Matches marked at a time; the rest of a text stays in one piece. */
const MATCH_COUNT_MAX = 200;

/** Splits a text at what is looked for, without regard to case; its pieces make up the text. */
export function markMatches(text: string, query: string): readonly MarkedPiece[] {
  const wanted = query.trim().toLowerCase();
  const pieces: MarkedPiece[] = [];
  const lower = text.toLowerCase();
  let end = 0;
  // Lower case may be longer than what it is made from; places in it would then be wrong.
  const isComparable = wanted !== '' && lower.length === text.length;
  let at = isComparable ? lower.indexOf(wanted) : -1;
  while (at !== -1 && pieces.length < 2 * MATCH_COUNT_MAX) {
    if (at > end) pieces.push({ text: text.slice(end, at), isMatch: false });
    end = at + wanted.length;
    pieces.push({ text: text.slice(at, end), isMatch: true });
    at = lower.indexOf(wanted, end);
  }
  if (end < text.length) pieces.push({ text: text.slice(end), isMatch: false });
  return pieces;
}
