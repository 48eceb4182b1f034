import type { FastifyInstance } from 'fastify';
import type { TurnCredentials } from '../../auth/turn-credentials.ts';

/**
 * `GET /realtime/ice-servers`: what goes into `RTCConfiguration.iceServers` of one client, with credentials of its
 * own. Prism's own; the Realtime API has no such thing.
 */
export function addIceServerRoutes(api: FastifyInstance, turn: TurnCredentials): void {
  api.get('/realtime/ice-servers', { config: { need: 'any_key' } }, async (_request, reply) => {
    const { iceServers, ttlS } = turn.mint();
    return reply.header('cache-control', 'no-store').send({ ice_servers: iceServers, ttl: ttlS });
  });
}
