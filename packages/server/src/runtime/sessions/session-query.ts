import type { PrismErrorInfo } from '@prism/protocol';
import type { SessionQuery } from '../ports/session-store.ts';

/** Sessions in one answer if nothing else is asked, and at most. */
const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 500;
const TEXT_CHARS_MAX = 256;

/** Which sessions, and of them those that live or those that are over. */
export interface AskedSessions extends SessionQuery {
  readonly state: 'live' | 'ended';
}

export type ReadSessionQuery =
  | { readonly isValid: true; readonly query: AskedSessions }
  | { readonly isValid: false; readonly error: PrismErrorInfo };

/** Reads `state`, `limit`, `after`, `from`, `to`, `key_id`, `user` and `agent`. */
export function readSessionQuery(asked: Readonly<Record<string, unknown>>): ReadSessionQuery {
  const state = asked['state'] ?? 'live';
  if (state !== 'live' && state !== 'ended') return refuse('state', "It takes 'live' or 'ended'.");
  const limit = asked['limit'] ?? String(LIMIT_DEFAULT);
  const isCount = typeof limit === 'string' && /^\d{1,3}$/.test(limit);
  if (!isCount || Number(limit) < 1 || Number(limit) > LIMIT_MAX)
    return refuse('limit', `It takes a whole number from 1 to ${LIMIT_MAX}.`);
  for (const name of ['after', 'key_id', 'user', 'agent'])
    if (!isShortText(asked[name])) return refuse(name, 'It takes one text.');
  const fromMs = momentOf(asked['from'], 0);
  if (fromMs === undefined) return refuse('from', MOMENT_HINT);
  const toMs = momentOf(asked['to'], Number.MAX_SAFE_INTEGER);
  if (toMs === undefined) return refuse('to', MOMENT_HINT);
  const query: AskedSessions = {
    state,
    keyId: textOf(asked['key_id']),
    user: textOf(asked['user']),
    agent: textOf(asked['agent']),
    after: textOf(asked['after']),
    fromMs,
    toMs,
    countMax: Number(limit),
  };
  return { isValid: true, query };
}

const MOMENT_HINT = 'It takes a date like 2026-11-26 or a time like 2026-11-26T09:30:00Z.';

function isShortText(value: unknown): boolean {
  if (value === undefined) return true;
  return typeof value === 'string' && value !== '' && value.length <= TEXT_CHARS_MAX;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function momentOf(asked: unknown, defaultMs: number): number | undefined {
  if (asked === undefined) return defaultMs;
  if (typeof asked !== 'string' || !/^\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z)?$/.test(asked))
    return undefined;
  const ms = Date.parse(asked);
  return Number.isFinite(ms) ? ms : undefined;
}

function refuse(param: string, hint: string): ReadSessionQuery {
  const message = `Query parameter '${param}' can't be used. ${hint}`;
  return { isValid: false, error: { code: 'invalid_request', message, param } };
}
