/** Tokens by what they cost: each is counted in one member only, so that all of them together are the total. */
export interface TokenCounts {
  readonly textIn: number;
  readonly textCachedIn: number;
  readonly textOut: number;
  readonly audioIn: number;
  readonly audioCachedIn: number;
  readonly audioOut: number;
  readonly imageIn: number;
  readonly imageCachedIn: number;
}

export type TokenKind = keyof TokenCounts;

export const TOKEN_KINDS: readonly TokenKind[] = [
  'textIn',
  'textCachedIn',
  'textOut',
  'audioIn',
  'audioCachedIn',
  'audioOut',
  'imageIn',
  'imageCachedIn',
];

export const NO_TOKENS: TokenCounts = Object.freeze({
  textIn: 0,
  textCachedIn: 0,
  textOut: 0,
  audioIn: 0,
  audioCachedIn: 0,
  audioOut: 0,
  imageIn: 0,
  imageCachedIn: 0,
});

export function totalOf(counts: TokenCounts): number {
  return TOKEN_KINDS.reduce((sum, kind) => sum + counts[kind], 0);
}
