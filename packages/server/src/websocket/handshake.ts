import type { IncomingMessage } from 'node:http';
import {
  type CallId,
  PACING_LEAD_MS_MAX,
  PACING_LEAD_MS_MIN,
  type PrismErrorInfo,
  parseCallId,
  type SessionAccess,
} from '@prism/protocol';
import type { Admitted, Gate } from '../auth/gate.ts';
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
import { isAboutKey } from './socket-refusal.ts';

export interface HandshakeParts {
  readonly calls: Pick<CallService, 'refusal' | 'has'>;
  readonly gate: Pick<Gate, 'admit'>;
  /** Headers of the caller that the upstream may see, in lower case. */
  readonly forwardedHeaders: readonly string[];
}

/** What becomes of a handshake. */
export type HandshakeVerdict =
  /** Answered with HTTP, before there is a socket. */
  | { readonly type: 'refuse'; readonly error: PrismErrorInfo }
  /** Told on the opened socket, as the Realtime API does: browsers can read a close code, but no HTTP status. */
  | { readonly type: 'refuse_on_socket'; readonly error: PrismErrorInfo }
  | { readonly type: 'session'; readonly request: SessionRequest }
  | { readonly type: 'sideband'; readonly callId: CallId; readonly access: SessionAccess };

/** Where the Realtime WebSocket is: as OpenAI has it, and as Azure has it. */
export const REALTIME_PATHS: readonly string[] = ['/v1/realtime', '/openai/v1/realtime'];

const NO_SIDEBAND: PrismErrorInfo = {
  code: 'insufficient_permissions',
  message: "The policy 'locked' joins no call as a sideband.",
};

/**
 * Decides on a handshake of `WS /v1/realtime`. A foreign origin, an unknown path or call and a full server are refused
 * with HTTP; a bad key and the beta shape on the socket.
 */
export async function judgeHandshake(
  request: IncomingMessage,
  { calls, gate, forwardedHeaders }: HandshakeParts,
): Promise<HandshakeVerdict> {
  const asked = readConnectRequest(request);
  const admission = await gate.admit(callerOf(request, asked), needOf(asked));
  const isOnlyKeyRefused = !admission.isAdmitted && isAboutKey(admission.error);
  if (!admission.isAdmitted && !isOnlyKeyRefused) return { type: 'refuse', error: admission.error };
  const malformed = refusalOf(asked);
  if (malformed !== undefined) return { type: 'refuse', error: malformed };
  if (asked.isBeta) {
    const message = 'The beta shape of the Realtime API is not spoken.';
    return { type: 'refuse_on_socket', error: { code: 'beta_api_shape_disabled', message } };
  }
  if (!admission.isAdmitted) return { type: 'refuse_on_socket', error: admission.error };
  const { admitted } = admission;
  const { access } = admitted;
  if (asked.callId !== undefined) {
    const callId = parseCallId(asked.callId);
    if (access.policy.preset === 'locked') return { type: 'refuse', error: NO_SIDEBAND };
    return callId !== undefined && calls.has(callId, access)
      ? { type: 'sideband', callId, access }
      : { type: 'refuse', error: NO_SUCH_CALL };
  }
  const upstreamHeaders = forwardedHeadersOf(request.headers, forwardedHeaders);
  const session = requestOf(asked, admitted, upstreamHeaders);
  const full = calls.refusal(session);
  if (full !== undefined)
    return { type: isAboutKey(full) ? 'refuse_on_socket' : 'refuse', error: full };
  return { type: 'session', request: session };
}

/** What a handshake may not ask for, whoever asks. */
function refusalOf(asked: ConnectRequest): PrismErrorInfo | undefined {
  if (!REALTIME_PATHS.includes(asked.path)) {
    return { code: 'unknown_url', message: `There is no WebSocket at ${asked.path}.` };
  }
  if (asked.intent !== undefined && asked.intent !== 'transcription') {
    const message = `The intent '${asked.intent.slice(0, 100)}' is not known: leave it out, or use 'transcription'.`;
    return { code: 'invalid_request', message, param: 'intent' };
  }
  if (asked.webrtcFilter !== undefined && asked.webrtcFilter !== 'off') {
    const message =
      "The filter is a call's: give 'webrtcfilter=on' to POST /v1/realtime/calls. A WebSocket is told everything.";
    return { code: 'invalid_request', message, param: 'webrtcfilter' };
  }
  if (asked.pacingLead !== undefined && pacingLeadMsOf(asked.pacingLead) === undefined) {
    const message = `A lead of ${asked.pacingLead.slice(0, 20)} ms is not possible: ${PACING_LEAD_MS_MIN} to ${PACING_LEAD_MS_MAX}, or 0 for none.`;
    return { code: 'invalid_request', message, param: 'pacing_lead_ms' };
  }
  return undefined;
}

/** The lead that a client asks for; `undefined` if it isn't one. */
function pacingLeadMsOf(text: string): number | undefined {
  const leadMs = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  const isInRange = leadMs >= PACING_LEAD_MS_MIN && leadMs <= PACING_LEAD_MS_MAX;
  return isInRange || leadMs === 0 ? leadMs : undefined;
}

function requestOf(
  asked: ConnectRequest,
  { session, access, connection }: Admitted,
  upstreamHeaders: SessionRequest['upstreamHeaders'],
): SessionRequest {
  const isTranscription = asked.intent === 'transcription' || session?.type === 'transcription';
  return {
    intent: isTranscription ? 'transcription' : 'realtime',
    model: askedModelOf(asked, { access, session }),
    session,
    upstreamHeaders,
    pacingLeadMs: asked.pacingLead === undefined ? undefined : pacingLeadMsOf(asked.pacingLead),
    access,
    countedAddress: connection.countedAddress,
  };
}
