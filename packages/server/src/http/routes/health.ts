import type { FastifyInstance } from 'fastify';

/** What readiness depends on: one line per reason not to be ready, none when ready. */
export interface Health {
  notReadyBecause(): readonly string[];
  /** How late the event loop was in the last second, 99th percentile. */
  eventLoopDelayMs(): number;
  /** What an operator should look at, though calls are taken. */
  warnings(): readonly string[];
}

/** `GET /healthz`: the process answers, so its event loop turns. `GET /readyz`: it takes calls, or says why not. */
export function addHealthRoutes(app: FastifyInstance, health: Health): void {
  app.get('/healthz', { config: { need: 'nothing' } }, async () => ({
    status: 'ok',
    event_loop_delay_ms: Math.round(health.eventLoopDelayMs()),
  }));
  app.get('/readyz', { config: { need: 'nothing' } }, async (_request, reply) => {
    const reasons = health.notReadyBecause();
    return reply.code(reasons.length === 0 ? 200 : 503).send({
      status: reasons.length === 0 ? 'ready' : 'not_ready',
      reasons,
      warnings: health.warnings(),
    });
  });
}
