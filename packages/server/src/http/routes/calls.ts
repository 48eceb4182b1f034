import { SDP_OFFER_BYTES_MAX, SESSION_CONFIG_BYTES_MAX } from '@prism/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CallService } from '../../runtime/call-service.ts';
import { type CallBody, readCallForm } from '../call-body.ts';
import { readCallRequest } from '../call-request.ts';
import { sendProblem } from '../problem.ts';

/** What the routes want of the live calls. */
export type Calls = Pick<CallService, 'start' | 'reattach' | 'hangUp' | 'has' | 'refusalOfReturn'>;

/** Room for boundaries and headers of a form's parts. */
const FORM_OVERHEAD_BYTES = 16 * 1024;

/**
 * `POST /realtime/calls`: answers an SDP offer, sent by itself as `application/sdp` or with its session as
 * `multipart/form-data` (Realtime API, calls).
 */
export function addCallRoutes(
  api: FastifyInstance,
  options: { readonly calls: Calls; readonly forwardedHeaders: readonly string[] },
): void {
  api.register(async (calls) => {
    // Other types are refused as such instead of being parsed.
    calls.removeAllContentTypeParsers();
    calls.addContentTypeParser(
      'application/sdp',
      { parseAs: 'string' },
      async (_request: unknown, body: string): Promise<CallBody> => ({
        isValid: true,
        offerSdp: body,
        session: undefined,
      }),
    );
    calls.addContentTypeParser(
      'multipart/form-data',
      {
        parseAs: 'buffer',
        bodyLimit: SDP_OFFER_BYTES_MAX + SESSION_CONFIG_BYTES_MAX + FORM_OVERHEAD_BYTES,
      },
      async (request: FastifyRequest, body: Buffer) =>
        readCallForm(body, request.headers['content-type'] ?? ''),
    );
    calls.post<{ Body: CallBody | undefined; Querystring: Record<string, unknown> }>(
      '/realtime/calls',
      { config: { need: 'sessions' } },
      async (request, reply) => {
        const { body } = request;
        if (body === undefined || (body.isValid && body.offerSdp === '')) {
          return sendProblem(reply, { code: 'invalid_sdp', message: 'The body is empty.' });
        }
        if (!body.isValid) return sendProblem(reply, body.error);
        const read = readCallRequest({
          query: request.query,
          headers: request.headers,
          session: body.session,
          admitted: request.admitted,
          forwardedHeaders: options.forwardedHeaders,
        });
        if (!read.isValid) return sendProblem(reply, read.error);
        const arrival = {
          elapsedMs: reply.elapsedTime,
          authorizedAfterMs: request.admittedAfterMs,
        };
        const started = await options.calls.start(body.offerSdp, read.request, arrival);
        if (!started.isStarted) return sendProblem(reply, started.error);
        return reply
          .code(201)
          .header('location', `/v1/realtime/calls/${started.ids.callId}`)
          .type('application/sdp')
          .send(started.answerSdp);
      },
    );
  });
}
