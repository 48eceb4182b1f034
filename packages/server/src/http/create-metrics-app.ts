import Fastify, { type FastifyInstance } from 'fastify';
import { addMetricsRoute, type MetricsText } from './routes/metrics.ts';

/** The metrics on a port of their own: no keys, and nothing else. Nothing listens until `listen` is called on it. */
export function createMetricsApp(metrics: MetricsText): FastifyInstance {
  const app = Fastify({ forceCloseConnections: 'idle' });
  addMetricsRoute(app, metrics);
  return app;
}
