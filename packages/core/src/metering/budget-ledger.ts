import { BUDGET_SUBJECT_COUNT_MAX } from '@prism/protocol';
import { type Budget, type BudgetShortage, type Spender, subjectOf } from './budget.ts';
import { BudgetAccount } from './budget-account.ts';
import { BudgetLine } from './budget-line.ts';
import type { Spending } from './spending.ts';
import { times } from './spending.ts';

export interface BudgetLedgerOptions {
  readonly budgets: readonly Budget[];
  /** What is reserved for a turn before it begins. */
  readonly turn: Spending;
}

export type OpenedAccount =
  | { readonly isOpened: true; readonly account: BudgetAccount }
  | { readonly isOpened: false; readonly shortage: BudgetShortage };

/** What one subject of a budget spent before. */
export interface SpentBefore {
  readonly subject: string;
  readonly spending: Spending;
}

/** What a session needs before it begins. */
export interface AccountRequest extends Spender {
  readonly ending: 'spoken' | 'silent';
}

/**
 * All budgets of one process: what was spent of them, and what its sessions may still spend. Both together are never
 * more than the budget, but for what a response costs beyond what was reserved for it.
 */
export class BudgetLedger {
  readonly #options: BudgetLedgerOptions;
  readonly #lines = new Map<string, BudgetLine>();

  constructor(options: BudgetLedgerOptions) {
    this.#options = options;
  }

  get budgets(): readonly Budget[] {
    return this.#options.budgets;
  }

  /** Whether a budget in money would count this spender's sessions. */
  limitsCostOf(spender: Spender): boolean {
    return this.budgets.some(
      (budget) => budget.max.costMicroUsd !== undefined && subjectOf(budget, spender) !== undefined,
    );
  }

  /** What was spent in this period before this process began. */
  restore(budget: Budget, { subject, spending }: SpentBefore, wallMs: number): void {
    this.#lineOf(budget, subject, wallMs)?.spend(spending);
  }

  /** Why a session can't begin now; `undefined` if it can. */
  refusal(request: AccountRequest, wallMs: number): BudgetShortage | undefined {
    const lines = this.#linesOf(request, wallMs);
    return Array.isArray(lines) ? this.#shortage(lines, request) : lines;
  }

  /** Reserves what a session needs, all of it or nothing. */
  open(request: AccountRequest, wallMs: number): OpenedAccount {
    const lines = this.#linesOf(request, wallMs);
    if (!Array.isArray(lines)) return { isOpened: false, shortage: lines };
    const shortage = this.#shortage(lines, request);
    if (shortage !== undefined) return { isOpened: false, shortage };
    for (const line of lines) line.sessionBegins();
    const account = new BudgetAccount(lines, this.#options.turn, farewellCountOf(request));
    return { isOpened: true, account };
  }

  /** The counters that a spender's sessions are on; none where there is no room for its own. */
  linesFor(spender: Spender, wallMs: number): readonly BudgetLine[] {
    const lines = this.#linesOf(spender, wallMs);
    return Array.isArray(lines) ? lines : [];
  }

  /** The counter of a budget; for tests and status. */
  lineOf(budget: Budget, spender: Spender): BudgetLine | undefined {
    const subject = subjectOf(budget, spender);
    return subject === undefined ? undefined : this.#lines.get(this.#keyOf(budget, subject));
  }

  #shortage(lines: readonly BudgetLine[], request: AccountRequest): BudgetShortage | undefined {
    const wanted = times(this.#options.turn, 1 + farewellCountOf(request));
    for (const line of lines) {
      const shortage = line.sessionShortage() ?? line.shortage(wanted);
      if (shortage !== undefined) return shortage;
    }
    return undefined;
  }

  #linesOf(spender: Spender, wallMs: number): BudgetLine[] | BudgetShortage {
    const lines: BudgetLine[] = [];
    for (const budget of this.budgets) {
      const subject = subjectOf(budget, spender);
      if (subject === undefined) continue;
      const line = this.#lineOf(budget, subject, wallMs);
      if (line === undefined) {
        const { scope, period } = budget;
        return { kind: 'subjects', scope, period, untilMs: undefined };
      }
      line.roll(wallMs);
      lines.push(line);
    }
    return lines;
  }

  #lineOf(budget: Budget, subject: string, wallMs: number): BudgetLine | undefined {
    const key = this.#keyOf(budget, subject);
    const known = this.#lines.get(key);
    if (known !== undefined) return known;
    if (this.#lines.size >= BUDGET_SUBJECT_COUNT_MAX) this.#sweep(wallMs);
    if (this.#lines.size >= BUDGET_SUBJECT_COUNT_MAX) return undefined;
    const line = new BudgetLine(budget, wallMs);
    this.#lines.set(key, line);
    return line;
  }

  /** Forgets counters that count nothing. */
  #sweep(wallMs: number): void {
    for (const [key, line] of this.#lines) {
      line.roll(wallMs);
      if (line.isIdle) this.#lines.delete(key);
    }
  }

  #keyOf(budget: Budget, subject: string): string {
    return `${this.budgets.indexOf(budget)} ${subject}`;
  }
}

function farewellCountOf({ ending }: AccountRequest): number {
  return ending === 'spoken' ? 1 : 0;
}
