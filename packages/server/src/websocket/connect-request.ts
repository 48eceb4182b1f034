import type { IncomingMessage } from 'node:http';
import { CLIENT_EVENT_ID_CHARS_MAX } from '@prism/protocol';
import { offeredProtocols, presentedKeyOf } from '../auth/presented-key.ts';

/** What the handshake of a Realtime WebSocket asks for (Realtime reference, connect). */
export interface ConnectRequest {
  readonly path: string;
  readonly model: string | undefined;
  readonly callId: string | undefined;
  readonly intent: string | undefined;
  /** Azure's filter of what a call's client is told; no WebSocket has one. */
  readonly webrtcFilter: string | undefined;
  /** Prism's own: how far ahead of real time audio may be delivered, in ms, as it was written. */
  readonly pacingLead: string | undefined;
  /** How the audio of a media WebSocket is coded, as it was written. */
  readonly format: string | undefined;
  /** The last event that a client had that comes back to its call. */
  readonly lastEventId: string | undefined;
  /** From the `authorization` or `api-key` header, or the subprotocol of browsers. */
  readonly presentedKey: string | undefined;
  readonly isBeta: boolean;
  readonly origin: string | undefined;
  readonly host: string | undefined;
}

const BASE_URL = 'http://localhost';
const BETA_PROTOCOL = 'openai-beta.realtime-v1';

/** Reads a handshake. Never throws: what can't be read isn't there. */
export function readConnectRequest(request: IncomingMessage): ConnectRequest {
  const { headers } = request;
  const url = URL.canParse(request.url ?? '', BASE_URL)
    ? new URL(request.url ?? '', BASE_URL)
    : undefined;
  const query = (name: string): string | undefined => url?.searchParams.get(name) ?? undefined;
  return {
    path: url?.pathname ?? '',
    model: query('model'),
    callId: query('call_id'),
    intent: query('intent'),
    webrtcFilter: query('webrtcfilter'),
    pacingLead: query('pacing_lead_ms'),
    format: query('format'),
    lastEventId: query('last_event_id')?.slice(0, CLIENT_EVENT_ID_CHARS_MAX),
    presentedKey: presentedKeyOf(headers),
    isBeta:
      offeredProtocols(headers).includes(BETA_PROTOCOL) ||
      String(headers['openai-beta'] ?? '').includes('realtime'),
    origin: headers.origin,
    host: headers.host,
  };
}
