/** Entry of the thread that has the database: what a disk takes its time for, nobody else waits for. */
import { parentPort, workerData } from 'node:worker_threads';
import type { HandoverStore } from '../runtime/ports/handover-store.ts';
import type { UsageStore } from '../runtime/ports/usage-store.ts';
import { HandoverDatabase } from './handover-database.ts';
import { openDatabase } from './open-database.ts';
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
}

async function answer(
  { usage: store, handovers }: Stores,
  question: StorageQuestion,
): Promise<unknown> {
  switch (question.type) {
    case 'add':
      return store.add(question.records);
    case 'totals':
      return store.totals(question.query);
    case 'spentSince':
      return store.spentSince(question.sinceMs, question.scope);
    case 'forgetBefore':
      return store.forgetBefore(question.beforeMs);
    case 'putHandover':
      return handovers.putHandover(question.callId, question.sealed, question.expiresAtMs);
    case 'findHandover':
      return handovers.findHandover(question.callId, question.wallMs);
    case 'takeHandover':
      return handovers.takeHandover(question.callId, question.wallMs);
    case 'close':
      return store.close();
    default:
      throw new Error('unknown question');
  }
}

const { path } = workerData as { readonly path: string };
try {
  const database = await openDatabase(path);
  const stores = {
    usage: new UsageDatabase(database),
    handovers: new HandoverDatabase(database),
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
