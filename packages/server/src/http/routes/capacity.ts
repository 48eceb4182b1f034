import type { LoadPart } from '@prism/core';
import type { FastifyInstance } from 'fastify';

/** Whether there is room for another session. */
export interface ServerCapacity {
  readonly live: number;
  readonly max: number;
  readonly isDraining: boolean;
  /** Of the fullest part, 0–1. */
  readonly load: number;
  readonly parts: Readonly<Record<LoadPart, number>>;
  /** Why no session is taken; none while they are. */
  readonly reasons: readonly string[];
}

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
