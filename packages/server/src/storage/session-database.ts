import { type Kysely, sql } from 'kysely';
import type {
  SessionQuery,
  SessionRetention,
  SessionRow,
  SessionStore,
  StoredSession,
} from '../runtime/ports/session-store.ts';
import type { SessionTable, Tables } from './schema.ts';

/** Sessions that are over, in SQLite: a row each, with its document as JSON. */
export class SessionDatabase implements SessionStore {
  readonly #database: Kysely<Tables>;

  constructor(database: Kysely<Tables>) {
    this.#database = database;
  }

  async keepSessions(sessions: readonly StoredSession[]): Promise<void> {
    if (sessions.length === 0) return;
    await this.#database.replaceInto('session').values(sessions.map(rowOf)).execute();
  }

  async listSessions(query: SessionQuery): Promise<readonly SessionRow[]> {
    const { keyId, user, agent, fromMs, toMs, after, countMax } = query;
    let rows = this.#database
      .selectFrom('session')
      .select([
        'id',
        'kind',
        'started_ms',
        'ended_ms',
        'key_id',
        'user_name',
        'agent',
        'model',
        'reason',
        'turn_count',
        'mouth_to_ear_ms',
      ])
      .where('started_ms', '>=', fromMs)
      .where('started_ms', '<', toMs)
      .orderBy('started_ms', 'desc')
      .orderBy('id', 'desc')
      .limit(countMax);
    if (keyId !== undefined) rows = rows.where('key_id', '=', keyId);
    if (user !== undefined) rows = rows.where('user_name', '=', user);
    if (agent !== undefined) rows = rows.where('agent', '=', agent);
    if (after !== undefined)
      rows = rows.where(
        sql<boolean>`(started_ms, id) < (select started_ms, id from session where id = ${after})`,
      );
    return (await rows.execute()).map(sessionOf);
  }

  async findSession(id: string): Promise<string | undefined> {
    const row = await this.#database
      .selectFrom('session')
      .select('document')
      .where('id', '=', id)
      .executeTakeFirst();
    return row?.document;
  }

  async forgetSessions({ beforeMs, bytesMax }: SessionRetention): Promise<void> {
    await this.#database.deleteFrom('session').where('ended_ms', '<', beforeMs).execute();
    await sql`
      delete from session where id in (
        select id from (
          select id, sum(size_bytes) over (order by started_ms desc, id desc) as total_bytes from session
        ) where total_bytes > ${bytesMax}
      )`.execute(this.#database);
  }
}

function rowOf(session: StoredSession): SessionTable {
  return {
    id: session.id,
    kind: session.kind,
    started_ms: Math.round(session.startedAtMs),
    ended_ms: Math.round(session.endedAtMs),
    key_id: session.keyId ?? '',
    user_name: session.user ?? '',
    agent: session.agent ?? '',
    model: session.model ?? '',
    reason: session.reason,
    turn_count: session.turnCount,
    mouth_to_ear_ms: session.mouthToEarMs ?? null,
    size_bytes: Buffer.byteLength(session.documentJson),
    document: session.documentJson,
  };
}

function sessionOf(row: Omit<SessionTable, 'document' | 'size_bytes'>): SessionRow {
  return {
    id: row.id,
    kind: row.kind,
    startedAtMs: row.started_ms,
    endedAtMs: row.ended_ms,
    keyId: named(row.key_id),
    user: named(row.user_name),
    agent: named(row.agent),
    model: named(row.model),
    reason: row.reason,
    turnCount: row.turn_count,
    mouthToEarMs: row.mouth_to_ear_ms ?? undefined,
  };
}

function named(text: string): string | undefined {
  return text === '' ? undefined : text;
}
