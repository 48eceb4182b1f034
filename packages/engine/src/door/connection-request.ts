import type { IncomingMessage } from 'node:http';
import { requestUrl } from './request-url.ts';

/** What a WebSocket request says, before anything is decided about it. */
export interface ConnectionRequest {
  readonly path: string;
  readonly model: string | undefined;
  readonly intent: string | undefined;
  readonly callId: string | undefined;
  readonly key: string | undefined;
  readonly origin: string | undefined;
  readonly protocols: readonly string[];
  /** It asks for the beta wire, by header or subprotocol. */
  readonly isBeta: boolean;
  /** The simulator script that it asks for, by header `x-prism-sim` or query `sim`; only a simulator reads it. */
  readonly sim: string | undefined;
}

const KEY_PROTOCOL_PREFIX = 'openai-insecure-api-key.';
const BETA_PROTOCOL_PREFIX = 'openai-beta.realtime';

/** The key of a request: `Authorization: Bearer`, Azure's `api-key`, or the browsers' subprotocol. */
export function keyOfRequest(request: IncomingMessage): string | undefined {
  const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const azure = request.headers['api-key'];
  const inProtocol = protocolsOf(request)
    .find((protocol) => protocol.startsWith(KEY_PROTOCOL_PREFIX))
    ?.slice(KEY_PROTOCOL_PREFIX.length);
  return bearer ?? (typeof azure === 'string' ? azure : undefined) ?? inProtocol;
}

function protocolsOf(request: IncomingMessage): string[] {
  const header = request.headers['sec-websocket-protocol'] ?? '';
  return header.split(',').flatMap((protocol) => (protocol.trim() === '' ? [] : protocol.trim()));
}

/** Reads a WebSocket request (`/v1/realtime`; Realtime GA, WebSocket connection). */
export function readConnectionRequest(request: IncomingMessage): ConnectionRequest {
  const url = requestUrl(request);
  const protocols = protocolsOf(request);
  const beta = request.headers['openai-beta'];
  const query = (name: string): string | undefined => {
    const value = url.searchParams.get(name);
    return value === null || value === '' ? undefined : value;
  };
  const simHeader = request.headers['x-prism-sim'];
  return {
    path: url.pathname,
    model: query('model'),
    intent: query('intent'),
    callId: query('call_id'),
    key: keyOfRequest(request),
    origin: request.headers.origin,
    protocols,
    isBeta:
      (typeof beta === 'string' && beta.includes('realtime=v1')) ||
      protocols.some((protocol) => protocol.startsWith(BETA_PROTOCOL_PREFIX)),
    sim: typeof simHeader === 'string' ? simHeader : query('sim'),
  };
}
