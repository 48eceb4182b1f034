import type { Spender } from './budget.ts';
import type { BudgetLedger } from './budget-ledger.ts';
import type { BudgetLine } from './budget-line.ts';
import { NO_SPENDING, type Spending } from './spending.ts';

/** What a worker lets the others know of a session's account. */
export interface AccountNote extends Spender {
  readonly sessionId: string;
  /** Since the note before. */
  readonly spent: Spending;
  /** What it holds of its budgets now; undefined when the session is over. */
  readonly held: Spending | undefined;
}

interface ForeignAccount {
  readonly lines: readonly BudgetLine[];
  held: Spending;
}

/** The sessions of other workers on the budgets of this one: what they spend and hold counts here too. */
export class ForeignAccounts {
  readonly #ledger: BudgetLedger;
  /** By worker and session; a worker has no more of them than it takes sessions. */
  readonly #accounts = new Map<number, Map<string, ForeignAccount>>();

  constructor(ledger: BudgetLedger) {
    this.#ledger = ledger;
  }

  /** @param wallMs - Milliseconds since 1970. */
  take(from: number, note: AccountNote, wallMs: number): void {
    const { sessionId, spent, held } = note;
    const account = this.#find(from, note, wallMs);
    for (const line of account.lines) {
      line.roll(wallMs);
      line.spend(spent);
      line.release(account.held);
      line.reserve(held ?? NO_SPENDING);
    }
    account.held = held ?? NO_SPENDING;
    if (held !== undefined) return;
    this.#accounts.get(from)?.delete(sessionId);
    for (const line of account.lines) line.sessionEnds();
  }

  /** A worker has gone, and its sessions with it; what they have spent stays spent. */
  forget(from: number): void {
    for (const { lines, held } of this.#accounts.get(from)?.values() ?? []) {
      for (const line of lines) {
        line.release(held);
        line.sessionEnds();
      }
    }
    this.#accounts.delete(from);
  }

  #find(from: number, note: AccountNote, wallMs: number): ForeignAccount {
    const ofWorker = this.#accounts.get(from) ?? new Map<string, ForeignAccount>();
    this.#accounts.set(from, ofWorker);
    const known = ofWorker.get(note.sessionId);
    if (known !== undefined) return known;
    const account = { lines: this.#ledger.linesFor(note, wallMs), held: NO_SPENDING };
    ofWorker.set(note.sessionId, account);
    for (const line of account.lines) line.sessionBegins();
    return account;
  }
}
