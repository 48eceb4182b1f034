import { type CallId, type PrismErrorInfo, parseCallId } from '@prism/protocol';
import type { FastifyInstance } from 'fastify';
import { sendProblem } from '../problem.ts';
import type { Calls } from './calls.ts';

/** What is for telephone calls alone (Realtime API, SIP), and so refused for every call that lives here. */
const TELEPHONE_ACTIONS = ['accept', 'reject', 'refer'] as const;

const NOT_FOUND: PrismErrorInfo = {
  code: 'call_id_not_found',
  message: 'No session found for the provided call_id.',
  param: '',
};

/** `POST /realtime/calls/{id}/hangup`, `…/accept`, `…/reject` and `…/refer` (Realtime API, call control). */
export function addCallControlRoutes(api: FastifyInstance, calls: Calls): void {
  api.register(async (control) => {
    // Official clients send a content type with an empty body; no body is looked at.
    control.removeAllContentTypeParsers();
    control.addContentTypeParser('*', { parseAs: 'string' }, async () => undefined);

    control.post<{ Params: { callId: string } }>(
      '/realtime/calls/:callId/hangup',
      async (request, reply) => {
        const callId = parseCallId(request.params.callId);
        if (callId === undefined || !calls.hangUp(callId)) return sendProblem(reply, NOT_FOUND);
        return reply.code(200).send();
      },
    );
    for (const action of TELEPHONE_ACTIONS) {
      control.post<{ Params: { callId: string } }>(
        `/realtime/calls/:callId/${action}`,
        async (request, reply) =>
          sendProblem(reply, refuseAction(action, parseCallId(request.params.callId), calls)),
      );
    }
  });
}

function refuseAction(action: string, callId: CallId | undefined, calls: Calls): PrismErrorInfo {
  if (callId === undefined || calls.describe(callId) === undefined) return NOT_FOUND;
  return { code: 'not_a_telephone_call', message: `This is a WebRTC call; it has no ${action}.` };
}
