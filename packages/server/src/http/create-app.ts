import { existsSync, readFileSync } from 'node:fs';
import cors from '@fastify/cors';
import staticFiles from '@fastify/static';
import { SDP_OFFER_BYTES_MAX } from '@prism/protocol';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Authenticator, Principal } from '../auth/authenticator.ts';
import type { ClientSecretStore } from '../auth/client-secret-store.ts';
import { presentedKeyOf } from '../auth/presented-key.ts';
import type { TurnCredentials } from '../auth/turn-credentials.ts';
import type { UsageReader } from '../runtime/ports/usage-store.ts';
import { type AccessRules, isOriginAllowed, refuseOrigin } from './access.ts';
import { problemOf, sendProblem } from './problem.ts';
import { addBetaRoutes } from './routes/beta.ts';
import { addCallControlRoutes } from './routes/call-control.ts';
import { addCallMediaRoutes } from './routes/call-media.ts';
import { addCallRoutes, type Calls } from './routes/calls.ts';
import { addClientSecretRoutes } from './routes/client-secrets.ts';
import { addHealthRoutes, type Health } from './routes/health.ts';
import { addIceServerRoutes } from './routes/ice-servers.ts';
import { addInfoRoutes, type ServerInfo } from './routes/info.ts';
import { addUsageRoutes } from './routes/usage.ts';

export interface AppOptions {
  readonly logger: FastifyBaseLogger;
  readonly calls: Calls;
  readonly access: AccessRules;
  readonly authenticator: Authenticator;
  readonly secrets: ClientSecretStore;
  readonly turn: TurnCredentials;
  /** Headers of a caller that the upstream may see, in lower case. */
  readonly forwardedHeaders: readonly string[];
  /** The model of sessions that name none. */
  readonly defaultModel: string;
  readonly health: Health;
  readonly usage: UsageReader;
  readonly wallMs: () => number;
  readonly info: () => ServerInfo;
  /** Folder of the built console. */
  readonly consolePath: string;
  readonly tls: { readonly certificatePath: string; readonly keyPath: string } | undefined;
  readonly newRequestId: () => string;
  readonly newSessionId: () => string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; set before any handler of the API runs. */
    principal: Principal;
  }
}

/** Where the API is: as OpenAI has it, and as Azure has it. Locations are always of the first. */
const API_PREFIXES = ['/v1', '/openai/v1'] as const;

/** The HTTP surface: API, health and the console. Nothing listens until `listen` is called on it. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: SDP_OFFER_BYTES_MAX,
    genReqId: options.newRequestId,
    // Sockets that idle are closed at once on shutdown; requests in flight are answered.
    forceCloseConnections: 'idle',
    https:
      options.tls === undefined
        ? null
        : {
            cert: readFileSync(options.tls.certificatePath),
            key: readFileSync(options.tls.keyPath),
          },
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
  });
  addErrorAnswers(app);
  for (const prefix of API_PREFIXES) {
    await app.register(async (api) => addApi(api, options), { prefix });
  }
  addHealthRoutes(app, options.health);
  await addConsole(app, options.consolePath);
  return app;
}

async function addApi(api: FastifyInstance, options: AppOptions): Promise<void> {
  await api.register(cors, {
    delegator: (request, done) => {
      const { origin, host } = request.headers;
      const isAllowed = origin !== undefined && isOriginAllowed(origin, host, options.access);
      done(null, {
        origin: isAllowed ? origin : false,
        methods: ['GET', 'POST', 'PATCH'],
        exposedHeaders: ['Location', 'X-Request-Id'],
        maxAge: 600,
      });
    },
  });
  addGuard(api, options);
  // In this scope too, so that unknown routes under /v1 are guarded like the known ones.
  api.setNotFoundHandler(answerUnknownUrl);
  addCallRoutes(api, options);
  addCallMediaRoutes(api, options.calls);
  addIceServerRoutes(api, options.turn);
  addCallControlRoutes(api, options.calls);
  addClientSecretRoutes(api, options);
  addBetaRoutes(api);
  addInfoRoutes(api, options.info);
  addUsageRoutes(api, options);
}

/** Lets nobody in whose origin or key isn't allowed, whatever they ask for. */
function addGuard(api: FastifyInstance, { access, authenticator }: AppOptions): void {
  api.decorateRequest('principal');
  api.addHook('onRequest', async (request, reply) => {
    const refusal = refuseOrigin(request, access);
    if (refusal !== undefined) return sendProblem(reply, refusal);
    const { origin } = request.headers;
    if (origin !== undefined) reply.header('timing-allow-origin', origin);
    const presentedKey = presentedKeyOf(request.headers);
    const authentication = authenticator.authenticate({ presentedKey });
    if (!authentication.isAllowed) return sendProblem(reply, authentication.error);
    request.principal = authentication.principal;
  });
}

function answerUnknownUrl(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const message = `There is no ${request.method} ${request.url.split('?')[0]}.`;
  return sendProblem(reply, { code: 'unknown_url', message });
}

function addErrorAnswers(app: FastifyInstance): void {
  app.setNotFoundHandler(answerUnknownUrl);
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error);
    if (problem !== undefined) return sendProblem(reply, problem);
    request.log.error({ err: error, requestId: request.id }, 'request failed');
    return sendProblem(reply, { code: 'internal_error', message: `Request ${request.id} failed.` });
  });
}

async function addConsole(app: FastifyInstance, consolePath: string): Promise<void> {
  if (existsSync(consolePath)) {
    await app.register(staticFiles, { root: consolePath, wildcard: false });
    return;
  }
  app.get('/', async (_request, reply) =>
    reply
      .code(503)
      .type('text/plain')
      .send('The playground has not been built: run npm run build.\n'),
  );
}
