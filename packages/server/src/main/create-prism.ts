import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { Agents } from '../agents/agent-directory.ts';
import type { Settings } from '../config/settings.ts';
import { turnTakingPolicyOf } from '../config/turn-taking-policy.ts';
import { type App, createApp } from '../http/create-app.ts';
import type { ListedRoute } from '../http/route-list.ts';
import type { ServerInfo } from '../http/routes/info.ts';
import { createAudioCodecs } from '../media/audio-codecs.ts';
import type { Logger } from '../observability/logger.ts';
import { CallService } from '../runtime/call-service.ts';
import { MediaTick } from '../runtime/media-tick.ts';
import type { ObserverFactory } from '../runtime/ports/session-observer.ts';
import type { UsageReader } from '../runtime/ports/usage-store.ts';
import type { TraceSource } from '../runtime/session-trace.ts';
import { systemClock } from '../runtime/system-clock.ts';
import { MediaSockets } from '../websocket/media-sockets.ts';
import { RealtimeSockets } from '../websocket/realtime-sockets.ts';
import { answerUpgrades, UPGRADE_PATHS } from '../websocket/upgrades.ts';
import { chooseRelays } from './choose-relays.ts';
import { chooseTls, type TlsChoice } from './choose-tls.ts';
import { chooseUpstream, type UpstreamChoice, UpstreamChoiceError } from './choose-upstream.ts';
import { type Access, eventRateOf, openAccess } from './open-access.ts';
import { openAgents } from './open-agents.ts';
import { type OpenMedia, openMedia } from './open-media.ts';
import { type Observability, openObservability } from './open-observability.ts';
import { type OpenSpending, openSpending } from './open-spending.ts';
import { type OpenTools, openTools, type PrismTools } from './open-tools.ts';
import { type OpenUpstream, openUpstream } from './open-upstream.ts';
import { randomIds, randomSessionId, randomUint32 } from './random-ids.ts';
import { listenError, StartError } from './start-error.ts';

const require = createRequire(import.meta.url);

/** Prism's version, as its package says. */
export const PRISM_VERSION: string = (require('../../package.json') as { version: string }).version;

/** A running Prism. */
export interface Prism {
  /** Where the playground and the API are. */
  readonly url: string;
  readonly info: () => ServerInfo;
  /** Every HTTP route and what it takes to use it. */
  readonly routes: readonly ListedRoute[];
  /** Where there are WebSockets. */
  readonly upgradePaths: readonly string[];
  /** The server key made at start because none was set; `undefined` if none was needed. */
  readonly generatedApiKey: string | undefined;
  /** PEM file that clients have to trust; `undefined` without `tls.dev`. */
  readonly selfSignedCertificatePath: string | undefined;
  /** Reads the keys file again; it also is when it changes. */
  reloadKeys(): void;
  /** Ends all calls and frees every port. Idempotent. */
  close(): Promise<void>;
}

/** What only code can say. */
export interface PrismOptions {
  /** What the function tools of agents do. */
  readonly tools?: PrismTools;
  /** Where secrets of tools are looked up; nowhere if absent. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Starts Prism with these settings. Throws {@link StartError} with one line that says what to do. */
export async function createPrism(
  settings: Settings,
  logger: Logger,
  options: PrismOptions = {},
): Promise<Prism> {
  const choice = chooseUpstreamOrExplain(settings);
  const agents = openAgents(settings);
  const tls = await chooseTls(settings, systemClock.wallMs());
  const version = PRISM_VERSION;
  const observability = await openObservability(settings, { logger, version, choice });
  const { gateWatch, used } = observability;
  const access = openAccess(settings, { agents: new Agents(agents), logger, gateWatch });
  let media: OpenMedia | undefined;
  let upstream: OpenUpstream | undefined;
  let tools: OpenTools | undefined;
  let spending: OpenSpending | undefined;
  try {
    const defaultModel = choice.model;
    media = await openMedia(settings, access.proxies);
    spending = await openSpending(settings, { clock: systemClock, logger, defaultModel, used });
    tools = await openTools({ ...options, agents, version, logger });
    upstream = await openUpstream(choice, {
      handshakeTimeoutMs: settings.upstreamConnectTimeoutMs,
      scenarioPath: settings.engineScenarioPath,
      logger,
    });
    const tick = new MediaTick(systemClock);
    const calls = createCalls(settings, {
      ...{ media, upstream, tools, spending, access, tick },
      observers: observability.observers,
      traces: observability.traces,
    });
    const info = (): ServerInfo => infoOf(settings, choice, calls.liveCount);
    const { app, routes } = await createAppOf(settings, {
      ...{ logger, calls, upstream, info, tls, defaultModel, access, observability },
      usage: spending.usage,
    });
    const sockets = createSockets(settings, calls, access);
    answerUpgrades(app.server, {
      ...sockets,
      newRequestId,
      fault: (error) => logger.error({ err: error }, 'handshake failed'),
    });
    await observability.start({ tick, media, spending });
    await listen(app, settings);
    return {
      url: urlOf(settings, tls),
      info,
      routes,
      upgradePaths: UPGRADE_PATHS,
      generatedApiKey: access.generatedApiKey,
      selfSignedCertificatePath: tls?.isSelfSigned ? tls.certificatePath : undefined,
      reloadKeys: access.reloadKeys,
      close: closeOnce({
        ...{ app, calls, sockets, upstream, tools, spending, media, access },
        observability,
      }),
    };
  } catch (error) {
    await observability.close();
    await upstream?.close();
    await tools?.close();
    await spending?.close();
    await media?.close();
    access.close();
    throw error;
  }
}

function createSockets(
  settings: Settings,
  calls: CallService,
  { gate }: Access,
): { readonly realtime: RealtimeSockets; readonly media: MediaSockets } {
  const parts = {
    calls,
    gate,
    clock: systemClock,
    newRequestId,
    newEventId: () => randomIds.nextEventId(),
    forwardedHeaders: settings.forwardedHeaders,
  };
  return {
    realtime: new RealtimeSockets({ ...parts, acceptsDeflate: settings.acceptsDeflate }),
    media: new MediaSockets({ ...parts, randomUint32 }),
  };
}

function infoOf(
  settings: Settings,
  { kind, label, reason, model }: UpstreamChoice,
  liveCount: number,
): ServerInfo {
  return {
    version: PRISM_VERSION,
    upstream: { kind, label, reason, model },
    media: { port: settings.mediaPort },
    sessions: { live: liveCount, max: settings.sessionCountMax },
  };
}

function newRequestId(): string {
  return `req_${randomIds.nextEventId().slice('event_'.length)}`;
}

function chooseUpstreamOrExplain(settings: Settings): ReturnType<typeof chooseUpstream> {
  try {
    return chooseUpstream(settings);
  } catch (error) {
    if (error instanceof UpstreamChoiceError) throw new StartError(error.message, { cause: error });
    throw error;
  }
}

function createCalls(
  settings: Settings,
  parts: {
    readonly media: OpenMedia;
    readonly upstream: OpenUpstream;
    readonly tools: OpenTools;
    readonly spending: OpenSpending;
    readonly access: Access;
    readonly tick: MediaTick;
    readonly observers: ObserverFactory;
    readonly traces: TraceSource;
  },
): CallService {
  return new CallService(
    {
      clock: systemClock,
      tick: parts.tick,
      ids: randomIds,
      dialer: parts.upstream.dialer,
      codecs: createAudioCodecs(),
      peers: parts.media.peers,
      observers: parts.observers,
      traces: parts.traces,
      tools: parts.tools.runner,
      admission: parts.access.places,
      spending: parts.spending.desk,
      randomUint32,
    },
    {
      sessionCountMax: settings.sessionCountMax,
      eventRate: eventRateOf(settings),
      session: {
        appendMs: settings.appendMs,
        trimsLeadingSilence: settings.trimsLeadingSilence,
        turnTaking: turnTakingPolicyOf(settings),
        pacingLeadMs: settings.pacingLeadMs,
        recordsTimeline: settings.recordsTimeline,
        upstreamConnectTimeoutMs: settings.upstreamConnectTimeoutMs,
        mediaConnectTimeoutMs: settings.mediaConnectTimeoutMs,
        mediaGraceMs: settings.mediaGraceMs,
      },
    },
  );
}

async function createAppOf(
  settings: Settings,
  parts: {
    readonly logger: Logger;
    readonly calls: CallService;
    readonly upstream: OpenUpstream;
    readonly info: () => ServerInfo;
    readonly tls: TlsChoice | undefined;
    readonly defaultModel: string;
    readonly usage: UsageReader;
    readonly access: Access;
    readonly observability: Observability;
  },
): Promise<App> {
  const { tls } = parts;
  const { gate, secrets, origins, warnings } = parts.access;
  try {
    return await createApp({
      logger: parts.logger,
      calls: parts.calls,
      origins,
      gate,
      secrets,
      turn: chooseRelays(settings),
      forwardedHeaders: settings.forwardedHeaders,
      defaultModel: parts.defaultModel,
      usage: parts.usage,
      metrics: parts.observability.metrics,
      answered: parts.observability.answered,
      health: {
        notReadyBecause: () =>
          [
            parts.calls.isDraining ? 'draining' : undefined,
            parts.upstream.notReadyBecause(),
          ].filter((reason) => reason !== undefined),
        warnings,
      },
      info: parts.info,
      wallMs: () => systemClock.wallMs(),
      consolePath: join(require.resolve('@prism/console/package.json'), '..', 'dist'),
      tls,
      newRequestId,
      newSessionId: randomSessionId,
    });
  } catch (error) {
    if (tls === undefined) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    throw new StartError(
      `The TLS certificate or key can't be used (${detail}): check tls.cert and tls.key.`,
      {
        cause: error,
      },
    );
  }
}

async function listen(app: FastifyInstance, settings: Settings): Promise<void> {
  try {
    await app.listen({ port: settings.port, host: settings.host });
  } catch (error) {
    await app.close();
    throw listenError(error, `Port ${settings.port} on ${settings.host}`, 'PRISM_PORT');
  }
}

function urlOf(settings: Settings, tls: TlsChoice | undefined): string {
  const scheme = tls === undefined ? 'http' : 'https';
  const isWildcard = settings.host === '0.0.0.0' || settings.host === '::';
  const host = isWildcard
    ? 'localhost'
    : settings.host.includes(':')
      ? `[${settings.host}]`
      : settings.host;
  return `${scheme}://${host}:${settings.port}`;
}

/** The closing order: no new calls, live calls, their sockets, HTTP, upstream, tools, the ledger, media port. */
function closeOnce(parts: {
  readonly app: FastifyInstance;
  readonly calls: CallService;
  readonly sockets: { readonly realtime: RealtimeSockets; readonly media: MediaSockets };
  readonly spending: OpenSpending;
  readonly upstream: OpenUpstream;
  readonly tools: OpenTools;
  readonly media: OpenMedia;
  readonly access: Access;
  readonly observability: Observability;
}): () => Promise<void> {
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await parts.calls.drain('server_draining');
    await parts.sockets.realtime.close();
    await parts.sockets.media.close();
    await parts.app.close();
    await parts.observability.close();
    await parts.spending.close();
    await parts.upstream.close();
    await parts.tools.close();
    await parts.media.close();
    parts.access.close();
  };
  return () => {
    closing ??= close();
    return closing;
  };
}
