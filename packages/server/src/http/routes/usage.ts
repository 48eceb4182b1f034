import type { FastifyInstance } from 'fastify';
import type { UsageReader } from '../../runtime/ports/usage-store.ts';
import { readUsageQuery } from '../../runtime/usage-query.ts';
import { usageCsv, usageReport } from '../../runtime/usage-report.ts';
import { sendProblem } from '../problem.ts';

export interface UsageRouteOptions {
  readonly usage: UsageReader;
  readonly wallMs: () => number;
}

/** `GET /prism/usage`: what was used, added up. For back ends: a client secret may not ask. */
export function addUsageRoutes(api: FastifyInstance, { usage, wallMs }: UsageRouteOptions): void {
  api.get<{ Querystring: Readonly<Record<string, unknown>> }>(
    '/prism/usage',
    { config: { need: 'usage' } },
    async (request, reply) => {
      const read = readUsageQuery(request.query, wallMs());
      if (!read.isValid) return sendProblem(reply, read.error);
      const { query } = read;
      const totals = await usage.totals(query).catch((error: unknown) => {
        request.log.error({ err: error, requestId: request.id }, 'usage was not read');
        return undefined;
      });
      if (totals === undefined)
        return sendProblem(reply, {
          code: 'storage_unavailable',
          message: 'The ledger did not answer.',
        });
      reply.header('cache-control', 'no-store');
      const report = usageReport(query, totals);
      if (!prefersCsv(request.headers.accept)) return report;
      return reply.type('text/csv; charset=utf-8').send(usageCsv(report));
    },
  );
}

function prefersCsv(accept: string | undefined): boolean {
  return accept !== undefined && /^\s*text\/csv\b/i.test(accept);
}
