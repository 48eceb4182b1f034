import { CLOSE_CODES, type CloseReason, type PrismErrorInfo } from '@prism/protocol';

/** Why an upstream link ended, as the session tells it. One table for handshakes, sockets and close codes. */
export interface UpstreamFailure {
  readonly reason: CloseReason;
  readonly error: PrismErrorInfo;
}

/** Longest part of the upstream's own words that is passed on. */
const QUOTE_CHARS_MAX = 300;

/** The upstream answered the WebSocket handshake with plain HTTP. */
export function handshakeFailure(httpStatus: number, body: string): UpstreamFailure {
  const said = upstreamMessage(body);
  const message = `The upstream answered HTTP ${httpStatus}${said === '' ? '' : `: ${said}`}.`;
  if (httpStatus === 401 || httpStatus === 403) {
    return {
      reason: 'upstream_refused',
      error: { code: 'upstream_authentication_failed', message },
    };
  }
  return { reason: 'upstream_refused', error: { code: 'upstream_refused', message } };
}

/** The socket never opened, or broke. */
export function connectFailure(error: Error): UpstreamFailure {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
  const message = `The connection to the upstream failed: ${code.slice(0, QUOTE_CHARS_MAX)}.`;
  return { reason: 'upstream_unreachable', error: { code: 'upstream_unreachable', message } };
}

/** The upstream closed the socket (Realtime close codes). */
export function closeFailure(closeCode: number, closeReason: string): UpstreamFailure {
  const said = closeReason === '' ? '' : `: ${closeReason.slice(0, QUOTE_CHARS_MAX)}`;
  const message = `The upstream closed the connection with ${closeCode}${said}.`;
  if (closeCode === CLOSE_CODES.invalidApiKey) {
    return {
      reason: 'upstream_refused',
      error: { code: 'upstream_authentication_failed', message },
    };
  }
  if (closeCode === CLOSE_CODES.goingAway && /maximum duration/i.test(closeReason)) {
    return { reason: 'session_expired', error: { code: 'upstream_lost', message } };
  }
  return { reason: 'upstream_lost', error: { code: 'upstream_lost', message } };
}

/**
 * The upstream's own message, without anything that looks like a key: OpenAI quotes the key it refuses.
 */
function upstreamMessage(body: string): string {
  let message = body;
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && 'error' in value) {
      const { error } = value;
      if (typeof error === 'object' && error !== null && 'message' in error)
        message = String(error.message);
    }
  } catch {
    // Not JSON: the body itself is the message.
  }
  return message
    .replace(/\b(sk|ek)[-_][\w*.-]+/g, '[key]')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\.$/, '')
    .slice(0, QUOTE_CHARS_MAX);
}
