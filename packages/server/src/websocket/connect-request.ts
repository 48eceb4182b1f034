import type { IncomingMessage } from 'node:http';

/** What the handshake of a Realtime WebSocket asks for (Realtime reference, connect). */
export interface ConnectRequest {
  readonly path: string;
  readonly model: string | undefined;
  readonly callId: string | undefined;
  readonly intent: string | undefined;
  /** From the `authorization` or `api-key` header, or the subprotocol of browsers. */
  readonly presentedKey: string | undefined;
  readonly isBeta: boolean;
  readonly origin: string | undefined;
  readonly host: string | undefined;
}

const BASE_URL = 'http://localhost';
const KEY_PROTOCOL = 'openai-insecure-api-key.';
const BETA_PROTOCOL = 'openai-beta.realtime-v1';

/** Reads a handshake. Never throws: what can't be read isn't there. */
export function readConnectRequest(request: IncomingMessage): ConnectRequest {
  const { headers } = request;
  const url = URL.canParse(request.url ?? '', BASE_URL)
    ? new URL(request.url ?? '', BASE_URL)
    : undefined;
  const query = (name: string): string | undefined => url?.searchParams.get(name) ?? undefined;
  const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const keyProtocol = protocols.find((name) => name.startsWith(KEY_PROTOCOL));
  const bearer = /^Bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1];
  const azureKey = headers['api-key'];
  return {
    path: url?.pathname ?? '',
    model: query('model'),
    callId: query('call_id'),
    intent: query('intent'),
    presentedKey:
      bearer ??
      (typeof azureKey === 'string' ? azureKey : undefined) ??
      keyProtocol?.slice(KEY_PROTOCOL.length),
    isBeta:
      protocols.includes(BETA_PROTOCOL) ||
      String(headers['openai-beta'] ?? '').includes('realtime'),
    origin: headers.origin,
    host: headers.host,
  };
}
