import { existsSync, readFileSync } from 'node:fs';
import cors from '@fastify/cors';
import staticFiles from '@fastify/static';
import { type Agent, SDP_OFFER_BYTES_MAX } from '@prism/protocol';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { isOriginAllowed, type OriginRules } from '../auth/origin-rules.ts';
import type { SecretMaker } from '../auth/secret-maker.ts';
import type { TurnCredentials } from '../auth/turn-credentials.ts';
import type { ServerCapacity } from '../runtime/ports/server-capacity.ts';
import type { UsageReader } from '../runtime/ports/usage-store.ts';
import { addGuard, addOriginGuard, callerOf, type DoorKeeper } from './guard.ts';
import { problemOf, sendProblem } from './problem.ts';
import { type ListedRoute, listRoutes } from './route-list.ts';
import { addAgentRoutes } from './routes/agents.ts';
import { addBetaRoutes } from './routes/beta.ts';
import { addCallControlRoutes } from './routes/call-control.ts';
import { addCallMediaRoutes } from './routes/call-media.ts';
import { addCallRoutes, type Calls } from './routes/calls.ts';
import { addCapacityRoutes } from './routes/capacity.ts';
import { addClientSecretRoutes } from './routes/client-secrets.ts';
import { addHealthRoutes, type Health } from './routes/health.ts';
import { addIceServerRoutes } from './routes/ice-servers.ts';
import { addInfoRoutes, type ServerInfo } from './routes/info.ts';
import { addMetricsRoute, type MetricsText } from './routes/metrics.ts';
import { addSessionRoutes, type Sessions } from './routes/sessions.ts';
import { addUsageRoutes } from './routes/usage.ts';

export interface AppOptions {
  readonly logger: FastifyBaseLogger;
  readonly calls: Calls;
  readonly origins: OriginRules;
  readonly gate: DoorKeeper;
  readonly secrets: SecretMaker;
  readonly turn: TurnCredentials;
  /** Headers of a caller that the upstream may see, in lower case. */
  readonly forwardedHeaders: readonly string[];
  /** The model of sessions that name none. */
  readonly defaultModel: string;
  readonly health: Health;
  readonly usage: UsageReader;
  readonly sessions: Sessions;
  readonly wallMs: () => number;
  readonly info: () => ServerInfo;
  /** Served here; undefined if there are none, or if they have a port of their own. */
  readonly metrics: MetricsText | undefined;
  /** Told of each request that was answered. */
  readonly answered: ((request: AnsweredRequest) => void) | undefined;
  readonly agents: readonly Agent[];
  readonly capacity: () => ServerCapacity;
  /** Folder of the built console. */
  readonly consolePath: string;
  readonly tls: { readonly certificatePath: string; readonly keyPath: string } | undefined;
  readonly newRequestId: () => string;
  readonly newSessionId: () => string;
}

/** Where the API is: as OpenAI has it, and as Azure has it. Locations are always of the first. */
const API_PREFIXES = ['/v1', '/openai/v1'] as const;

/** An HTTP request and its answer. */
export interface AnsweredRequest {
  /** As the route was registered, with its parameters; empty if there is none. */
  readonly route: string;
  readonly httpStatus: number;
  readonly durationMs: number;
}

/** The HTTP surface, and all routes that it has. */
export interface App {
  readonly app: FastifyInstance;
  readonly routes: readonly ListedRoute[];
}

/** Makes the HTTP surface: API, health and the console. Nothing listens until `listen` is called on it. */
export async function createApp(options: AppOptions): Promise<App> {
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
  if (options.answered !== undefined) addAnswerCount(app, options.answered);
  const routes = listRoutes(app);
  addErrorAnswers(app);
  for (const prefix of API_PREFIXES) {
    await app.register(async (api) => addApi(api, options), { prefix });
  }
  addHealthRoutes(app, options.health);
  const { metrics } = options;
  if (metrics !== undefined) {
    await app.register(async (guarded) => {
      addGuard(guarded, options.gate);
      addMetricsRoute(guarded, metrics);
    });
  }
  await app.register(async (console_) => addConsole(console_, options));
  return { app, routes };
}

function addAnswerCount(app: FastifyInstance, answered: (request: AnsweredRequest) => void): void {
  app.addHook('onResponse', async (request, reply) => {
    const { statusCode: httpStatus, elapsedTime: durationMs } = reply;
    answered({ route: request.routeOptions.url ?? '', httpStatus, durationMs });
  });
}

async function addApi(api: FastifyInstance, options: AppOptions): Promise<void> {
  await api.register(cors, {
    delegator: (request, done) => {
      const { origin, host } = request.headers;
      const { isSecure } = options.gate.connectionOf(callerOf(request));
      const isAllowed = isOriginAllowed({ origin, host, isSecure }, options.origins);
      done(null, {
        origin: isAllowed && origin !== undefined ? origin : false,
        methods: ['GET', 'POST', 'PATCH'],
        exposedHeaders: ['Location', 'X-Request-Id', 'Retry-After'],
        maxAge: 600,
      });
    },
  });
  addGuard(api, options.gate);
  // In this scope too, so that unknown routes under /v1 are guarded like the known ones.
  api.setNotFoundHandler(answerUnknownUrl);
  addCallRoutes(api, options);
  addCallMediaRoutes(api, options.calls);
  addIceServerRoutes(api, options.turn);
  addCallControlRoutes(api, options.calls);
  addClientSecretRoutes(api, options);
  addBetaRoutes(api);
  addInfoRoutes(api, options.info);
  addAgentRoutes(api, options.agents);
  addCapacityRoutes(api, options.capacity);
  addUsageRoutes(api, options);
  addSessionRoutes(api, options);
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

/** The playground's files, which are public; a page of another origin reads them no more than the API. */
async function addConsole(
  app: FastifyInstance,
  { gate, consolePath }: Pick<AppOptions, 'gate' | 'consolePath'>,
): Promise<void> {
  addOriginGuard(app, gate);
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, need: 'nothing' };
  });
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('content-security-policy', "frame-ancestors 'self'");
  });
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
