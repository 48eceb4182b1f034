import { type Agent, callIdsFromSuffix } from '@prism/protocol';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import type { Gate } from '../auth/gate.ts';
import { TurnCredentials } from '../auth/turn-credentials.ts';
import { type AnsweredRequest, createApp } from '../http/create-app.ts';
import type { ListedRoute } from '../http/route-list.ts';
import type { Calls } from '../http/routes/calls.ts';
import type { Sessions } from '../http/routes/sessions.ts';
import { NO_SUCH_CALL } from '../runtime/no-such-call.ts';
import type { ServerCapacity } from '../runtime/ports/server-capacity.ts';
import type { UsageQuery } from '../runtime/ports/usage-store.ts';
import { type CallRequest, PLAIN_REQUEST } from '../runtime/session-request.ts';
import { AccessBench, type AccessBenchOptions, ORIGINS } from './access-bench.ts';

/** Metrics of a test. */
const METRICS = {
  contentType: 'text/plain; version=0.0.4',
  scrape: async () => 'prism_up 1\n',
};

/** A call as the routes started it. */
export interface StartedFakeCall {
  readonly offerSdp: string;
  readonly request: CallRequest;
}

/** The HTTP surface over calls that only remember what was asked of them. */
export interface AppUnderTest {
  readonly app: FastifyInstance;
  readonly routes: readonly ListedRoute[];
  readonly gate: Gate;
  readonly access: AccessBench;
  readonly started: StartedFakeCall[];
  /** What the ledger was asked. */
  readonly asked: UsageQuery[];
  /** Requests as they are counted. */
  readonly answered: AnsweredRequest[];
  /** Milliseconds since 1970, as the secrets see it. */
  nowMs: number;
}

const CAPACITY: ServerCapacity = {
  live: 3,
  max: 4,
  isDraining: false,
  load: 0.75,
  parts: { sessions: 0.75, cpu: 0.12345, event_loop: 0, media_tick: 0 },
  reasons: [],
};

const NO_SESSIONS: Sessions = {
  list: async () => ({ object: 'list', data: [], last_id: null, has_more: false }),
  find: async () => undefined,
  end: () => false,
};

/** Remembers what was asked; one call is live, made with a server key. */
function fakeCalls(started: StartedFakeCall[]): Calls {
  return {
    start: async (offerSdp, request) => {
      started.push({ offerSdp, request });
      const ids = callIdsFromSuffix(String(started.length));
      return { isStarted: true, ids, answerSdp: 'v=0 answer' };
    },
    reattach: async (_callId, offerSdp, request) => {
      started.push({ offerSdp, request: { ...PLAIN_REQUEST, ...request } });
      return { isAnswered: true, answerSdp: 'v=0 another answer' };
    },
    // One call is live, made with a server key.
    hangUp: (callId, { tokenId }) => callId === 'rtc_1' && tokenId === undefined,
    has: (callId, { tokenId }) => callId === 'rtc_1' && tokenId === undefined,
    refusalOfReturn: async (callId, { tokenId }) =>
      callId === 'rtc_1' && tokenId === undefined ? undefined : NO_SUCH_CALL,
  };
}

/** Makes the application; nothing listens, requests are injected. */
export async function makeApp(
  options: AccessBenchOptions & {
    readonly offered?: readonly Agent[];
    readonly warnings?: readonly string[];
    readonly sessions?: Sessions;
  } = {},
): Promise<AppUnderTest> {
  const started: StartedFakeCall[] = [];
  const asked: UsageQuery[] = [];
  const answered: AnsweredRequest[] = [];
  const access = new AccessBench(options);
  access.nowMs = 1_800_000_000_000;
  const { app, routes } = await createApp({
    logger: pino({ level: 'silent' }),
    calls: fakeCalls(started),
    origins: ORIGINS,
    gate: access.gate,
    secrets: access.maker,
    turn: turnOf(access),
    forwardedHeaders: ['openai-safety-identifier'],
    defaultModel: 'gpt-realtime-2.1',
    usage: { totals: async (query) => (asked.push(query), []) },
    sessions: options.sessions ?? NO_SESSIONS,
    wallMs: () => access.nowMs,
    health: {
      notReadyBecause: () => [],
      warnings: () => options.warnings ?? [],
      eventLoopDelayMs: () => 3.4,
    },
    capacity: () => CAPACITY,
    info: () => ({
      version: '0',
      upstream: { kind: 'engine', label: '', reason: '', model: '' },
      media: { port: 1 },
      sessions: { live: 0, max: 1 },
    }),
    metrics: METRICS,
    answered: (request) => answered.push(request),
    agents: options.offered ?? [],
    ...{ consolePath: '/nowhere', tls: undefined },
    newRequestId: () => 'req_1',
    newSessionId: () => 'sess_1',
  });
  return {
    app,
    routes,
    started,
    asked,
    answered,
    access,
    gate: access.gate,
    get nowMs() {
      return access.nowMs;
    },
    set nowMs(nowMs) {
      access.nowMs = nowMs;
    },
  };
}

function turnOf(access: AccessBench): TurnCredentials {
  return new TurnCredentials({
    urls: ['turn:turn.example.com'],
    secret: 'shared',
    ttlS: 600,
    newUserName: () => 'somebody',
    wallMs: () => access.nowMs,
  });
}

/** The error of an answer, as OpenAI's clients read it. */
export interface AnsweredError {
  readonly status: number;
  readonly code: string;
  readonly param: string | null;
  readonly message: string;
}

export function errorOf(response: {
  readonly statusCode: number;
  readonly body: string;
}): AnsweredError {
  const { error } = JSON.parse(response.body) as { error: Omit<AnsweredError, 'status'> };
  return { status: response.statusCode, ...error };
}
