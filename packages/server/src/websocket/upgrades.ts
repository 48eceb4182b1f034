import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { MEDIA_SOCKET_PATH } from '@prism/protocol';

/** Who answers the upgrades of a path. */
export interface UpgradeHandler {
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void;
}

/** Answers the upgrades of an HTTP server, all of them: media WebSockets on their path, Realtime on every other. */
export function answerUpgrades(
  server: Server,
  { media, realtime }: { readonly media: UpgradeHandler; readonly realtime: UpgradeHandler },
): void {
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    // A client that resets its connection has gone; there is nobody to tell.
    stream.on('error', () => undefined);
    const path = (request.url ?? '').split('?', 1)[0];
    (path === MEDIA_SOCKET_PATH ? media : realtime).upgrade(request, stream, head);
  });
}
