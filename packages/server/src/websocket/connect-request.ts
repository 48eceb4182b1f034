import type { IncomingMessage } from 'node:http';
import { CLIENT_EVENT_ID_CHARS_MAX } from '@prism/protocol';
import type { Admitted, Caller } from '../auth/gate.ts';
import { isModelOwned } from '../auth/owned-model.ts';
import { offeredProtocols } from '../auth/presented-key.ts';
import type { Need } from '../auth/scopes.ts';

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
  /** When this way to a call takes the place of the one there is, as it was written. */
  readonly takeOver: string | undefined;
  /** The agent that the session is opened as, and its variables as JSON. */
  readonly agent: string | undefined;
  readonly variables: string | undefined;
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
    format: query('format'),
    lastEventId: query('last_event_id')?.slice(0, CLIENT_EVENT_ID_CHARS_MAX),
    takeOver: query('take_over'),
    agent: query('agent'),
    variables: query('variables'),
    isBeta:
      offeredProtocols(headers).includes(BETA_PROTOCOL) ||
      String(headers['openai-beta'] ?? '').includes('realtime'),
  };
}

/** A handshake as the gate looks at it. */
export function callerOf(
  { headers, socket }: IncomingMessage,
  { agent, variables }: ConnectRequest,
): Caller {
  const isTls = 'encrypted' in socket && socket.encrypted === true;
  const agentQuery = { agent, variables };
  return { headers, remoteAddress: socket.remoteAddress, isTls, agentQuery };
}

/** What it takes to get what a handshake asks for: a session of its own, or to come into a call. */
export function needOf({ callId }: ConnectRequest): Need {
  return callId === undefined ? 'sessions' : 'calls';
}

/** The model that counts: official clients name one whatever their secret is for, and theirs may not be theirs. */
export function askedModelOf(
  { model }: ConnectRequest,
  admitted: Pick<Admitted, 'access' | 'session'>,
): string | undefined {
  return isModelOwned(admitted) ? undefined : model;
}
