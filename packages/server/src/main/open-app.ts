import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Agent } from '@prism/protocol';
import type { FastifyInstance } from 'fastify';
import type { Settings } from '../config/settings.ts';
import { type App, createApp } from '../http/create-app.ts';
import type { ServerInfo } from '../http/routes/info.ts';
import type { Logger } from '../observability/logger.ts';
import type { CallService } from '../runtime/call-service.ts';
import type { UsageReader } from '../runtime/ports/usage-store.ts';
import type { SessionDirectory } from '../runtime/sessions/session-directory.ts';
import { systemClock } from '../runtime/system-clock.ts';
import type { WorkerSeat } from '../workers/worker-seat.ts';
import { chooseRelays } from './choose-relays.ts';
import type { TlsChoice } from './choose-tls.ts';
import type { Access } from './open-access.ts';
import type { Observability } from './open-observability.ts';
import { newRequestId, randomSessionId } from './random-ids.ts';
import type { ServerCondition } from './server-condition.ts';
import { listenError, StartError } from './start-error.ts';

const require = createRequire(import.meta.url);

/** Makes the HTTP server of what was opened. Throws {@link StartError} if its certificate can't be used. */
export async function openApp(
  settings: Settings,
  parts: {
    readonly logger: Logger;
    readonly calls: CallService;
    readonly info: () => ServerInfo;
    readonly condition: ServerCondition;
    readonly tls: TlsChoice | undefined;
    readonly defaultModel: string;
    readonly usage: UsageReader;
    readonly sessions: SessionDirectory;
    readonly access: Access;
    readonly observability: Observability;
    readonly agents: readonly Agent[];
  },
): Promise<App> {
  const { tls, condition } = parts;
  const { gate, secrets, origins } = parts.access;
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
      sessions: parts.sessions,
      metrics: parts.observability.metrics,
      answered: parts.observability.answered,
      health: condition,
      info: parts.info,
      agents: parts.agents,
      capacity: () => condition.capacity(),
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

/** Begins to listen; a worker does so where its supervisor finds it. Throws {@link StartError} if the port is taken. */
export async function listen(
  app: FastifyInstance,
  settings: Settings,
  seat: WorkerSeat | undefined,
): Promise<void> {
  const { port, host } = settings;
  try {
    await app.listen(
      seat === undefined
        ? { port, host }
        : { path: seat.ownSocketPath, listenTextResolver: () => 'worker listening' },
    );
  } catch (error) {
    await app.close();
    throw listenError(error, `Port ${settings.port} on ${settings.host}`, 'PRISM_PORT');
  }
}

/** Where a browser on this machine finds it. */
export function urlOf(settings: Settings, tls: TlsChoice | undefined): string {
  const scheme = tls === undefined ? 'http' : 'https';
  const isWildcard = settings.host === '0.0.0.0' || settings.host === '::';
  const host = isWildcard
    ? 'localhost'
    : settings.host.includes(':')
      ? `[${settings.host}]`
      : settings.host;
  return `${scheme}://${host}:${settings.port}`;
}
