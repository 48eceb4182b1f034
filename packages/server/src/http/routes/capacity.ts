import type { FastifyInstance } from 'fastify';
import type { ServerCapacity } from '../../runtime/ports/server-capacity.ts';

/** `GET /prism/capacity`: for balancers and autoscalers, with a server key. */
export function addCapacityRoutes(api: FastifyInstance, capacity: () => ServerCapacity): void {
  api.get('/prism/capacity', { config: { need: 'usage' } }, async (_request, reply) => {
    const { live, max, isDraining, load, parts, reasons } = capacity();
    reply.header('cache-control', 'no-store');
    return {
      object: 'prism.capacity',
      accepting: reasons.length === 0,
      draining: isDraining,
      reasons,
      sessions: { live, max, free: Math.max(0, max - live) },
      load: rounded(load),
      parts: Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, rounded(part)])),
    };
  });
}

function rounded(ratio: number): number {
  return Math.round(ratio * 1_000) / 1_000;
}
