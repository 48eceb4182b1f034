import { parseCallId, TAKE_OVER_MOMENTS, takeOverMomentOf } from '@prism/protocol';
import type { FastifyInstance } from 'fastify';
import { NO_SUCH_CALL } from '../../runtime/no-such-call.ts';
import { lastEventIdOf, readMediaRequest } from '../media-request.ts';
import { sendProblem } from '../problem.ts';
import type { Calls } from './calls.ts';

/**
 * `PATCH /realtime/calls/{id}`: answers a further offer of a call's client, who has lost its network or restarts ICE.
 * Prism's own; the Realtime API has no such thing.
 */
export function addCallMediaRoutes(api: FastifyInstance, calls: Calls): void {
  api.register(async (media) => {
    media.removeAllContentTypeParsers();
    media.addContentTypeParser(
      'application/sdp',
      { parseAs: 'string' },
      async (_request: unknown, body: string) => body,
    );
    media.patch<{
      Params: { callId: string };
      Body: string | undefined;
      Querystring: Record<string, unknown>;
    }>('/realtime/calls/:callId', { config: { need: 'calls' } }, async (request, reply) => {
      const { query } = request;
      const read = readMediaRequest(request);
      if (!read.isValid) return sendProblem(reply, read.error);
      const callId = parseCallId(request.params.callId);
      if (callId === undefined) return sendProblem(reply, NO_SUCH_CALL);
      const gone = await calls.refusalOfReturn(callId, read.request.access);
      if (gone !== undefined) return sendProblem(reply, gone);
      const takeOver = takeOverMomentOf(query['take_over']);
      if (takeOver === undefined) {
        const message = `Query parameter 'take_over' can't be used. It takes ${TAKE_OVER_MOMENTS.join(', ')}.`;
        return sendProblem(reply, { code: 'invalid_request', message, param: 'take_over' });
      }
      const lastEventId = lastEventIdOf(query);
      const answer = await calls.reattach(callId, request.body ?? '', {
        ...read.request,
        lastEventId,
        takeOver,
      });
      if (!answer.isAnswered) return sendProblem(reply, answer.error);
      return reply.code(200).type('application/sdp').send(answer.answerSdp);
    });
  });
}
