import type { BudgetPeriod } from './budget-period.ts';
import type { SpendingKind } from './spending.ts';

/** Who is counted together: every server key by itself, every user by itself, or all. */
export const BUDGET_SCOPES = ['key', 'user', 'server'] as const;
export type BudgetScope = (typeof BUDGET_SCOPES)[number];

/** How much those in its scope may spend in a period. */
export interface Budget {
  readonly scope: BudgetScope;
  /** Only this key or user, by its name; every one if undefined. */
  readonly match: string | undefined;
  readonly period: BudgetPeriod;
  /** What isn't named has no limit. */
  readonly max: Readonly<Partial<Record<SpendingKind, number>>>;
  readonly sessionCountMax: number | undefined;
}

/** On whose account a session runs. Sessions without a key, or without a user, are one key, or user, together. */
export interface Spender {
  readonly keyId: string | undefined;
  readonly user: string | undefined;
}

/** Whose counter of a budget a spender is on; `undefined` if the budget isn't about it. */
export function subjectOf(budget: Budget, spender: Spender): string | undefined {
  if (budget.scope === 'server') return '';
  const subject = (budget.scope === 'key' ? spender.keyId : spender.user) ?? '';
  return budget.match === undefined || budget.match === subject ? subject : undefined;
}

/** What of a budget has no room. */
export interface BudgetShortage {
  readonly kind: SpendingKind | 'sessions' | 'subjects';
  readonly scope: BudgetScope;
  readonly period: BudgetPeriod;
  /** When there is room again at the latest, in milliseconds since 1970; `undefined` if that isn't known. */
  readonly untilMs: number | undefined;
}

const KIND_WORDS: Readonly<Record<BudgetShortage['kind'], string>> = {
  costMicroUsd: 'cost',
  tokens: 'token',
  audioMs: 'audio',
  sessions: 'session',
  subjects: 'session',
};
const PERIOD_WORDS: Readonly<Record<BudgetPeriod, string>> = {
  day: 'daily ',
  month: 'monthly ',
  total: '',
};
const SCOPE_WORDS: Readonly<Record<BudgetScope, string>> = {
  key: 'this key',
  user: 'this user',
  server: 'this server',
};

/** The shortage in a sentence that names nobody. */
export function describeShortage({ kind, scope, period }: BudgetShortage): string {
  if (kind === 'sessions') return `All sessions that ${SCOPE_WORDS[scope]} may have are running.`;
  if (kind === 'subjects')
    return 'Budgets are kept for as many keys and users as there is room for.';
  return `The ${PERIOD_WORDS[period]}${KIND_WORDS[kind]} budget of ${SCOPE_WORDS[scope]} has no room left.`;
}
