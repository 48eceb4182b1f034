/** What budgets and limits count, of one session or of many. All are whole numbers and add up exactly. */
export interface Spending {
  /** Millionths of a US dollar. */
  readonly costMicroUsd: number;
  /** Input and output of responses and transcriptions, cached ones too. */
  readonly tokens: number;
  /** Audio of users and models that Prism moved. */
  readonly audioMs: number;
}

/** What is counted, by the name of its member. */
export type SpendingKind = keyof Spending;

export const SPENDING_KINDS: readonly SpendingKind[] = ['costMicroUsd', 'tokens', 'audioMs'];

export const NO_SPENDING: Spending = Object.freeze({ costMicroUsd: 0, tokens: 0, audioMs: 0 });

/** Member by member. */
function combine(
  first: Spending,
  second: Spending,
  operation: (one: number, other: number) => number,
): Spending {
  return {
    costMicroUsd: operation(first.costMicroUsd, second.costMicroUsd),
    tokens: operation(first.tokens, second.tokens),
    audioMs: operation(first.audioMs, second.audioMs),
  };
}

export function plus(first: Spending, second: Spending): Spending {
  return combine(first, second, (one, other) => one + other);
}

/** What is left of `first` without `second`, nothing below zero. */
export function less(first: Spending, second: Spending): Spending {
  return combine(first, second, (one, other) => Math.max(0, one - other));
}

/** The larger of each. */
export function most(first: Spending, second: Spending): Spending {
  return combine(first, second, Math.max);
}

/** So many times. */
export function times(spending: Spending, count: number): Spending {
  return combine(spending, spending, (one) => one * count);
}
