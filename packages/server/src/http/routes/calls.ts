import { parseCallId } from '@prism/protocol';
import type { FastifyInstance } from 'fastify';
import type { CallService } from '../../runtime/call-service.ts';
import { PLAIN_REQUEST } from '../../runtime/session-request.ts';
import { sendProblem } from '../problem.ts';

/** `POST /realtime/calls` with an SDP offer, and `POST /realtime/calls/{id}/hangup` (Realtime API, calls). */
export function addCallRoutes(api: FastifyInstance, calls: CallService): void {
  // Only SDP is a call's body; other types are refused as such instead of being parsed.
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('application/sdp', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  );

  api.post<{ Body: unknown }>('/realtime/calls', async (request, reply) => {
    if (typeof request.body !== 'string' || request.body === '') {
      return sendProblem(reply, { code: 'invalid_sdp', message: 'The body is empty.' });
    }
    const started = await calls.start(request.body, { ...PLAIN_REQUEST, dataChannelId: undefined });
    if (!started.isStarted) return sendProblem(reply, started.error);
    return reply
      .code(201)
      .header('location', `/v1/realtime/calls/${started.ids.callId}`)
      .type('application/sdp')
      .send(started.answerSdp);
  });

  api.register(async (hangup) => {
    // Official clients send a content type with an empty body.
    hangup.addContentTypeParser('*', { parseAs: 'string' }, (_request, _body, done) =>
      done(null, undefined),
    );
    hangup.post<{ Params: { callId: string } }>(
      '/realtime/calls/:callId/hangup',
      async (request, reply) => {
        const callId = parseCallId(request.params.callId);
        if (callId === undefined || !calls.hangUp(callId)) {
          return sendProblem(reply, {
            code: 'call_id_not_found',
            message: 'No session found for the provided call_id.',
            param: '',
          });
        }
        return reply.code(200).send();
      },
    );
  });
}
