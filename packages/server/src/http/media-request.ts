import type { IncomingHttpHeaders } from 'node:http';
import type { PrismErrorInfo } from '@prism/protocol';
import { accessOf, type Principal } from '../auth/authenticator.ts';
import type { CallRequest } from '../runtime/session-request.ts';

/** Stream ids that the SCTP association of a call has (RFC 8831, 6.2, as WebRTC stacks announce them). */
const DATA_CHANNEL_ID_MAX = 1_023;

export interface MediaRequestSources {
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: IncomingHttpHeaders;
  /** Address at the other end of the connection. */
  readonly remoteAddress: string | undefined;
  readonly principal: Principal;
}

export type MediaRequest = Pick<CallRequest, 'access' | 'dataChannelId' | 'clientAddress'>;

export type ReadMediaRequest =
  | { readonly isValid: true; readonly request: MediaRequest }
  | { readonly isValid: false; readonly error: PrismErrorInfo };

/** What goes with an offer, be it for a new call or a further one of its client. */
export function readMediaRequest(sources: MediaRequestSources): ReadMediaRequest {
  const dataChannelId = dataChannelIdOf(sources.query['dcid']);
  if (dataChannelId === 'invalid') {
    const message = `Query parameter 'dcid' can't be used. It takes a whole number from 0 to ${DATA_CHANNEL_ID_MAX}.`;
    return { isValid: false, error: { code: 'invalid_request', message, param: 'dcid' } };
  }
  const access = accessOf(sources.principal);
  const clientAddress = clientAddressOf(sources);
  return { isValid: true, request: { access, dataChannelId, clientAddress } };
}

/** Behind a proxy the other end of the connection is the proxy, and what it forwards is only its word. */
function clientAddressOf({ headers, remoteAddress }: MediaRequestSources): string | undefined {
  const isProxied = headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined;
  return isProxied ? undefined : remoteAddress;
}

function dataChannelIdOf(value: unknown): number | undefined | 'invalid' {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !/^\d{1,4}$/.test(value)) return 'invalid';
  const id = Number(value);
  return id <= DATA_CHANNEL_ID_MAX ? id : 'invalid';
}
