import type { IncomingMessage } from 'node:http';
import {
  type CallId,
  MEDIA_SOCKET_FORMATS,
  type MediaSocketFormat,
  mediaSocketFormatOf,
  type PrismErrorInfo,
  parseCallId,
  type SessionAccess,
  TAKE_OVER_MOMENTS,
  type TakeOverMoment,
  takeOverMomentOf,
} from '@prism/protocol';
import type { Gate } from '../auth/gate.ts';
import type { CallService } from '../runtime/call-service.ts';
import { NO_SUCH_CALL } from '../runtime/no-such-call.ts';
import { forwardedHeadersOf, type SessionRequest } from '../runtime/session-request.ts';
import {
  askedModelOf,
  type ConnectRequest,
  callerOf,
  needOf,
  readConnectRequest,
} from './connect-request.ts';

export interface MediaHandshakeParts {
  readonly calls: Pick<CallService, 'refusal' | 'refusalOfReturn'>;
  readonly gate: Pick<Gate, 'admit'>;
  /** In lower case. */
  readonly forwardedHeaders: readonly string[];
}

export type MediaHandshakeVerdict =
  /** Answered with HTTP instead of an upgrade, or on the opened socket. */
  | { readonly type: 'refuse'; readonly error: PrismErrorInfo }
  | {
      readonly type: 'call';
      readonly request: SessionRequest;
      readonly format: MediaSocketFormat;
    }
  /** The client of a live call goes on here. */
  | {
      readonly type: 'again';
      readonly callId: CallId;
      readonly access: SessionAccess;
      readonly lastEventId: string | undefined;
      readonly takeOver: TakeOverMoment;
      readonly format: MediaSocketFormat;
    };

/** Decides on a handshake of the media WebSocket. */
export async function judgeMediaHandshake(
  request: IncomingMessage,
  { calls, gate, forwardedHeaders }: MediaHandshakeParts,
): Promise<MediaHandshakeVerdict> {
  const asked = readConnectRequest(request);
  const admission = await gate.admit(callerOf(request, asked), needOf(asked));
  if (!admission.isAdmitted) return { type: 'refuse', error: admission.error };
  const format = mediaSocketFormatOf(asked.format);
  if (format === undefined) {
    const message = `The format must be ${MEDIA_SOCKET_FORMATS.join(' or ')}.`;
    return { type: 'refuse', error: { code: 'invalid_request', message, param: 'format' } };
  }
  const { access, session, connection } = admission.admitted;
  const { countedAddress } = connection;
  if (asked.callId !== undefined) return comingBack(asked.callId, { asked, access, format, calls });
  const call = {
    intent: session?.type ?? 'realtime',
    model: askedModelOf(asked, { access, session }),
    session,
    upstreamHeaders: forwardedHeadersOf(request.headers, forwardedHeaders),
    pacingLeadMs: undefined,
    access,
    countedAddress,
    lastEventId: asked.lastEventId,
  };
  const full = calls.refusal(call);
  return full === undefined
    ? { type: 'call', format, request: call }
    : { type: 'refuse', error: full };
}

async function comingBack(
  askedCallId: string,
  {
    asked,
    access,
    format,
    calls,
  }: {
    readonly asked: ConnectRequest;
    readonly access: SessionAccess;
    readonly format: MediaSocketFormat;
    readonly calls: MediaHandshakeParts['calls'];
  },
): Promise<MediaHandshakeVerdict> {
  const takeOver = takeOverMomentOf(asked.takeOver);
  if (takeOver === undefined) {
    const message = `'take_over' must be one of ${TAKE_OVER_MOMENTS.join(', ')}.`;
    return { type: 'refuse', error: { code: 'invalid_request', message, param: 'take_over' } };
  }
  const callId = parseCallId(askedCallId);
  if (callId === undefined) return { type: 'refuse', error: NO_SUCH_CALL };
  const gone = await calls.refusalOfReturn(callId, access);
  return gone === undefined
    ? { type: 'again', callId, access, lastEventId: asked.lastEventId, takeOver, format }
    : { type: 'refuse', error: gone };
}
