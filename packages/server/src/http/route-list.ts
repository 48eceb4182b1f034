import type { FastifyInstance } from 'fastify';
import type { Need } from '../auth/scopes.ts';

/** A route as it was registered. */
export interface ListedRoute {
  readonly method: string;
  /** With its parameters, like `/v1/realtime/calls/:callId`. */
  readonly url: string;
  /** What it takes to use it; undefined if its code doesn't say. */
  readonly need: Need | undefined;
}

/** Keeps a list of all routes that are registered from now on. */
export function listRoutes(app: FastifyInstance): readonly ListedRoute[] {
  const routes: ListedRoute[] = [];
  app.addHook('onRoute', (route) => {
    const methods = Array.isArray(route.method) ? route.method : [route.method];
    for (const method of methods) {
      const { url } = route;
      // Read when it is asked for: hooks that run later may still say it.
      routes.push({
        method,
        url,
        get need() {
          return route.config?.need;
        },
      });
    }
  });
  return routes;
}
