import {
  type AccountNote,
  type BudgetAccount,
  type BudgetLedger,
  type BudgetNews,
  type BudgetShortage,
  type Clock,
  describeShortage,
  type MeteringOptions,
  NO_SPENDING,
  type PriceTable,
  type Spending,
  type SpendingReport,
  spendingOf,
} from '@prism/core';
import type { PrismErrorInfo, SessionAccess, SessionLimits } from '@prism/protocol';
import type { UsageRecord } from './ports/usage-store.ts';
import type { UsageWriter } from './usage-writer.ts';

export interface SpendingDeskParts {
  readonly clock: Clock;
  readonly ledger: BudgetLedger;
  readonly prices: PriceTable;
  readonly writer: Pick<UsageWriter, 'add' | 'isFull'>;
  /** Told of everything that is used. */
  readonly used?: ((record: UsageRecord) => void) | undefined;
  /** Lets the other workers know of an account on budgets, where there are any. */
  readonly tellAccount?: ((account: AccountNote) => void) | undefined;
  /** Limits of every session, beside those that it has itself. */
  readonly limits: SessionLimits;
  readonly farewell: string;
  /** The model of sessions that name none. */
  readonly defaultModel: string;
}

/** What a session is about to spend, and on whose account. */
export interface SpendingRequest {
  readonly access: SessionAccess;
  readonly model: string | undefined;
  /** A transcription session is billed by the model that it transcribes with, which it names later. */
  readonly intent: 'realtime' | 'transcription';
}

/** The account of one session. */
export interface SessionSpending {
  readonly limits: SessionLimits;
  readonly metering: MeteringOptions;
  /** Counts and keeps what the session tells. */
  take(report: SpendingReport): BudgetNews | undefined;
  /** The session is over: what it had reserved is free. Idempotent. */
  close(): void;
}

export type OpenedSpending =
  | { readonly isOpened: true; readonly spending: SessionSpending }
  | { readonly isOpened: false; readonly error: PrismErrorInfo };

/** Where sessions get their money: limits, budgets and the ledger of one process. */
export class SpendingDesk {
  readonly #parts: SpendingDeskParts;

  constructor(parts: SpendingDeskParts) {
    this.#parts = parts;
  }

  /** Why such a session can't begin now; `undefined` if it can. Nothing is reserved. */
  refusal(request: SpendingRequest): PrismErrorInfo | undefined {
    const { ledger, writer, clock } = this.#parts;
    if (writer.isFull)
      return { code: 'storage_unavailable', message: 'Too much usage waits to be written.' };
    const unpriced = this.#refusalOfPrice(request);
    if (unpriced !== undefined) return unpriced;
    const wallMs = clock.wallMs();
    const shortage = ledger.refusal(this.#accountOf(request), wallMs);
    return shortage === undefined ? undefined : errorOf(shortage, wallMs);
  }

  /** Reserves what the session needs to begin. */
  open(sessionId: string, request: SpendingRequest): OpenedSpending {
    const refusal = this.refusal(request);
    if (refusal !== undefined) return { isOpened: false, error: refusal };
    const { ledger, writer, clock, prices, farewell, defaultModel, used } = this.#parts;
    const wallMs = clock.wallMs();
    const opened = ledger.open(this.#accountOf(request), wallMs);
    if (!opened.isOpened) return { isOpened: false, error: errorOf(opened.shortage, wallMs) };
    const { account } = opened;
    const { keyId, user, agent } = request.access;
    const tell = this.#teller(account, { sessionId, keyId, user });
    tell(NO_SPENDING, account.held);
    return {
      isOpened: true,
      spending: {
        limits: this.#limitsOf(request),
        metering: {
          prices,
          model: request.intent === 'realtime' ? (request.model ?? defaultModel) : undefined,
          isBudgeted: account.isBudgeted,
          farewell,
        },
        take: (report) => {
          const atMs = clock.wallMs();
          if (report.type === 'used') {
            const record = { sessionId, keyId, user, agent, atMs, entry: report.entry };
            used?.(record);
            writer.add(record);
          }
          const news = account.take(report, atMs);
          tell(report.type === 'used' ? spendingOf(report.entry) : NO_SPENDING, account.held);
          return news;
        },
        close: () => {
          account.close();
          tell(NO_SPENDING, undefined);
        },
      },
    };
  }

  /** Tells the other workers what has changed, until the session is over. */
  #teller(
    account: BudgetAccount,
    who: Pick<AccountNote, 'sessionId' | 'keyId' | 'user'>,
  ): (spent: Spending, held: Spending | undefined) => void {
    const { tellAccount } = this.#parts;
    if (tellAccount === undefined || !account.isBudgeted) return () => undefined;
    let told: Spending | undefined;
    let isOver = false;
    return (spent, held) => {
      if (isOver || (spent === NO_SPENDING && held === told)) return;
      told = held;
      isOver = held === undefined;
      tellAccount({ ...who, spent, held });
    };
  }

  /** A limit in money means nothing without a price. */
  #refusalOfPrice(request: SpendingRequest): PrismErrorInfo | undefined {
    const { ledger, prices, defaultModel } = this.#parts;
    if (request.intent === 'transcription') return undefined;
    const isCostLimited =
      this.#limitsOf(request).costMicroUsd !== undefined || ledger.limitsCostOf(request.access);
    const model = request.model ?? defaultModel;
    if (!isCostLimited || prices.find(model) !== undefined) return undefined;
    const message = `The model '${model.slice(0, 100)}' has no price, and a limit of cost holds for this session.`;
    return { code: 'price_unknown', message, param: 'model' };
  }

  #accountOf(request: SpendingRequest): Parameters<BudgetLedger['open']>[0] {
    const { keyId, user } = request.access;
    return { keyId, user, ending: this.#limitsOf(request).ending };
  }

  /** The tighter of the session's own limits and those of every session. */
  #limitsOf({ access }: SpendingRequest): SessionLimits {
    const { limits: own } = access;
    const { limits: common } = this.#parts;
    return {
      sessionMs: tighter(own.sessionMs, common.sessionMs),
      idleMs: tighter(own.idleMs, common.idleMs),
      tokens: tighter(own.tokens, common.tokens),
      audioMs: tighter(own.audioMs, common.audioMs),
      costMicroUsd: tighter(own.costMicroUsd, common.costMicroUsd),
      ending: own.ending === 'spoken' || common.ending === 'spoken' ? 'spoken' : 'silent',
    };
  }
}

function tighter(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}

function errorOf(shortage: BudgetShortage, wallMs: number): PrismErrorInfo {
  const { untilMs } = shortage;
  return {
    code: 'budget_exceeded',
    message: describeShortage(shortage),
    param: 'budget',
    retryAfterS: untilMs === undefined ? undefined : Math.ceil((untilMs - wallMs) / 1_000),
  };
}
