import { NO_TOKENS, type SpentBefore, TOKEN_KINDS, type TokenCounts, totalOf } from '@prism/core';
import type {
  UsageGroup,
  UsageQuery,
  UsageRecord,
  UsageStore,
  UsageTotals,
} from '../runtime/ports/usage-store.ts';

const HOUR_MS = 3_600_000;

/** A ledger in memory, which can be made to fail. */
export class MemoryUsageStore implements UsageStore {
  records: UsageRecord[] = [];
  /** What the next writes reject with. */
  failure: Error | undefined;
  /** Sizes of the writes so far. */
  readonly writes: number[] = [];

  async add(records: readonly UsageRecord[]): Promise<void> {
    this.writes.push(records.length);
    if (this.failure !== undefined) throw this.failure;
    this.records.push(...records);
  }

  async totals({ fromMs, toMs, groupBy, countMax }: UsageQuery): Promise<readonly UsageTotals[]> {
    const groups = new Map<string, UsageRecord[]>();
    for (const record of this.records) {
      if (hourOf(record.atMs) < hourOf(fromMs) || hourOf(record.atMs) >= hourOf(toMs)) continue;
      const key = JSON.stringify(groupBy.map((name) => groupOf(record, name)));
      groups.set(key, [...(groups.get(key) ?? []), record]);
    }
    return [...groups.values()]
      .map((records) => totalsOf(records, groupBy))
      .sort((one, other) => {
        const name = groupBy.find((each) => one.group[each] !== other.group[each]);
        if (name === undefined) return 0;
        return (one.group[name] ?? '') < (other.group[name] ?? '') ? -1 : 1;
      })
      .slice(0, countMax);
  }

  async spentSince(
    sinceMs: number,
    scope: 'key' | 'user' | 'server',
  ): Promise<readonly SpentBefore[]> {
    const groupBy: UsageGroup[] = scope === 'server' ? [] : [scope];
    const query = { fromMs: sinceMs, toMs: 8.64e15, groupBy, countMax: 1e6 };
    return (await this.totals(query)).map((each) => ({
      subject: Object.values(each.group)[0] ?? '',
      spending: {
        costMicroUsd: each.costMicroUsd,
        tokens: totalOf(each.tokens),
        audioMs: each.inputAudioMs + each.outputAudioMs,
      },
    }));
  }

  async forgetBefore(beforeMs: number): Promise<void> {
    this.records = this.records.filter(({ atMs }) => hourOf(atMs) >= hourOf(beforeMs));
  }

  async close(): Promise<void> {}
}

function hourOf(atMs: number): number {
  return Math.floor(atMs / HOUR_MS);
}

function groupOf({ keyId, user, agent, atMs, entry }: UsageRecord, name: UsageGroup): string {
  const values = { key: keyId, user, agent, model: entry.model, kind: entry.kind };
  if (name === 'day') return new Date(atMs).toISOString().slice(0, 10);
  return values[name] ?? '';
}

function totalsOf(records: readonly UsageRecord[], groupBy: readonly UsageGroup[]): UsageTotals {
  const [first] = records;
  const sum = (value: (record: UsageRecord) => number): number =>
    records.reduce((total, record) => total + value(record), 0);
  const tokens: TokenCounts = {
    ...NO_TOKENS,
    ...Object.fromEntries(
      TOKEN_KINDS.map((kind) => [kind, sum(({ entry }) => entry.tokens[kind])]),
    ),
  };
  return {
    group: Object.fromEntries(
      groupBy.map((name) => [name, first === undefined ? '' : groupOf(first, name)]),
    ),
    sessionCount: new Set(records.map(({ sessionId }) => sessionId)).size,
    responseCount: sum(({ entry }) => (entry.kind === 'response' ? 1 : 0)),
    transcriptionCount: sum(({ entry }) => (entry.kind === 'transcription' ? 1 : 0)),
    tokens,
    transcribedMs: sum(({ entry }) => entry.transcribedMs),
    inputAudioMs: sum(({ entry }) => entry.inputAudioMs),
    outputAudioMs: sum(({ entry }) => entry.outputAudioMs),
    sessionMs: sum(({ entry }) => entry.sessionMs),
    costMicroUsd: sum(({ entry }) => entry.costMicroUsd),
    unpricedCount: sum(({ entry }) => (entry.isPriceKnown ? 0 : 1)),
    estimatedCount: sum(({ entry }) => (entry.isEstimated ? 1 : 0)),
  };
}
