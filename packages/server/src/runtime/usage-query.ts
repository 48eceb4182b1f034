import type { PrismErrorInfo } from '@prism/protocol';
import { USAGE_GROUPS, type UsageGroup, type UsageQuery } from './ports/usage-store.ts';

/** Rows in one answer; the answer says whether there are more. */
const ROW_COUNT_MAX = 10_000;
const DEFAULT_SPAN_MS = 30 * 86_400_000;
const HOUR_MS = 3_600_000;
/** The last moment that ECMAScript has. */
const TIME_MS_MAX = 8.64e15;

export type ReadUsageQuery =
  | { readonly isValid: true; readonly query: UsageQuery }
  | { readonly isValid: false; readonly error: PrismErrorInfo };

/** Reads `from`, `to` and `group_by`: the last 30 days if nothing else is asked, not divided. */
export function readUsageQuery(
  asked: Readonly<Record<string, unknown>>,
  nowMs: number,
): ReadUsageQuery {
  const toMs = momentOf(asked['to'], nowMs + HOUR_MS);
  if (toMs === undefined)
    return refuse('to', 'It takes a date like 2026-11-26 or seconds since 1970.');
  const fromMs = momentOf(asked['from'], toMs - DEFAULT_SPAN_MS);
  if (fromMs === undefined)
    return refuse('from', 'It takes a date like 2026-11-26 or seconds since 1970.');
  const given = asked['group_by'];
  const names = typeof given === 'string' ? given.split(',').filter((name) => name !== '') : [];
  const groupBy = names.filter(isUsageGroup);
  const isReadable = given === undefined || typeof given === 'string';
  if (!isReadable || groupBy.length < names.length || new Set(groupBy).size < groupBy.length)
    return refuse(
      'group_by',
      `It takes each of ${USAGE_GROUPS.join(', ')} once, separated by commas.`,
    );
  return { isValid: true, query: { fromMs, toMs, groupBy, countMax: ROW_COUNT_MAX } };
}

function isUsageGroup(name: string): name is UsageGroup {
  return USAGE_GROUPS.some((known) => known === name);
}

/** A moment as an ISO date or time, or in seconds since 1970; `undefined` if it is none. */
function momentOf(asked: unknown, defaultMs: number): number | undefined {
  if (asked === undefined) return defaultMs;
  if (typeof asked !== 'string') return undefined;
  const isDate = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z)?$/.test(asked);
  const ms = /^\d{1,12}$/.test(asked) ? Number(asked) * 1_000 : isDate ? Date.parse(asked) : NaN;
  return Number.isFinite(ms) && Math.abs(ms) <= TIME_MS_MAX ? ms : undefined;
}

function refuse(param: string, hint: string): ReadUsageQuery {
  const message = `Query parameter '${param}' can't be used. ${hint}`;
  return { isValid: false, error: { code: 'invalid_request', message, param } };
}
