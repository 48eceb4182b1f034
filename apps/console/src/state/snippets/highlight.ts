/** What a piece of code is, as far as colours go. */
export type CodeKind = 'plain' | 'comment' | 'text' | 'word';

/** A piece of code in one colour. */
export interface CodePiece {
  readonly kind: CodeKind;
  readonly text: string;
}

const WORDS =
  'import|from|const|await|async|function|return|if|for|of|new|throw|export|type|null|true|false|curl';

const PIECE = new RegExp(
  [
    String.raw`(?<comment>(?<=^|\s)//[^\n]*)`,
    String.raw`(?<text>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|${'`[^`]*`'})`,
    String.raw`(?<word>\b(?:${WORDS})\b)`,
  ].join('|'),
  'gmu',
);

/** Code in pieces, which make up the code when they are put together. */
export function highlight(code: string): readonly CodePiece[] {
  const pieces: CodePiece[] = [];
  let end = 0;
  for (const match of code.matchAll(PIECE)) {
    if (match.index > end) pieces.push({ kind: 'plain', text: code.slice(end, match.index) });
    const { comment, text } = match.groups ?? {};
    const kind = comment !== undefined ? 'comment' : text !== undefined ? 'text' : 'word';
    pieces.push({ kind, text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < code.length) pieces.push({ kind: 'plain', text: code.slice(end) });
  return pieces;
}
