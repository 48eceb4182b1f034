import type { IncomingMessage } from 'node:http';
import { offeredProtocols } from '../auth/presented-key.ts';

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
  readonly isBeta: boolean;
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
    isBeta:
      offeredProtocols(headers).includes(BETA_PROTOCOL) ||
      String(headers['openai-beta'] ?? '').includes('realtime'),
  };
}
