import type { BudgetShortage } from './budget.ts';
import type { BudgetLine } from './budget-line.ts';
import { less, most, NO_SPENDING, plus, type Spending, times } from './spending.ts';
import { type SpendingReport, spendingOf } from './usage-entry.ts';

/** The share of a limit or budget at which those who want to know are warned. */
export const WARNING_SHARE = 0.8;

/** What a session has to know about its budgets. */
export type BudgetNews =
  /** A budget is spent to {@link WARNING_SHARE}. */
  | { readonly type: 'warning' }
  /** What one more turn may cost can't be reserved: none may begin. */
  | { readonly type: 'reached'; readonly shortage: BudgetShortage };

/**
 * What one session holds of its budgets: enough for what may be billed before it can be stopped. That is one turn, one
 * more for each further response at the same time, and one for a goodbye. Whatever it spends comes out of that, and is
 * filled up again while there is room.
 */
export class BudgetAccount {
  readonly #lines: readonly BudgetLine[];
  readonly #warned = new Set<BudgetLine>();
  /** What a turn may cost: as configured, or as the dearest one of this session was. */
  #turn: Spending;
  /** Turns kept back for a goodbye. */
  readonly #farewellCount: number;
  #held = NO_SPENDING;
  #responseCount = 0;
  #known = NO_SPENDING;
  #isOpen = true;
  #isReached = false;

  /** @param lines - Counters on which a session has just been begun and on which there is room for what it wants. */
  constructor(lines: readonly BudgetLine[], turn: Spending, farewellCount: number) {
    this.#lines = lines;
    this.#turn = turn;
    this.#farewellCount = farewellCount;
    this.#reserve(this.#wanted);
  }

  /** Whether anything limits what it spends. */
  get isBudgeted(): boolean {
    return this.#lines.length > 0;
  }

  /** What is reserved for this session and not spent yet. */
  get held(): Spending {
    return this.#held;
  }

  /** Counts what the session tells. `wallMs` is in milliseconds since 1970. */
  take(report: SpendingReport, wallMs: number): BudgetNews | undefined {
    if (!this.#isOpen) return undefined;
    for (const line of this.#lines) line.roll(wallMs);
    if (report.type === 'used') this.#spend(report);
    else {
      this.#responseCount = report.responseCount;
      this.#known = report.known;
    }
    return this.#fillUp() ?? this.#warning();
  }

  /** The session is over: what it held is free. Idempotent. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#release(this.#held);
    for (const line of this.#lines) line.sessionEnds();
  }

  get #wanted(): Spending {
    const running = most(times(this.#turn, Math.max(1, this.#responseCount)), this.#known);
    return plus(running, times(this.#turn, this.#farewellCount));
  }

  #spend({ entry }: Extract<SpendingReport, { type: 'used' }>): void {
    const amount = spendingOf(entry);
    if (entry.kind === 'response') this.#turn = most(this.#turn, amount);
    for (const line of this.#lines) line.spend(amount);
    this.#release(less(this.#held, less(this.#held, amount)));
  }

  /** Reserves again what was spent; once that fails, the session is to end and lives on what it holds. */
  #fillUp(): BudgetNews | undefined {
    if (this.#isReached) return undefined;
    const need = less(this.#wanted, this.#held);
    for (const line of this.#lines) {
      const shortage = line.shortage(need);
      if (shortage === undefined) continue;
      this.#isReached = true;
      return { type: 'reached', shortage };
    }
    this.#reserve(need);
    return undefined;
  }

  #warning(): BudgetNews | undefined {
    const line = this.#lines.find(
      (each) => !this.#warned.has(each) && each.isSpentTo(WARNING_SHARE),
    );
    if (line === undefined) return undefined;
    this.#warned.add(line);
    return { type: 'warning' };
  }

  #reserve(amount: Spending): void {
    this.#held = plus(this.#held, amount);
    for (const line of this.#lines) line.reserve(amount);
  }

  #release(amount: Spending): void {
    this.#held = less(this.#held, amount);
    for (const line of this.#lines) line.release(amount);
  }
}
