import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { MEDIA_SOCKET_PATH } from '@prism/protocol';
import { REALTIME_PATHS } from './handshake.ts';
import { refuseUpgrade } from './upgrade-refusal.ts';

/** Where there are WebSockets. */
export const UPGRADE_PATHS: readonly string[] = [...REALTIME_PATHS, MEDIA_SOCKET_PATH];

/** Who answers the upgrades of a path. */
export interface UpgradeHandler {
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void>;
}

export interface UpgradeParts {
  readonly media: UpgradeHandler;
  readonly realtime: UpgradeHandler;
  readonly newRequestId: () => string;
  /** A bug in deciding on an upgrade. */
  readonly fault: (error: unknown) => void;
}

/** Answers the upgrades of an HTTP server, all of them: media WebSockets on their path, Realtime on every other. */
export function answerUpgrades(server: Server, parts: UpgradeParts): void {
  const { media, realtime, newRequestId, fault } = parts;
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    // A client that resets its connection has gone; there is nobody to tell.
    stream.on('error', () => undefined);
    const path = (request.url ?? '').split('?', 1)[0];
    const handler = path === MEDIA_SOCKET_PATH ? media : realtime;
    handler.upgrade(request, stream, head).catch((error: unknown) => {
      fault(error);
      const info = { code: 'internal_error', message: 'The handshake failed.' } as const;
      refuseUpgrade(stream, info, newRequestId());
    });
  });
}
