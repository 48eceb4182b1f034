import { PrismClientError } from './client-error.ts';
import type { ContinuedCall } from './connection/link.ts';
import type { Tokens } from './connection/tokens.ts';
import { refusalError } from './error-mapping.ts';
import { EVENTS_CHANNEL_ID } from './peer-link.ts';

/** Where requests go out. */
export interface Fetching {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** Where calls are made and with which token. */
export interface CallEndpoint {
  /** Base address of Prism, such as `http://localhost:8080`; a path prefix is kept. */
  readonly url: string;
  readonly tokens: Tokens;
  /** Members of the query of a new call. */
  readonly query?: Readonly<Record<string, string>> | undefined;
}

/** The server's answer to an offer. */
export interface CallAnswer {
  readonly answerSdp: string;
  /** `rtc_…` from the `Location` header; absent if a proxy hides the header. */
  readonly callId: string | undefined;
}

const UNAUTHORIZED = 401;

const CALL_ID_PATTERN = /\/v1\/realtime\/calls\/(rtc_[A-Za-z0-9_-]+)$/u;

/** The data channel that both sides have without asking. */
const CHANNEL_QUERY = { dcid: String(EVENTS_CHANNEL_ID) };

function callsUrl(endpoint: CallEndpoint): string {
  return `${endpoint.url.replace(/\/+$/u, '')}/v1/realtime/calls`;
}

function newCallUrl(endpoint: CallEndpoint): string {
  const query = new URLSearchParams({ ...endpoint.query, ...CHANNEL_QUERY });
  return `${callsUrl(endpoint)}?${query.toString()}`;
}

function continuedUrl(endpoint: CallEndpoint, call: ContinuedCall): string {
  const query = new URLSearchParams({ take_over: 'when_asked', ...CHANNEL_QUERY });
  return `${callsUrl(endpoint)}/${call.callId}?${query.toString()}`;
}

function authorization(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { Authorization: `Bearer ${token}` };
}

/** A request as `fetch` takes it, without the key. */
interface AuthorizedRequest extends Omit<RequestInit, 'headers'> {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * One request with the session's token, and a second one with another if the server knows the first no more. Rejects
 * with `token_failed`, or as `fetch` does.
 */
export async function fetchAuthorized(
  { fetch }: Fetching,
  { tokens }: Pick<CallEndpoint, 'tokens'>,
  { url, headers, ...init }: AuthorizedRequest,
): Promise<Response> {
  const send = (token: string | undefined): Promise<Response> =>
    fetch(url, { ...init, headers: { ...headers, ...authorization(token) } });
  const token = await tokens.current();
  const response = await send(token);
  if (response.status !== UNAUTHORIZED) return response;
  const another = await tokens.instead(token);
  return another === undefined ? response : send(another);
}

/**
 * Sends an SDP offer with `POST /v1/realtime/calls`, or with `PATCH` to go on with a call, and returns the answer.
 * Rejects with `token_failed`, `server_unreachable`, `server_refused` (with the server's code), `answer_invalid`
 * or, after `signal`, `connect_aborted`.
 */
export async function exchangeOffer(
  environment: Fetching,
  endpoint: CallEndpoint,
  request: {
    readonly offerSdp: string;
    /** The call that the offer goes on with; a new one if undefined. */
    readonly call?: ContinuedCall | undefined;
    readonly signal: AbortSignal;
  },
): Promise<CallAnswer> {
  let response: Response;
  let text: string;
  try {
    const { call } = request;
    response = await fetchAuthorized(environment, endpoint, {
      url: call === undefined ? newCallUrl(endpoint) : continuedUrl(endpoint, call),
      method: call === undefined ? 'POST' : 'PATCH',
      headers: { 'Content-Type': 'application/sdp' },
      body: request.offerSdp,
      signal: request.signal,
    });
    text = await response.text();
  } catch (failure) {
    if (failure instanceof PrismClientError) throw failure;
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
      // Nothing is asked for here: a page that goes away can't wait.
      headers: authorization(endpoint.tokens.known),
      keepalive: true,
    });
  } catch {
    // The peer connection is closed already, which ends the call within the ICE consent time.
  }
}
