import type { FastifyInstance } from 'fastify';

/** What the playground shows of the server. Holds no secret. */
export interface ServerInfo {
  readonly version: string;
  readonly upstream: {
    readonly kind: 'engine' | 'openai' | 'azure' | 'realtime';
    readonly label: string;
    /** Why this upstream was chosen. */
    readonly reason: string;
    readonly model: string;
  };
  readonly media: { readonly port: number };
  readonly sessions: { readonly live: number; readonly max: number };
}

/** `GET /prism/info`. */
export function addInfoRoutes(api: FastifyInstance, info: () => ServerInfo): void {
  api.get('/prism/info', { config: { need: 'any_key' } }, async () => info());
}
