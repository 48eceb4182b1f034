import {
  emptyEntry,
  NO_TOKENS,
  type SpentBefore,
  TOKEN_KINDS,
  type TokenCounts,
} from '@prism/core';
import { type CompiledQuery, type Kysely, sql } from 'kysely';
import type {
  UsageGroup,
  UsageQuery,
  UsageRecord,
  UsageStore,
  UsageTotals,
} from '../runtime/ports/usage-store.ts';
import {
  SUM_COLUMNS,
  type SumColumn,
  type Tables,
  TOKEN_COLUMNS,
  type UsageTable,
} from './schema.ts';

const HOUR_MS = 3_600_000;

const NOTHING: UsageRecord = {
  sessionId: '',
  keyId: undefined,
  user: undefined,
  agent: undefined,
  atMs: 0,
  entry: emptyEntry('media', undefined),
};

/** What to group by, as SQL. */
const GROUP_COLUMNS = {
  key: sql<string>`key_id`,
  user: sql<string>`user_name`,
  agent: sql<string>`agent`,
  model: sql<string>`model`,
  kind: sql<string>`kind`,
  day: sql<string>`strftime('%Y-%m-%d', hour_ms / 1000, 'unixepoch')`,
} as const satisfies Record<UsageGroup, unknown>;

/** The ledger in SQLite: a row per session, hour, kind and model, to which further usage is added. */
export class UsageDatabase implements UsageStore {
  readonly #database: Kysely<Tables>;
  /** Adds a row, whose values are those of {@link rowOf} in their order. */
  readonly #addition: CompiledQuery;

  constructor(database: Kysely<Tables>) {
    this.#database = database;
    this.#addition = additionIn(database);
  }

  async add(records: readonly UsageRecord[]): Promise<void> {
    if (records.length === 0) return;
    await this.#database.transaction().execute(async (transaction) => {
      for (const record of records) {
        const parameters = Object.values(rowOf(record));
        await transaction.executeQuery({ ...this.#addition, parameters });
      }
    });
  }

  async totals({ fromMs, toMs, groupBy, countMax }: UsageQuery): Promise<readonly UsageTotals[]> {
    const groups = groupBy.map((name) => GROUP_COLUMNS[name].as(`group_${name}`));
    const query = this.#database
      .selectFrom('usage')
      .select([
        ...groups,
        sql<number>`count(distinct session_id)`.as('session_count'),
        sql<number>`total(iif(kind = 'response', entry_count, 0))`.as('response_count'),
        sql<number>`total(iif(kind = 'transcription', entry_count, 0))`.as('transcription_count'),
        ...SUM_COLUMNS.map((name) => sql<number>`total(${sql.ref(name)})`.as(name)),
      ])
      .where('hour_ms', '>=', hourOf(fromMs))
      .where('hour_ms', '<', hourOf(toMs))
      .limit(countMax);
    const rows = await groupBy
      .reduce(
        (divided, name) => divided.groupBy(GROUP_COLUMNS[name]).orderBy(GROUP_COLUMNS[name]),
        query,
      )
      .execute();
    return rows
      .map((row) => totalsOf(row as Readonly<Record<string, unknown>>, groupBy))
      .filter(({ sessionCount }) => sessionCount > 0);
  }

  async spentSince(
    sinceMs: number,
    scope: 'key' | 'user' | 'server',
  ): Promise<readonly SpentBefore[]> {
    const groupBy = scope === 'server' ? [] : [scope];
    const query = { fromMs: sinceMs, toMs: Number.MAX_SAFE_INTEGER, groupBy, countMax: 1e6 };
    const totals = await this.totals(query);
    return totals.map((each) => ({
      subject: each.group[scope === 'server' ? 'key' : scope] ?? '',
      spending: {
        costMicroUsd: each.costMicroUsd,
        tokens: TOKEN_KINDS.reduce((sum, kind) => sum + each.tokens[kind], 0),
        audioMs: each.inputAudioMs + each.outputAudioMs,
      },
    }));
  }

  async forgetBefore(beforeMs: number): Promise<void> {
    await this.#database.deleteFrom('usage').where('hour_ms', '<', hourOf(beforeMs)).execute();
  }

  async close(): Promise<void> {
    await this.#database.destroy();
  }
}

/** What adds a row: compiled once, since that takes longer than running it. */
function additionIn(database: Kysely<Tables>): CompiledQuery {
  return database
    .insertInto('usage')
    .values(rowOf(NOTHING))
    .onConflict((conflict) =>
      conflict
        .columns(['session_id', 'hour_ms', 'kind', 'model'])
        .doUpdateSet((set) =>
          Object.fromEntries(
            SUM_COLUMNS.map((name) => [
              name,
              set.eb(`usage.${name}`, '+', set.ref(`excluded.${name}`)),
            ]),
          ),
        ),
    )
    .compile();
}

function hourOf(atMs: number): number {
  return Math.floor(atMs / HOUR_MS) * HOUR_MS;
}

function rowOf({ sessionId, keyId, user, agent, atMs, entry }: UsageRecord): UsageTable {
  const tokens = Object.fromEntries(
    TOKEN_KINDS.map((kind) => [TOKEN_COLUMNS[kind], entry.tokens[kind]]),
  ) as Record<(typeof TOKEN_COLUMNS)[keyof TokenCounts], number>;
  return {
    ...tokens,
    session_id: sessionId,
    hour_ms: hourOf(atMs),
    kind: entry.kind,
    model: entry.model ?? '',
    key_id: keyId ?? '',
    user_name: user ?? '',
    agent: agent ?? '',
    transcribed_ms: entry.transcribedMs,
    input_audio_ms: entry.inputAudioMs,
    output_audio_ms: entry.outputAudioMs,
    session_ms: entry.sessionMs,
    cost_micro_usd: entry.costMicroUsd,
    entry_count: 1,
    unpriced_count: entry.isPriceKnown ? 0 : 1,
    estimated_count: entry.isEstimated ? 1 : 0,
  };
}

function totalsOf(
  row: Readonly<Record<string, unknown>>,
  groupBy: readonly UsageGroup[],
): UsageTotals {
  const sum = (name: SumColumn | `${string}_count`): number => Number(row[name]);
  const group = groupBy.map((name) => [name, String(row[`group_${name}`])] as const);
  const tokens = TOKEN_KINDS.map((kind) => [kind, sum(TOKEN_COLUMNS[kind])] as const);
  return {
    group: Object.fromEntries(group),
    sessionCount: sum('session_count'),
    responseCount: sum('response_count'),
    transcriptionCount: sum('transcription_count'),
    tokens: { ...NO_TOKENS, ...Object.fromEntries(tokens) },
    transcribedMs: sum('transcribed_ms'),
    inputAudioMs: sum('input_audio_ms'),
    outputAudioMs: sum('output_audio_ms'),
    sessionMs: sum('session_ms'),
    costMicroUsd: sum('cost_micro_usd'),
    unpricedCount: sum('unpriced_count'),
    estimatedCount: sum('estimated_count'),
  };
}
