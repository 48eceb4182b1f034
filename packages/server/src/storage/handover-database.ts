import type { CallId } from '@prism/protocol';
import type { Kysely } from 'kysely';
import type { HandoverStore } from '../runtime/ports/handover-store.ts';
import type { Tables } from './schema.ts';

/** Conversations between two processes in SQLite: a row per call, for as long as it waits. */
export class HandoverDatabase implements HandoverStore {
  readonly #database: Kysely<Tables>;

  constructor(database: Kysely<Tables>) {
    this.#database = database;
  }

  async putHandover(callId: CallId, sealed: string, expiresAtMs: number): Promise<void> {
    await this.#database
      .insertInto('handover')
      .values({ call_id: callId, sealed, expires_at_ms: expiresAtMs })
      .onConflict((conflict) =>
        conflict.column('call_id').doUpdateSet({ sealed, expires_at_ms: expiresAtMs }),
      )
      .execute();
  }

  async findHandover(callId: CallId, wallMs: number): Promise<string | undefined> {
    const row = await this.#database
      .selectFrom('handover')
      .select('sealed')
      .where('call_id', '=', callId)
      .where('expires_at_ms', '>', wallMs)
      .executeTakeFirst();
    return row?.sealed;
  }

  /** What has expired goes along. */
  async takeHandover(callId: CallId, wallMs: number): Promise<boolean> {
    const taken = await this.#database
      .deleteFrom('handover')
      .where('call_id', '=', callId)
      .where('expires_at_ms', '>', wallMs)
      .executeTakeFirst();
    await this.#database.deleteFrom('handover').where('expires_at_ms', '<=', wallMs).execute();
    return taken.numDeletedRows > 0n;
  }
}
