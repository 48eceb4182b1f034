import type { SpentBefore, TokenCounts, UsageEntry } from '@prism/core';

/** On whose account and in which session something was used. */
export interface UsageOwner {
  /** The call's id. */
  readonly sessionId: string;
  readonly keyId: string | undefined;
  readonly user: string | undefined;
  readonly agent: string | undefined;
}

/** Something used, as it is kept. */
export interface UsageRecord extends UsageOwner {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly entry: UsageEntry;
}

/** What usage can be divided by. */
export const USAGE_GROUPS = ['key', 'user', 'agent', 'model', 'kind', 'day'] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];

export interface UsageQuery {
  /** From the hour that this is in, in milliseconds since 1970. */
  readonly fromMs: number;
  /** To before the hour that this is in. */
  readonly toMs: number;
  readonly groupBy: readonly UsageGroup[];
  /** Rows at most. */
  readonly countMax: number;
}

/** Usage added up. */
export interface UsageTotals {
  /** The values that were grouped by; days as `2026-11-26`, nobody and nothing as an empty text. */
  readonly group: Readonly<Partial<Record<UsageGroup, string>>>;
  readonly sessionCount: number;
  readonly responseCount: number;
  readonly transcriptionCount: number;
  readonly tokens: TokenCounts;
  readonly transcribedMs: number;
  readonly inputAudioMs: number;
  readonly outputAudioMs: number;
  readonly sessionMs: number;
  readonly costMicroUsd: number;
  /** Entries that cost something and have no price. */
  readonly unpricedCount: number;
  /** Entries that were reckoned, since the upstream told nothing. */
  readonly estimatedCount: number;
}

/** Asks what was used. */
export interface UsageReader {
  totals(query: UsageQuery): Promise<readonly UsageTotals[]>;
}

/** Keeps usage: what was added is there after any end of the process. */
export interface UsageStore extends UsageReader {
  /** Keeps all of these or, if it rejects, none. */
  add(records: readonly UsageRecord[]): Promise<void>;
  /** What was spent since the hour that `sinceMs` is in, by key or user, or by all together. */
  spentSince(sinceMs: number, scope: 'key' | 'user' | 'server'): Promise<readonly SpentBefore[]>;
  /** Forgets what is older. */
  forgetBefore(beforeMs: number): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}
