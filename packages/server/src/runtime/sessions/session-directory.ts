import type { SessionAccess } from '@prism/protocol';
import type { SessionFacts, SessionQuery, SessionStore } from '../ports/session-store.ts';
import {
  documentOf,
  type SessionDocument,
  type SessionMoment,
  type SessionSummary,
  summaryOf,
  summaryOfRow,
} from './session-document.ts';
import type { AskedSessions } from './session-query.ts';

/** A page of sessions, newest first. */
export interface SessionList {
  readonly object: 'list';
  readonly data: readonly SessionSummary[];
  /** To be asked for as `after`, if there is more. */
  readonly last_id: string | null;
  readonly has_more: boolean;
}

/** The sessions that live. */
export interface LiveSessions {
  /** In the order in which they began. */
  liveSessions(): readonly SessionMoment[];
  /** Undefined if none of that id lives. */
  liveSession(id: string): SessionMoment | undefined;
  /** Ends one; false if none of that id lives for who asks. */
  endSession(id: string, access: SessionAccess): boolean;
}

export interface SessionDirectoryParts {
  readonly live: LiveSessions;
  readonly past: Pick<SessionStore, 'listSessions' | 'findSession'>;
  /** Resolves when those that have ended by now are kept. */
  readonly settled: () => Promise<void>;
  /** Those that live in other workers, where there are any. */
  readonly elsewhere?: (() => Promise<readonly SessionSummary[]>) | undefined;
}

/** All sessions: those that live, from memory, and those that are over, as far as they are kept. */
export class SessionDirectory {
  readonly #parts: SessionDirectoryParts;

  constructor(parts: SessionDirectoryParts) {
    this.#parts = parts;
  }

  /** Rejects if the store doesn't answer. */
  async list({ state, ...query }: AskedSessions): Promise<SessionList> {
    const more = { ...query, countMax: query.countMax + 1 };
    const found = state === 'live' ? await this.#live(more) : await this.#past(more);
    const data = found.slice(0, query.countMax);
    const last = data.at(-1);
    return {
      object: 'list',
      data,
      last_id: last?.id ?? null,
      has_more: found.length > query.countMax,
    };
  }

  /** One session, as JSON. Rejects if the store doesn't answer. */
  async find(id: string): Promise<string | undefined> {
    const live = this.#parts.live.liveSession(id);
    if (live !== undefined) return JSON.stringify(documentOf(live) satisfies SessionDocument);
    await this.#parts.settled();
    return this.#parts.past.findSession(id);
  }

  /** Ends a session that lives. */
  end(id: string, access: SessionAccess): boolean {
    return this.#parts.live.endSession(id, access);
  }

  /** Those that live in this process, newest first. */
  summaries(): readonly SessionSummary[] {
    return this.#parts.live.liveSessions().map(summaryOf).reverse();
  }

  async #live(query: SessionQuery): Promise<readonly SessionSummary[]> {
    const { live, elsewhere } = this.#parts;
    const here = live.liveSessions().map((moment) => ({
      facts: moment.facts,
      summary: () => summaryOf(moment),
    }));
    const all: ListedSession[] = here.reverse();
    if (elsewhere !== undefined) {
      all.push(...(await elsewhere()).map(listed));
      all.sort((one, other) => other.facts.startedAtMs - one.facts.startedAtMs);
    }
    const { after } = query;
    const start = after === undefined ? 0 : all.findIndex(({ facts }) => facts.id === after) + 1;
    // A session that has ended meanwhile has no place: what is left begins anew.
    return all
      .slice(start)
      .filter(({ facts }) => isAsked(facts, query))
      .slice(0, query.countMax)
      .map(({ summary }) => summary());
  }

  async #past(query: SessionQuery): Promise<readonly SessionSummary[]> {
    await this.#parts.settled();
    const rows = await this.#parts.past.listSessions(query);
    return rows.map((row) => summaryOfRow(row));
  }
}

/** A live session in a list, told in full where it is asked for. */
interface ListedSession {
  readonly facts: Pick<SessionFacts, 'id' | 'startedAtMs' | 'keyId' | 'user' | 'agent'>;
  readonly summary: () => SessionSummary;
}

function listed(summary: SessionSummary): ListedSession {
  const { id, key_id: keyId, user, agent } = summary;
  return {
    facts: {
      id,
      startedAtMs: Date.parse(summary.started_at),
      keyId: keyId ?? undefined,
      user: user ?? undefined,
      agent: agent ?? undefined,
    },
    summary: () => summary,
  };
}

function isAsked(facts: ListedSession['facts'], query: SessionQuery): boolean {
  const { keyId, user, agent, fromMs, toMs } = query;
  return (
    (keyId === undefined || facts.keyId === keyId) &&
    (user === undefined || facts.user === user) &&
    (agent === undefined || facts.agent === agent) &&
    facts.startedAtMs >= fromMs &&
    facts.startedAtMs < toMs
  );
}
