import type { IncomingHttpHeaders } from 'node:http';

/** How browsers present a key for a WebSocket, which they can't give headers (Realtime reference, connect). */
const KEY_PROTOCOL = 'openai-insecure-api-key.';

/**
 * The key that a request presents: `Authorization: Bearer`, `api-key` as Azure's clients send it, or the subprotocol
 * of browsers' WebSockets.
 */
export function presentedKeyOf(headers: IncomingHttpHeaders): string | undefined {
  const bearer = /^Bearer[ \t]+(\S+)[ \t]*$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  const apiKey = headers['api-key'];
  if (typeof apiKey === 'string' && apiKey !== '') return apiKey;
  const keyProtocol = offeredProtocols(headers).find((name) => name.startsWith(KEY_PROTOCOL));
  return keyProtocol?.slice(KEY_PROTOCOL.length);
}

/** The subprotocols that a WebSocket handshake offers, in order. */
export function offeredProtocols(headers: IncomingHttpHeaders): readonly string[] {
  return (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
}
