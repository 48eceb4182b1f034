import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  BudgetLedger,
  type Clock,
  DEFAULT_FAREWELL,
  ForeignAccounts,
  periodAt,
  priceTableWith,
} from '@prism/core';
import type { SessionLimits } from '@prism/protocol';
import type { Settings } from '../config/settings.ts';
import type { Logger } from '../observability/logger.ts';
import type { HandoverStore } from '../runtime/ports/handover-store.ts';
import type { SessionStore } from '../runtime/ports/session-store.ts';
import type { UsageReader, UsageRecord, UsageStore } from '../runtime/ports/usage-store.ts';
import { SpendingDesk } from '../runtime/spending-desk.ts';
import { UsageWriter } from '../runtime/usage-writer.ts';
import { StorageError } from '../storage/storage-error.ts';
import { StorageThread } from '../storage/storage-thread.ts';
import type { WorkerSeat } from '../workers/worker-seat.ts';
import { StartError } from './start-error.ts';

const DAY_MS = 86_400_000;
const MICRO_USD_PER_USD = 1_000_000;

/** Limits, budgets and the ledger of a process. */
export interface OpenSpending {
  readonly desk: SpendingDesk;
  /** Where the ledger is, for what else is kept. */
  readonly store: SessionStore;
  readonly usage: UsageReader;
  /** Records that wait to be written, and those that there was no room for. */
  figures(): { readonly waitingCount: number; readonly lostCount: number };
  /** Writes what waits. */
  flush(): Promise<void>;
  /** Where conversations wait for another process; undefined where they would end with this one. */
  readonly handovers: HandoverStore | undefined;
  /** Writes what waits, and closes the ledger. Sessions must have ended before. */
  close(): Promise<void>;
}

export interface OpenSpendingParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly defaultModel: string;
  /** Told of everything that is used. */
  readonly used: ((record: UsageRecord) => void) | undefined;
  /** Where this process is one of several workers. */
  readonly seat?: WorkerSeat | undefined;
}

/** Opens the ledger and reads what was spent before. Throws {@link StartError} if it can't be used. */
export async function openSpending(
  settings: Settings,
  { clock, logger, defaultModel, used, seat }: OpenSpendingParts,
): Promise<OpenSpending> {
  const store = await openStorage(settings);
  try {
    const wallMs = clock.wallMs();
    await store.forgetBefore(wallMs - settings.usageRetentionDays * DAY_MS);
    const ledger = await restoreLedger(settings, store, wallMs);
    const writer = new UsageWriter({
      clock,
      store,
      failed: (error) => logger.error({ err: error }, 'usage was not written'),
    });
    const foreign = new ForeignAccounts(ledger);
    seat?.sharedAccounts.listen({
      take: (from, account) => foreign.take(from, account, clock.wallMs()),
      forget: (from) => foreign.forget(from),
    });
    return {
      store,
      desk: new SpendingDesk({
        clock,
        ledger,
        prices: priceTableWith(settings.prices),
        writer,
        used,
        tellAccount: seat?.sharedAccounts.tell,
        limits: limitsOf(settings),
        farewell: settings.farewell ?? DEFAULT_FAREWELL,
        defaultModel,
      }),
      figures: () => ({ waitingCount: writer.waitingCount, lostCount: writer.lostCount }),
      usage: {
        totals: async (query) => {
          await Promise.all([writer.flush(), seat?.ask('flush')]);
          return store.totals(query);
        },
      },
      flush: async () => writer.flush(),
      handovers: settings.storagePath === ':memory:' ? undefined : store,
      close: async () => {
        await writer.flush();
        if (writer.lostCount > 0) logger.error({ lostCount: writer.lostCount }, 'usage was lost');
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw explained(error, storagePathOf(settings));
  }
}

/** Opens the ledger alone, as a command that reads it does. Throws {@link StartError}. */
export async function openStorage(
  settings: Settings,
): Promise<UsageStore & HandoverStore & SessionStore> {
  const path = storagePathOf(settings);
  try {
    return await StorageThread.open(path);
  } catch (error) {
    throw explained(error, path);
  }
}

function explained(error: unknown, path: string): unknown {
  if (!(error instanceof StorageError)) return error;
  return new StartError(
    `The usage ledger ${path} can't be used: ${error.message}. Set PRISM_STORAGE_PATH to a file that can be written, or to :memory: to keep no usage.`,
    { cause: error },
  );
}

function storagePathOf({ storagePath }: Settings): string {
  return storagePath ?? join(userDataPath(), 'prism', 'prism.sqlite');
}

/** Where programs of this user keep what they can't make again (XDG base directories; on macOS its own). */
function userDataPath(): string {
  const named = process.env['XDG_DATA_HOME'];
  if (named !== undefined && named !== '') return named;
  return process.platform === 'darwin'
    ? join(homedir(), 'Library', 'Application Support')
    : join(homedir(), '.local', 'share');
}

/** The budgets with what was spent of them in the periods that are on. */
async function restoreLedger(
  settings: Settings,
  store: UsageStore,
  wallMs: number,
): Promise<BudgetLedger> {
  const ledger = new BudgetLedger({
    budgets: settings.budgets,
    turn: {
      costMicroUsd: Math.round(settings.turnCostUsd * MICRO_USD_PER_USD),
      tokens: settings.turnTokens,
      audioMs: settings.turnAudioS * 1_000,
    },
  });
  for (const budget of settings.budgets) {
    const { startMs } = periodAt(budget.period, wallMs);
    for (const spent of await store.spentSince(startMs, budget.scope))
      ledger.restore(budget, spent, wallMs);
  }
  return ledger;
}

function limitsOf(settings: Settings): SessionLimits {
  const { limitSessionS, limitIdleS, limitTokens, limitAudioS, limitCostUsd } = settings;
  const msOf = (seconds: number | undefined): number | undefined =>
    seconds === undefined ? undefined : seconds * 1_000;
  return {
    sessionMs: msOf(limitSessionS),
    idleMs: msOf(limitIdleS),
    tokens: limitTokens,
    audioMs: msOf(limitAudioS),
    costMicroUsd:
      limitCostUsd === undefined ? undefined : Math.round(limitCostUsd * MICRO_USD_PER_USD),
    ending: settings.limitEnding,
  };
}
