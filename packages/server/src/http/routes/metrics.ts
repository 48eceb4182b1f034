import type { FastifyInstance } from 'fastify';

/** The metrics of the process as Prometheus reads them. */
export interface MetricsText {
  readonly contentType: string;
  scrape(): Promise<string>;
}

/** `GET /metrics`: for keys with the scope `metrics` where there is a guard, for everybody where there is none. */
export function addMetricsRoute(app: FastifyInstance, metrics: MetricsText): void {
  app.get('/metrics', { config: { need: 'metrics' } }, async (_request, reply) => {
    reply.header('cache-control', 'no-store').type(metrics.contentType);
    return reply.send(await metrics.scrape());
  });
}
