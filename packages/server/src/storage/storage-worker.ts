/** Entry of the thread that has the database: what a disk takes its time for, nobody else waits for. */
import { parentPort, workerData } from 'node:worker_threads';
import type { HandoverStore } from '../runtime/ports/handover-store.ts';
import type { SessionStore } from '../runtime/ports/session-store.ts';
import type { UsageStore } from '../runtime/ports/usage-store.ts';
import { systemClock } from '../runtime/system-clock.ts';
import { HandoverDatabase } from './handover-database.ts';
import { openDatabase } from './open-database.ts';
import { SessionDatabase } from './session-database.ts';
import type { StorageQuestion, StorageReply, StorageRequest } from './storage-protocol.ts';
import { UsageDatabase } from './usage-database.ts';

const port = parentPort;
if (port === null) throw new Error('the storage worker must be started as a worker thread');

function send(reply: StorageReply): void {
  port?.postMessage(reply);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface Stores {
  readonly usage: UsageStore;
  readonly handovers: HandoverStore;
  readonly sessions: SessionStore;
}

async function answer(
  { usage, handovers, sessions }: Stores,
  question: StorageQuestion,
): Promise<unknown> {
  switch (question.type) {
    case 'add':
      return usage.add(question.records);
    case 'totals':
      return usage.totals(question.query);
    case 'spentSince':
      return usage.spentSince(question.sinceMs, question.scope);
    case 'forgetBefore':
      return usage.forgetBefore(question.beforeMs);
    case 'putHandover':
      return handovers.putHandover(question.callId, question.sealed, question.expiresAtMs);
    case 'findHandover':
      return handovers.findHandover(question.callId, question.wallMs);
    case 'takeHandover':
      return handovers.takeHandover(question.callId, question.wallMs);
    case 'keepSessions':
      return sessions.keepSessions(question.sessions);
    case 'listSessions':
      return sessions.listSessions(question.query);
    case 'findSession':
      return sessions.findSession(question.sessionId);
    case 'forgetSessions':
      return sessions.forgetSessions(question.retention);
    case 'close':
      return usage.close();
    default:
      throw new Error('unknown question');
  }
}

const { path } = workerData as { readonly path: string };
try {
  const database = await openDatabase(path, systemClock);
  const stores = {
    usage: new UsageDatabase(database),
    handovers: new HandoverDatabase(database),
    sessions: new SessionDatabase(database),
  };
  port.on('message', ({ id, question }: StorageRequest) => {
    answer(stores, question).then(
      (value) => {
        send({ type: 'answer', id, value });
        if (question.type === 'close') port.close();
      },
      (error: unknown) => send({ type: 'failure', id, message: messageOf(error) }),
    );
  });
  send({ type: 'opened' });
} catch (error) {
  send({ type: 'not_opened', reason: messageOf(error) });
  port.close();
}
