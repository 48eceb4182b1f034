import type { Budget, BudgetShortage } from './budget.ts';
import { type PeriodBounds, periodAt } from './budget-period.ts';
import { less, NO_SPENDING, plus, SPENDING_KINDS, type Spending } from './spending.ts';

/** The counter of one key, one user or all, for one budget. */
export class BudgetLine {
  readonly budget: Budget;
  #bounds: PeriodBounds;
  #spent = NO_SPENDING;
  #reserved = NO_SPENDING;
  #sessionCount = 0;

  constructor(budget: Budget, wallMs: number) {
    this.budget = budget;
    this.#bounds = periodAt(budget.period, wallMs);
  }

  /** What was spent in this period. */
  get spent(): Spending {
    return this.#spent;
  }

  /** What sessions that run may still spend. */
  get reserved(): Spending {
    return this.#reserved;
  }

  /** True if nothing would be lost with it. */
  get isIdle(): boolean {
    return this.#sessionCount === 0 && SPENDING_KINDS.every((kind) => this.#spent[kind] === 0);
  }

  /** Begins a new period when the old one is over. What is reserved stays so. */
  roll(wallMs: number): void {
    const { endMs } = this.#bounds;
    if (endMs === undefined || wallMs < endMs) return;
    this.#bounds = periodAt(this.budget.period, wallMs);
    this.#spent = NO_SPENDING;
  }

  /** Why so much can't be reserved; `undefined` if it can. */
  shortage(amount: Spending): BudgetShortage | undefined {
    const { max } = this.budget;
    const kind = SPENDING_KINDS.find((name) => {
      const limit = max[name] ?? Number.POSITIVE_INFINITY;
      const taken = this.#spent[name] + this.#reserved[name] + amount[name];
      return this.#spent[name] >= limit || (amount[name] > 0 && taken > limit);
    });
    return kind === undefined ? undefined : this.#shortageOf(kind, this.#bounds.endMs);
  }

  /** Why one more session can't run; `undefined` if it can. */
  sessionShortage(): BudgetShortage | undefined {
    const { sessionCountMax } = this.budget;
    if (sessionCountMax === undefined || this.#sessionCount < sessionCountMax) return undefined;
    return this.#shortageOf('sessions', undefined);
  }

  /** Whether so great a share of the budget was spent. */
  isSpentTo(share: number): boolean {
    const { max } = this.budget;
    return SPENDING_KINDS.some(
      (kind) => this.#spent[kind] >= share * (max[kind] ?? Number.POSITIVE_INFINITY),
    );
  }

  spend(amount: Spending): void {
    this.#spent = plus(this.#spent, amount);
  }

  reserve(amount: Spending): void {
    this.#reserved = plus(this.#reserved, amount);
  }

  release(amount: Spending): void {
    this.#reserved = less(this.#reserved, amount);
  }

  sessionBegins(): void {
    this.#sessionCount += 1;
  }

  sessionEnds(): void {
    this.#sessionCount -= 1;
  }

  #shortageOf(kind: BudgetShortage['kind'], untilMs: number | undefined): BudgetShortage {
    const { scope, period } = this.budget;
    return { kind, scope, period, untilMs };
  }
}
