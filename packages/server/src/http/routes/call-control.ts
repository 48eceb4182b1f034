import { type PrismErrorInfo, parseCallId } from '@prism/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { NO_SUCH_CALL } from '../../runtime/no-such-call.ts';
import { sendProblem } from '../problem.ts';
import type { Calls } from './calls.ts';

/** What is for telephone calls alone (Realtime API, SIP), and so refused for every call that lives here. */
const TELEPHONE_ACTIONS = ['accept', 'reject', 'refer'] as const;

/** `POST /realtime/calls/{id}/hangup`, `…/accept`, `…/reject` and `…/refer` (Realtime API, call control). */
export function addCallControlRoutes(api: FastifyInstance, calls: Calls): void {
  api.register(async (control) => {
    // Official clients send a content type with an empty body; no body is looked at.
    control.removeAllContentTypeParsers();
    control.addContentTypeParser('*', { parseAs: 'string' }, async () => undefined);

    control.post<{ Params: { callId: string } }>(
      '/realtime/calls/:callId/hangup',
      { config: { need: 'calls' } },
      async (request, reply) => {
        const callId = parseCallId(request.params.callId);
        const isEnded = callId !== undefined && calls.hangUp(callId, request.admitted.access);
        return isEnded ? reply.code(200).send() : sendProblem(reply, NO_SUCH_CALL);
      },
    );
    for (const action of TELEPHONE_ACTIONS) {
      control.post<{ Params: { callId: string } }>(
        `/realtime/calls/:callId/${action}`,
        { config: { need: 'calls' } },
        async (request, reply) => sendProblem(reply, refuseAction(action, request, calls)),
      );
    }
  });
}

function refuseAction(
  action: string,
  request: FastifyRequest<{ Params: { callId: string } }>,
  calls: Calls,
): PrismErrorInfo {
  const callId = parseCallId(request.params.callId);
  const isFound = callId !== undefined && calls.has(callId, request.admitted.access);
  if (!isFound) return NO_SUCH_CALL;
  return { code: 'not_a_telephone_call', message: `This is a WebRTC call; it has no ${action}.` };
}
