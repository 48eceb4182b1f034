import { PrismClientError } from './client-error.ts';
import type { ContinuedCall } from './connection/link.ts';
import { refusalError } from './error-mapping.ts';

/** Where requests go out. */
export interface Fetching {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** Where calls are made and with which key. */
export interface CallEndpoint {
  /** Base address of Prism, such as `http://localhost:8080`; a path prefix is kept. */
  readonly url: string;
  /** Bearer key: an `ek_…` client secret, or a server key in development. */
  readonly apiKey?: string | undefined;
  /** Members of the query of a new call. */
  readonly query?: Readonly<Record<string, string>> | undefined;
}

/** The server's answer to an offer. */
export interface CallAnswer {
  readonly answerSdp: string;
  /** `rtc_…` from the `Location` header; absent if a proxy hides the header. */
  readonly callId: string | undefined;
}

const CALL_ID_PATTERN = /\/v1\/realtime\/calls\/(rtc_[A-Za-z0-9_-]+)$/u;

function callsUrl(endpoint: CallEndpoint): string {
  return `${endpoint.url.replace(/\/+$/u, '')}/v1/realtime/calls`;
}

function newCallUrl(endpoint: CallEndpoint, hasEarlyAudio: boolean): string {
  const early = hasEarlyAudio ? { early_audio: 'on' } : {};
  const query = new URLSearchParams({ ...endpoint.query, ...early }).toString();
  return query === '' ? callsUrl(endpoint) : `${callsUrl(endpoint)}?${query}`;
}

function continuedUrl(endpoint: CallEndpoint, call: ContinuedCall): string {
  const query = new URLSearchParams({
    ...(call.lastEventId === undefined ? {} : { last_event_id: call.lastEventId }),
    ...(call.isSuccessor ? { take_over: 'when_connected' } : {}),
  }).toString();
  const url = `${callsUrl(endpoint)}/${call.callId}`;
  return query === '' ? url : `${url}?${query}`;
}

function authorization(endpoint: CallEndpoint): Record<string, string> {
  return endpoint.apiKey === undefined ? {} : { Authorization: `Bearer ${endpoint.apiKey}` };
}

/**
 * Sends an SDP offer with `POST /v1/realtime/calls`, or with `PATCH` to go on with a call, and returns the answer.
 * Rejects with `server_unreachable`, `server_refused` (with the server's code), `answer_invalid`
 * or, after `signal`, `connect_aborted`.
 */
export async function exchangeOffer(
  environment: Fetching,
  endpoint: CallEndpoint,
  request: {
    readonly offerSdp: string;
    /** The call that the offer goes on with; a new one if undefined. */
    readonly call?: ContinuedCall | undefined;
    /** Whether a new call's client hands over what was said before it. */
    readonly hasEarlyAudio?: boolean;
    readonly signal: AbortSignal;
  },
): Promise<CallAnswer> {
  let response: Response;
  let text: string;
  try {
    const { call } = request;
    response = await environment.fetch(
      call === undefined
        ? newCallUrl(endpoint, request.hasEarlyAudio === true)
        : continuedUrl(endpoint, call),
      {
        method: call === undefined ? 'POST' : 'PATCH',
        headers: { 'Content-Type': 'application/sdp', ...authorization(endpoint) },
        body: request.offerSdp,
        signal: request.signal,
      },
    );
    text = await response.text();
  } catch (failure) {
    const code = request.signal.aborted ? 'connect_aborted' : 'server_unreachable';
    throw new PrismClientError(code, { cause: failure });
  }
  if (!response.ok) throw refusalError(response.status, text);
  if (!text.startsWith('v=0')) throw new PrismClientError('answer_invalid');
  const location = response.headers.get('Location') ?? '';
  return { answerSdp: text, callId: CALL_ID_PATTERN.exec(location)?.[1] };
}

/**
 * Tells the server that a call is over with `POST /v1/realtime/calls/{id}/hangup`. The request
 * outlives the page. Never rejects: the server also notices a peer that is gone, only later.
 */
export async function hangUp(
  environment: Fetching,
  endpoint: CallEndpoint,
  callId: string,
): Promise<void> {
  try {
    await environment.fetch(`${callsUrl(endpoint)}/${callId}/hangup`, {
      method: 'POST',
      headers: authorization(endpoint),
      keepalive: true,
    });
  } catch {
    // The peer connection is closed already, which ends the call within the ICE consent time.
  }
}

/** Whether the server still has a call. Rejects with `server_unreachable`. */
export async function isCallThere(
  environment: Fetching,
  endpoint: CallEndpoint,
  callId: string,
): Promise<boolean> {
  try {
    // An offer that is none is refused, with 404 only where there is no call.
    const response = await environment.fetch(`${callsUrl(endpoint)}/${callId}`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/sdp', ...authorization(endpoint) },
      body: 'v=0',
    });
    return response.status !== 404;
  } catch (failure) {
    throw new PrismClientError('server_unreachable', { cause: failure });
  }
}
