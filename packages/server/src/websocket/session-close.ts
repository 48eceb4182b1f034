import { CLOSE_CODES, CLOSE_REASONS, type CloseReason } from '@prism/protocol';
import type { SessionEnd } from '../runtime/ports/controller.ts';

/** How a session's end is told by a WebSocket. */
export interface SocketClose {
  readonly code: number;
  readonly reason: string;
}

const CODE_BY_REASON: Readonly<Record<CloseReason, number>> = {
  client_hangup: CLOSE_CODES.normal,
  client_closed: CLOSE_CODES.normal,
  media_lost: CLOSE_CODES.normal,
  media_never_connected: CLOSE_CODES.normal,
  session_expired: CLOSE_CODES.goingAway,
  session_idle: CLOSE_CODES.goingAway,
  budget_exceeded: CLOSE_CODES.policyViolation,
  session_refused: CLOSE_CODES.policyViolation,
  upstream_lost: CLOSE_CODES.internalError,
  upstream_refused: CLOSE_CODES.internalError,
  upstream_unreachable: CLOSE_CODES.internalError,
  backlog_overflow: CLOSE_CODES.tryAgainLater,
  server_draining: CLOSE_CODES.serviceRestart,
  rate_limit_exceeded: CLOSE_CODES.policyViolation,
  internal_error: CLOSE_CODES.internalError,
};

/** The upstream's own close where it says something about the session; Prism's reason otherwise. */
export function closeOf({ reason, upstreamClose }: SessionEnd): SocketClose {
  if (upstreamClose !== undefined && isForwarded(upstreamClose.code)) return upstreamClose;
  return { code: CODE_BY_REASON[reason], reason: CLOSE_REASONS[reason] };
}

/**
 * Codes that mean to the client what they mean to Prism. The upstream's 3000 is about Prism's own key, 1000 and 1005
 * are no reason for an end that the client hasn't asked for, and 1006 and 1015 can't be sent.
 */
function isForwarded(code: number): boolean {
  if (code === CLOSE_CODES.invalidApiKey) return false;
  return code === 1001 || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}
