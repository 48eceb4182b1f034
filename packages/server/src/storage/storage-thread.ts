import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { SpentBefore } from '@prism/core';
import type { CallId } from '@prism/protocol';
import type { HandoverStore } from '../runtime/ports/handover-store.ts';
import type {
  SessionQuery,
  SessionRetention,
  SessionRow,
  SessionStore,
  StoredSession,
} from '../runtime/ports/session-store.ts';
import type {
  UsageQuery,
  UsageRecord,
  UsageStore,
  UsageTotals,
} from '../runtime/ports/usage-store.ts';
import { StorageError } from './storage-error.ts';
import type { StorageQuestion, StorageReply, StorageRequest } from './storage-protocol.ts';

/** Questions that wait for their answers; a further one is refused. */
const QUESTION_COUNT_MAX = 1_024;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The database, in a thread of its own. */
export class StorageThread implements UsageStore, HandoverStore, SessionStore {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #questionCount = 0;
  #end: StorageError | undefined;
  #closing: Promise<void> | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (reply: StorageReply) => this.#hear(reply));
    worker.on('error', (error) => this.#fail(`The storage thread has ended: ${error.message}`));
    worker.on('exit', () => this.#fail('The storage thread has ended.'));
  }

  /** Opens the database at `path`, or one that is kept nowhere at `:memory:`. Throws {@link StorageError}. */
  static async open(path: string): Promise<StorageThread> {
    const worker = new Worker(new URL('./storage-worker.js', import.meta.url), {
      workerData: { path },
    });
    const [reply] = (await once(worker, 'message')) as [StorageReply];
    if (reply.type === 'not_opened') throw new StorageError(reply.reason);
    return new StorageThread(worker);
  }

  async add(records: readonly UsageRecord[]): Promise<void> {
    await this.#ask({ type: 'add', records });
  }

  async totals(query: UsageQuery): Promise<readonly UsageTotals[]> {
    return (await this.#ask({ type: 'totals', query })) as readonly UsageTotals[];
  }

  async spentSince(
    sinceMs: number,
    scope: 'key' | 'user' | 'server',
  ): Promise<readonly SpentBefore[]> {
    return (await this.#ask({ type: 'spentSince', sinceMs, scope })) as readonly SpentBefore[];
  }

  async forgetBefore(beforeMs: number): Promise<void> {
    await this.#ask({ type: 'forgetBefore', beforeMs });
  }

  async keepSessions(sessions: readonly StoredSession[]): Promise<void> {
    await this.#ask({ type: 'keepSessions', sessions });
  }

  async listSessions(query: SessionQuery): Promise<readonly SessionRow[]> {
    return (await this.#ask({ type: 'listSessions', query })) as readonly SessionRow[];
  }

  async findSession(sessionId: string): Promise<string | undefined> {
    return (await this.#ask({ type: 'findSession', sessionId })) as string | undefined;
  }

  async forgetSessions(retention: SessionRetention): Promise<void> {
    await this.#ask({ type: 'forgetSessions', retention });
  }

  async putHandover(callId: CallId, sealed: string, expiresAtMs: number): Promise<void> {
    await this.#ask({ type: 'putHandover', callId, sealed, expiresAtMs });
  }

  async findHandover(callId: CallId, wallMs: number): Promise<string | undefined> {
    return (await this.#ask({ type: 'findHandover', callId, wallMs })) as string | undefined;
  }

  async takeHandover(callId: CallId, wallMs: number): Promise<boolean> {
    return (await this.#ask({ type: 'takeHandover', callId, wallMs })) as boolean;
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#end !== undefined) return;
    const exited = once(this.#worker, 'exit');
    await this.#ask({ type: 'close' });
    await exited;
  }

  async #ask(question: StorageQuestion): Promise<unknown> {
    if (this.#end !== undefined) throw this.#end;
    if (this.#waiting.size >= QUESTION_COUNT_MAX)
      throw new StorageError(`${this.#waiting.size} questions wait for the database.`);
    this.#questionCount += 1;
    const request: StorageRequest = { id: this.#questionCount, question };
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.id, { resolve, reject });
      this.#worker.postMessage(request);
    });
  }

  #hear(reply: StorageReply): void {
    if (reply.type !== 'answer' && reply.type !== 'failure') return;
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.type === 'answer') waiting?.resolve(reply.value);
    else waiting?.reject(new StorageError(reply.message));
  }

  #fail(message: string): void {
    this.#end ??= new StorageError(message);
    for (const { reject } of this.#waiting.values()) reject(this.#end);
    this.#waiting.clear();
  }
}
