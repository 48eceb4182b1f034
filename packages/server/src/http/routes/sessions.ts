import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { NO_SUCH_CALL } from '../../runtime/no-such-call.ts';
import type { SessionDirectory } from '../../runtime/sessions/session-directory.ts';
import { readSessionQuery } from '../../runtime/sessions/session-query.ts';
import { sendProblem } from '../problem.ts';

/** What the routes want of the sessions. */
export type Sessions = Pick<SessionDirectory, 'list' | 'find' | 'end'>;

/**
 * `GET /prism/sessions`, `GET /prism/sessions/{id}` and `POST /prism/sessions/{id}/end`: what lives, what was, and the
 * end of one (`docs/reference/sessions.md`). A client secret may not ask; it ends what was opened with it.
 */
export function addSessionRoutes(
  api: FastifyInstance,
  { sessions }: { readonly sessions: Sessions },
): void {
  api.register(async (routes) => {
    routes.removeAllContentTypeParsers();
    routes.addContentTypeParser('*', { parseAs: 'string' }, async () => undefined);

    routes.get<{ Querystring: Readonly<Record<string, unknown>> }>(
      '/prism/sessions',
      { config: { need: 'observe' } },
      async (request, reply) => {
        const read = readSessionQuery(request.query);
        if (!read.isValid) return sendProblem(reply, read.error);
        return answer(request, reply, async () => sessions.list(read.query));
      },
    );
    routes.get<{ Params: { id: string } }>(
      '/prism/sessions/:id',
      { config: { need: 'observe' } },
      async (request, reply) =>
        answer(request, reply, async () => sessions.find(request.params.id)),
    );
    routes.post<{ Params: { id: string } }>(
      '/prism/sessions/:id/end',
      { config: { need: 'calls' } },
      async (request, reply) => {
        const { id } = request.params;
        if (!sessions.end(id, request.admitted.access)) return sendProblem(reply, NO_SUCH_CALL);
        return { object: 'prism.session', id, state: 'ended' };
      },
    );
  });
}

/** Sends what is found, JSON or to be made JSON; nothing is no such session. */
async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  find: () => Promise<object | string | undefined>,
): Promise<FastifyReply> {
  try {
    const found = await find();
    if (found === undefined) return sendProblem(reply, NO_SUCH_CALL);
    reply.header('cache-control', 'no-store').type('application/json; charset=utf-8');
    return reply.send(found);
  } catch (error) {
    request.log.error({ err: error, requestId: request.id }, 'sessions were not read');
    const message = 'The storage did not answer.';
    return sendProblem(reply, { code: 'storage_unavailable', message });
  }
}
