import { createRequire } from 'node:module';
import type { Agent } from '@prism/protocol';
import type { FastifyInstance } from 'fastify';
import { Agents } from '../agents/agent-directory.ts';
import type { Settings } from '../config/settings.ts';
import type { ListedRoute } from '../http/route-list.ts';
import type { ServerInfo } from '../http/routes/info.ts';
import type { Logger } from '../observability/logger.ts';
import type { CallService } from '../runtime/call-service.ts';
import type { LoadWatch } from '../runtime/load-watch.ts';
import { MediaTick } from '../runtime/media-tick.ts';
import { systemClock } from '../runtime/system-clock.ts';
import { MediaSockets } from '../websocket/media-sockets.ts';
import { RealtimeSockets } from '../websocket/realtime-sockets.ts';
import { answerUpgrades, UPGRADE_PATHS } from '../websocket/upgrades.ts';
import type { WorkerSeat } from '../workers/worker-seat.ts';
import { chooseTls, type TlsChoice } from './choose-tls.ts';
import { chooseUpstream, type UpstreamChoice, UpstreamChoiceError } from './choose-upstream.ts';
import { type Access, openAccess } from './open-access.ts';
import { openAgents } from './open-agents.ts';
import { listen, openApp, urlOf } from './open-app.ts';
import { type OpenArchive, openArchive } from './open-archive.ts';
import { type OpenCalls, openCalls } from './open-calls.ts';
import { type OpenMedia, openMedia } from './open-media.ts';
import { type Observability, openObservability } from './open-observability.ts';
import { type OpenSpending, openSpending } from './open-spending.ts';
import { type OpenTools, openTools, type PrismTools } from './open-tools.ts';
import { type OpenUpstream, openUpstream } from './open-upstream.ts';
import { newRequestId, randomIds, randomUint32 } from './random-ids.ts';
import { testSelf } from './self-test.ts';
import { ServerCondition } from './server-condition.ts';
import { sitDown } from './sit-down.ts';
import { StartError } from './start-error.ts';

/** How often the log says how far draining is. */
const DRAIN_PROGRESS_MS = 1_000;

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
  /** Takes no more calls, lets the live ones go on for the time that is set, or this one, and closes. Idempotent. */
  drain(drainMs?: number): Promise<void>;
  /** Ends all calls and frees every port. Idempotent. */
  close(): Promise<void>;
}

/** What only code can say. */
export interface PrismOptions {
  /** What the function tools of agents do. */
  readonly tools?: PrismTools;
  /** Where secrets of tools are looked up; nowhere if absent. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Where this process is one of several workers behind one port. */
  readonly seat?: WorkerSeat;
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
  const { seat } = options;
  const observability = await openObservability(settings, { logger, version, choice, seat });
  const { gateWatch, used } = observability;
  const tick = new MediaTick(systemClock);
  const access = openAccess(settings, { agents: new Agents(agents), logger, gateWatch, seat });
  let parts: Awaited<ReturnType<typeof openSideBySide>> | undefined;
  let kept: OpenArchive | undefined;
  let opened: OpenCalls | undefined;
  try {
    parts = await openSideBySide({
      media: openMedia(settings, access.proxies, { logger, tick }),
      spending: openSpending(settings, {
        ...{ clock: systemClock, logger, used, seat },
        defaultModel: choice.model,
      }),
      tools: openTools({ ...options, agents, version, logger }),
      upstream: openUpstream(choice, {
        handshakeTimeoutMs: settings.upstreamConnectTimeoutMs,
        scenarioPath: settings.engineScenarioPath,
        beforeMessage: tick.catchUp,
        logger,
      }),
    });
    kept = openArchive(settings, { spending: parts.spending, clock: systemClock, logger });
    opened = openCalls(settings, {
      ...{ ...parts, logger, access, archive: kept.archive, seat, tick },
      ...{ observers: observability.observers, traces: observability.traces },
    });
    const shared = { choice, agents, tls, access, observability, seat, tick };
    return await start(settings, logger, { ...shared, ...parts, kept, opened });
  } catch (error) {
    opened?.load.close();
    await kept?.close();
    await observability.close();
    if (parts !== undefined) await closeAll(parts);
    access.close();
    throw error;
  }
}

/** What takes its time to open and needs nothing of the others. */
interface SlowParts {
  readonly media: OpenMedia;
  readonly spending: OpenSpending;
  readonly tools: OpenTools;
  readonly upstream: OpenUpstream;
}

/** Waits for all of them. If one can't be opened the others are closed, and its error is thrown. */
async function openSideBySide(
  opening: {
    readonly [Name in keyof SlowParts]: Promise<SlowParts[Name]>;
  },
): Promise<SlowParts> {
  const settled = await Promise.allSettled(Object.values(opening));
  const failed = settled.find(({ status }) => status === 'rejected');
  const { media, spending, tools, upstream } = opening;
  if (failed === undefined)
    return {
      media: await media,
      spending: await spending,
      tools: await tools,
      upstream: await upstream,
    };
  for (const one of settled) if (one.status === 'fulfilled') await one.value.close();
  throw failed.status === 'rejected' ? failed.reason : failed;
}

async function closeAll({ upstream, tools, spending, media }: SlowParts): Promise<void> {
  for (const part of [upstream, tools, spending, media]) await part.close();
}

/** All that a server consists of behind its HTTP. */
interface Opened {
  readonly choice: UpstreamChoice;
  readonly agents: readonly Agent[];
  readonly tls: TlsChoice | undefined;
  readonly access: Access;
  readonly observability: Observability;
  readonly media: OpenMedia;
  readonly upstream: OpenUpstream;
  readonly tools: OpenTools;
  readonly spending: OpenSpending;
  readonly kept: OpenArchive;
  readonly opened: OpenCalls;
  readonly seat: WorkerSeat | undefined;
  readonly tick: MediaTick;
}

/** Tests what was opened, and listens. */
async function start(settings: Settings, logger: Logger, parts: Opened): Promise<Prism> {
  const { choice, tls, access, media, observability, spending, kept, seat, tick } = parts;
  const { calls, load } = parts.opened;
  const sessions = kept.directoryOf(calls, seat);
  const condition = new ServerCondition({ ...parts, settings, calls, load });
  const info = (): ServerInfo => infoOf(settings, choice, condition);
  const { app, routes } = await openApp(settings, {
    ...parts,
    logger,
    calls,
    info,
    condition,
    defaultModel: choice.model,
    usage: spending.usage,
    sessions,
  });
  const sockets = createSockets(settings, calls, access);
  const fault = (error: unknown): void => logger.error({ err: error }, 'handshake failed');
  answerUpgrades(app.server, { ...sockets, newRequestId, fault });
  await observability.start({ tick, load, media, spending });
  await trySelf(parts);
  const close = closeOnce({ ...parts, app, calls, load, sockets });
  const drainAndClose = async (drainMs: number): Promise<void> => {
    await drain(calls, drainMs, logger);
    await close();
  };
  await listen(app, settings, seat);
  if (seat !== undefined) await sitDown(seat, { ...parts, app, condition, sessions, newRequestId });
  return {
    url: urlOf(settings, tls),
    info,
    routes,
    upgradePaths: UPGRADE_PATHS,
    generatedApiKey: access.generatedApiKey,
    selfSignedCertificatePath: tls?.isSelfSigned ? tls.certificatePath : undefined,
    reloadKeys: access.reloadKeys,
    drain: (drainMs = settings.drainMs) => drainAndClose(drainMs),
    close,
  };
}

/** Tries what a call needs, before anybody calls. */
function trySelf({ opened, spending, media, upstream }: Opened): Promise<void> {
  return testSelf({
    codecs: opened.codecs,
    store: spending.handovers,
    mediaPortTrouble: () => media.trouble(),
    notReadyBecause: () => upstream.notReadyBecause(),
    wallMs: () => systemClock.wallMs(),
  });
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
  condition: ServerCondition,
): ServerInfo {
  return {
    version: PRISM_VERSION,
    upstream: { kind, label, reason, model },
    media: { port: settings.mediaPort },
    sessions: condition.sessions(),
  };
}

function chooseUpstreamOrExplain(settings: Settings): ReturnType<typeof chooseUpstream> {
  try {
    return chooseUpstream(settings);
  } catch (error) {
    if (error instanceof UpstreamChoiceError) throw new StartError(error.message, { cause: error });
    throw error;
  }
}

async function drain(calls: CallService, drainMs: number, logger: Logger): Promise<void> {
  logger.info({ sessions: calls.liveCount, drainMs }, 'draining');
  let toldAtMs = systemClock.nowMs();
  await calls.drain(drainMs, (sessions) => {
    const nowMs = systemClock.nowMs();
    if (sessions > 0 && nowMs - toldAtMs < DRAIN_PROGRESS_MS) return;
    toldAtMs = nowMs;
    logger.info({ sessions }, 'draining');
  });
  logger.info('drained');
}

/** The closing order: no new calls, live calls, their sockets, HTTP, what is kept, upstream, tools, media port. */
function closeOnce(parts: {
  readonly app: FastifyInstance;
  readonly calls: CallService;
  readonly load: LoadWatch;
  readonly sockets: { readonly realtime: RealtimeSockets; readonly media: MediaSockets };
  readonly spending: OpenSpending;
  readonly kept: OpenArchive;
  readonly upstream: OpenUpstream;
  readonly tools: OpenTools;
  readonly media: OpenMedia;
  readonly access: Access;
  readonly observability: Observability;
  readonly seat: WorkerSeat | undefined;
}): () => Promise<void> {
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await parts.calls.end('server_draining');
    parts.load.close();
    await parts.sockets.realtime.close();
    await parts.sockets.media.close();
    await parts.seat?.close();
    await parts.app.close();
    await parts.kept.close();
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
