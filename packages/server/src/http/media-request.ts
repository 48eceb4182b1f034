import { CLIENT_EVENT_ID_CHARS_MAX, type PrismErrorInfo } from '@prism/protocol';
import type { Admitted } from '../auth/gate.ts';
import type { CallRequest } from '../runtime/session-request.ts';

/** Stream ids that the SCTP association of a call has (RFC 8831, 6.2, as WebRTC stacks announce them). */
const DATA_CHANNEL_ID_MAX = 1_023;

export interface MediaRequestSources {
  readonly query: Readonly<Record<string, unknown>>;
  readonly admitted: Admitted;
}

export type MediaRequest = Pick<
  CallRequest,
  'access' | 'countedAddress' | 'dataChannelId' | 'clientAddress'
>;

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
  const { access, connection } = sources.admitted;
  const { countedAddress, clientAddress } = connection;
  return { isValid: true, request: { access, countedAddress, dataChannelId, clientAddress } };
}

function dataChannelIdOf(value: unknown): number | undefined | 'invalid' {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !/^\d{1,4}$/.test(value)) return 'invalid';
  const id = Number(value);
  return id <= DATA_CHANNEL_ID_MAX ? id : 'invalid';
}

/** `?last_event_id=`: what the client had last; too long a text is no id. */
export function lastEventIdOf(query: Readonly<Record<string, unknown>>): string | undefined {
  const value = query['last_event_id'];
  const isId = typeof value === 'string' && value.length <= CLIENT_EVENT_ID_CHARS_MAX;
  return isId && value !== '' ? value : undefined;
}
