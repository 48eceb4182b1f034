import type { IncomingMessage } from 'node:http';
import { presentedKeyOf } from '../auth/presented-key.ts';

/** What a request is about, as far as it matters whose it is. */
export type Concern =
  /** A call or session that is there: its worker's. */
  | { readonly type: 'call'; readonly callId: string }
  /** Opens a session over a connection of its own, an offer's media or this very WebSocket. */
  | { readonly type: 'opening'; readonly via: 'offer' | 'socket'; readonly key: string | undefined }
  /** Anything else: any worker answers. */
  | undefined;

const CALL_PATH = /^\/(?:openai\/)?v1\/(?:realtime\/calls|prism\/sessions)\/([^/?]+)/;
const OFFER_PATH = /^\/(?:openai\/)?v1\/realtime\/calls\/?(?:\?|$)/;

/** What an HTTP request is about. */
export function concernOfRequest({ method, url = '', headers }: IncomingMessage): Concern {
  const callId = CALL_PATH.exec(url)?.[1];
  if (callId !== undefined) return { type: 'call', callId };
  if (method === 'POST' && OFFER_PATH.test(url))
    return { type: 'opening', via: 'offer', key: presentedKeyOf(headers) };
  return undefined;
}

/** What a WebSocket's handshake is about. */
export function concernOfUpgrade({ url = '', headers }: IncomingMessage): Concern {
  const query = url.includes('?') ? new URLSearchParams(url.slice(url.indexOf('?'))) : undefined;
  const callId = query?.get('call_id');
  return typeof callId === 'string'
    ? { type: 'call', callId }
    : { type: 'opening', via: 'socket', key: presentedKeyOf(headers) };
}
