import { ERROR_CATALOGUE, errorBody, type PrismErrorInfo, retryAfterSOf } from '@prism/protocol';
import type { FastifyInstance } from 'fastify';
import type { SessionDirectory } from '../runtime/sessions/session-directory.ts';
import { refuseUpgrade } from '../websocket/upgrade-refusal.ts';
import type { WorkerSeat } from '../workers/worker-seat.ts';
import type { Access } from './open-access.ts';
import type { OpenArchive } from './open-archive.ts';
import type { Observability } from './open-observability.ts';
import type { OpenSpending } from './open-spending.ts';
import type { ServerCondition } from './server-condition.ts';

const NOT_THERE: PrismErrorInfo = {
  code: 'worker_unavailable',
  message: 'The worker that the call is with is not there.',
};

/** Lets a server take its place among the workers: from here on requests go to whose they are. */
export async function sitDown(
  seat: WorkerSeat,
  parts: {
    readonly app: FastifyInstance;
    readonly access: Access;
    readonly condition: ServerCondition;
    readonly newRequestId: () => string;
    readonly observability: Observability;
    readonly sessions: SessionDirectory;
    readonly kept: OpenArchive;
    readonly spending: OpenSpending;
  },
): Promise<void> {
  const { app, access, condition, newRequestId, observability, sessions, kept, spending } = parts;
  await seat.open({
    server: app.server,
    status: () => condition.status(),
    ownedSecretId: access.ownedSecretId,
    questions: {
      metrics: () => observability.data(),
      sessions: async () => sessions.summaries(),
      flush: async () => Promise.all([kept.archive.flush(), spending.flush()]),
    },
    refuseRequest: (response) => {
      const body = JSON.stringify(errorBody(NOT_THERE));
      response.writeHead(ERROR_CATALOGUE[NOT_THERE.code].httpStatus, {
        'content-type': 'application/json; charset=utf-8',
        'x-request-id': newRequestId(),
        'retry-after': String(retryAfterSOf(NOT_THERE)),
      });
      response.end(body);
    },
    refuseUpgrade: (stream) => refuseUpgrade(stream, NOT_THERE, newRequestId()),
    reloadKeys: access.reloadKeys,
  });
}
