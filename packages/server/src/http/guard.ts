import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Admitted, Caller, Gate } from '../auth/gate.ts';
import type { Need } from '../auth/scopes.ts';
import { sendProblem } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; set before any handler of the API runs. */
    admitted: Admitted;
    /** How long after its first line that was known. */
    admittedAfterMs: number;
  }
  interface FastifyContextConfig {
    /** What it takes to use the route; a route that doesn't say is the operator's alone. */
    need?: Need;
  }
}

/** Who decides on callers. */
export type DoorKeeper = Pick<Gate, 'admit' | 'connectionOf' | 'refuseOrigin'>;

/** What a route needs whose code says nothing. */
const NEED_BY_DEFAULT: Need = 'admin';

/** Lets nobody in who may not use what is asked for, be it there or not. */
export function addGuard(api: FastifyInstance, gate: DoorKeeper): void {
  api.decorateRequest('admitted');
  api.decorateRequest('admittedAfterMs', 0);
  api.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers;
    const need = request.is404 ? 'any_key' : (request.routeOptions.config.need ?? NEED_BY_DEFAULT);
    const admission = await gate.admit(callerOf(request), need);
    const isOriginRefused = !admission.isAdmitted && admission.error.code === 'origin_not_allowed';
    if (origin !== undefined && !isOriginRefused) reply.header('timing-allow-origin', origin);
    if (!admission.isAdmitted) return sendProblem(reply, admission.error);
    request.admitted = admission.admitted;
    request.admittedAfterMs = reply.elapsedTime;
  });
}

/** Lets pages of other origins read nothing. */
export function addOriginGuard(app: FastifyInstance, gate: DoorKeeper): void {
  app.addHook('onRequest', async (request, reply) => {
    const refusal = gate.refuseOrigin(callerOf(request));
    return refusal === undefined ? undefined : sendProblem(reply, refusal);
  });
}

/** A request as the gate looks at it. */
export function callerOf({ headers, socket, query }: FastifyRequest): Caller {
  const { agent, variables } = query as Readonly<Record<string, unknown>>;
  return {
    headers,
    remoteAddress: socket.remoteAddress,
    isTls: 'encrypted' in socket && socket.encrypted === true,
    agentQuery: { agent, variables },
  };
}
