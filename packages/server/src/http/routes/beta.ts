import type { FastifyInstance } from 'fastify';
import { sendProblem } from '../problem.ts';

/** The routes of the beta API, by what to bind to a client secret instead. */
const BETA_ROUTES = [
  ['/realtime/sessions', 'realtime'],
  ['/realtime/transcription_sessions', 'transcription'],
] as const;

/** Refuses the routes of the beta API, as OpenAI does, and says what took their place. */
export function addBetaRoutes(api: FastifyInstance): void {
  api.register(async (beta) => {
    beta.removeAllContentTypeParsers();
    beta.addContentTypeParser('*', { parseAs: 'string' }, async () => undefined);
    for (const [path, type] of BETA_ROUTES) {
      beta.post(path, { config: { need: 'any_key' } }, async (_request, reply) => {
        const message = `POST /v1${path} is of the beta API, which is switched off; a session of type ${type} takes its place.`;
        return sendProblem(reply, { code: 'beta_api_shape_disabled', message });
      });
    }
  });
}
