import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { Authenticator } from '../auth/authenticator.ts';
import { ClientSecretStore } from '../auth/client-secret-store.ts';
import type { Settings } from '../config/settings.ts';
import { turnTakingPolicyOf } from '../config/turn-taking-policy.ts';
import { isLoopbackHost } from '../http/access.ts';
import { createApp } from '../http/create-app.ts';
import type { ServerInfo } from '../http/routes/info.ts';
import { createAudioCodecs } from '../media/audio-codecs.ts';
import type { Logger } from '../observability/logger.ts';
import { createSessionLog } from '../observability/session-log.ts';
import { CallService } from '../runtime/call-service.ts';
import { MediaTick } from '../runtime/media-tick.ts';
import type { PeerFactory } from '../runtime/ports/peer.ts';
import type { UsageReader } from '../runtime/ports/usage-store.ts';
import { systemClock } from '../runtime/system-clock.ts';
import { MediaSockets } from '../websocket/media-sockets.ts';
import { RealtimeSockets } from '../websocket/realtime-sockets.ts';
import { answerUpgrades } from '../websocket/upgrades.ts';
import { chooseRelays } from './choose-relays.ts';
import { chooseTls, type TlsChoice } from './choose-tls.ts';
import { chooseUpstream, UpstreamChoiceError } from './choose-upstream.ts';
import { createGate } from './create-gate.ts';
import { type OpenMedia, openMedia } from './open-media.ts';
import { type OpenSpending, openSpending } from './open-spending.ts';
import { type OpenUpstream, openUpstream } from './open-upstream.ts';
import { randomIds, randomSecretSuffix, randomSessionId, randomUint32 } from './random-ids.ts';
import { listenError, StartError } from './start-error.ts';

const require = createRequire(import.meta.url);

/** Prism's version, as its package says. */
export const PRISM_VERSION: string = (require('../../package.json') as { version: string }).version;

/** A running Prism. */
export interface Prism {
  /** Where the playground and the API are. */
  readonly url: string;
  readonly info: () => ServerInfo;
  /** The server key made at start because none was set; `undefined` if none was needed. */
  readonly generatedApiKey: string | undefined;
  /** PEM file that clients have to trust; `undefined` without `tls.dev`. */
  readonly selfSignedCertificatePath: string | undefined;
  /** Ends all calls and frees every port. Idempotent. */
  close(): Promise<void>;
}

/** Starts Prism with these settings. Throws {@link StartError} with one line that says what to do. */
export async function createPrism(settings: Settings, logger: Logger): Promise<Prism> {
  const choice = chooseUpstreamOrExplain(settings);
  const tls = await chooseTls(settings, systemClock.wallMs());
  const media = await openMedia(settings);
  let upstream: OpenUpstream | undefined;
  let spending: OpenSpending | undefined;
  try {
    const defaultModel = choice.model;
    spending = await openSpending(settings, { clock: systemClock, logger, defaultModel });
    upstream = await openUpstream(choice, {
      handshakeTimeoutMs: settings.upstreamConnectTimeoutMs,
      scenarioPath: settings.engineScenarioPath,
      logger,
    });
    const calls = createCalls(settings, {
      peers: media.peers,
      upstream,
      spending,
      logger,
    });
    const access = accessOf(settings);
    const info = (): ServerInfo => infoOf(settings, choice, calls);
    const app = await createAppOf(settings, {
      logger,
      calls,
      upstream,
      info,
      tls,
      defaultModel,
      usage: spending.usage,
      access,
    });
    const socketParts = {
      calls,
      gate: createGate(access.authenticator, {
        allowedOrigins: settings.allowedOrigins,
        isLoopbackOnly: isLoopbackHost(settings.host),
      }),
      clock: systemClock,
      newRequestId,
      newEventId: () => randomIds.nextEventId(),
      forwardedHeaders: settings.forwardedHeaders,
    };
    const sockets = {
      realtime: new RealtimeSockets({ ...socketParts, acceptsDeflate: settings.acceptsDeflate }),
      media: new MediaSockets({ ...socketParts, randomUint32 }),
    };
    answerUpgrades(app.server, sockets);
    await listen(app, settings);
    return {
      url: urlOf(settings, tls),
      info,
      generatedApiKey: access.generatedApiKey,
      selfSignedCertificatePath: tls?.isSelfSigned ? tls.certificatePath : undefined,
      close: closeOnce({ app, calls, sockets, spending, upstream, media }),
    };
  } catch (error) {
    await upstream?.close();
    await spending?.close();
    await media.close();
    throw error;
  }
}

function infoOf(
  settings: Settings,
  { kind, label, reason, model }: ReturnType<typeof chooseUpstream>,
  calls: CallService,
): ServerInfo {
  return {
    version: PRISM_VERSION,
    upstream: { kind, label, reason, model },
    media: { port: settings.mediaPort },
    sessions: { live: calls.liveCount, max: settings.sessionCountMax },
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
    readonly peers: PeerFactory;
    readonly upstream: OpenUpstream;
    readonly spending: OpenSpending;
    readonly logger: Logger;
  },
): CallService {
  return new CallService(
    {
      clock: systemClock,
      tick: new MediaTick(systemClock),
      ids: randomIds,
      dialer: parts.upstream.dialer,
      codecs: createAudioCodecs(),
      peers: parts.peers,
      observers: createSessionLog(parts.logger),
      spending: parts.spending.desk,
      randomUint32,
    },
    {
      sessionCountMax: settings.sessionCountMax,
      session: {
        appendMs: settings.appendMs,
        trimsLeadingSilence: settings.trimsLeadingSilence,
        turnTaking: turnTakingPolicyOf(settings),
        pacingLeadMs: settings.pacingLeadMs,
        upstreamConnectTimeoutMs: settings.upstreamConnectTimeoutMs,
        mediaConnectTimeoutMs: settings.mediaConnectTimeoutMs,
        mediaGraceMs: settings.mediaGraceMs,
      },
    },
  );
}

/** Who may call, for every way in. */
interface Access {
  readonly authenticator: Authenticator;
  readonly secrets: ClientSecretStore;
  readonly generatedApiKey: string | undefined;
}

/** The keys that open the API. Beyond loopback there is always one: it is made if none was set. */
function accessOf(settings: Settings): Access {
  const secrets = new ClientSecretStore({
    randomSuffix: randomSecretSuffix,
    wallMs: () => systemClock.wallMs(),
  });
  const apiKeys = settings.apiKeys.map((key) => key.reveal());
  const isKeyNeeded = apiKeys.length === 0 && !isLoopbackHost(settings.host);
  const generatedApiKey = isKeyNeeded
    ? `prism_${randomBytes(24).toString('base64url')}`
    : undefined;
  const serverKeys = generatedApiKey === undefined ? apiKeys : [generatedApiKey];
  const authenticator = new Authenticator({ serverKeys, secrets });
  return { authenticator, secrets, generatedApiKey };
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
  },
): Promise<FastifyInstance> {
  const { tls } = parts;
  const { authenticator, secrets } = parts.access;
  try {
    return await createApp({
      logger: parts.logger,
      calls: parts.calls,
      access: {
        allowedOrigins: settings.allowedOrigins,
        isLoopbackOnly: isLoopbackHost(settings.host),
      },
      authenticator,
      secrets,
      turn: chooseRelays(settings),
      forwardedHeaders: settings.forwardedHeaders,
      defaultModel: parts.defaultModel,
      usage: parts.usage,
      health: {
        notReadyBecause: () =>
          [
            parts.calls.isDraining ? 'draining' : undefined,
            parts.upstream.notReadyBecause(),
          ].filter((reason) => reason !== undefined),
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

/** The closing order: no new calls, live calls, their sockets, HTTP, the ledger, upstream, media port. */
function closeOnce(parts: {
  readonly app: FastifyInstance;
  readonly calls: CallService;
  readonly sockets: { readonly realtime: RealtimeSockets; readonly media: MediaSockets };
  readonly spending: OpenSpending;
  readonly upstream: OpenUpstream;
  readonly media: OpenMedia;
}): () => Promise<void> {
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await parts.calls.drain('server_draining');
    await parts.sockets.realtime.close();
    await parts.sockets.media.close();
    await parts.app.close();
    await parts.spending.close();
    await parts.upstream.close();
    await parts.media.close();
  };
  return () => {
    closing ??= close();
    return closing;
  };
}
