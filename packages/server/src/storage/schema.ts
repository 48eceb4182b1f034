import type { TokenKind } from '@prism/core';

/** A column for each kind of token. */
export const TOKEN_COLUMNS = {
  textIn: 'text_in_tokens',
  textCachedIn: 'text_cached_in_tokens',
  textOut: 'text_out_tokens',
  audioIn: 'audio_in_tokens',
  audioCachedIn: 'audio_cached_in_tokens',
  audioOut: 'audio_out_tokens',
  imageIn: 'image_in_tokens',
  imageCachedIn: 'image_cached_in_tokens',
} as const satisfies Record<TokenKind, string>;

type TokenColumn = (typeof TOKEN_COLUMNS)[TokenKind];

/** Columns that are added up. */
export const SUM_COLUMNS = [
  ...Object.values(TOKEN_COLUMNS),
  'transcribed_ms',
  'input_audio_ms',
  'output_audio_ms',
  'session_ms',
  'cost_micro_usd',
  'entry_count',
  'unpriced_count',
  'estimated_count',
] as const;

export type SumColumn = (typeof SUM_COLUMNS)[number];

/** What one session used of one model in one hour; nobody and nothing are empty texts. */
export type UsageTable = {
  readonly session_id: string;
  /** Start of the hour, in milliseconds since 1970. */
  readonly hour_ms: number;
  readonly kind: string;
  readonly model: string;
  readonly key_id: string;
  readonly user_name: string;
  readonly agent: string;
} & { readonly [Column in SumColumn | TokenColumn]: number };

/** A conversation that waits for its client to come to another process. */
export interface HandoverTable {
  readonly call_id: string;
  /** JWE. */
  readonly sealed: string;
  /** Milliseconds since 1970. */
  readonly expires_at_ms: number;
}

/** All tables. Another kind of thing that is kept gets a table of its own and a migration. */
export interface Tables {
  readonly usage: UsageTable;
  readonly handover: HandoverTable;
}
