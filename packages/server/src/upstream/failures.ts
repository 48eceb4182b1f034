import { CLOSE_CODES, type CloseReason, type PrismErrorInfo } from '@prism/protocol';

/** Why an upstream link ended, as the session tells it. One table for handshakes, sockets and close codes. */
export interface UpstreamFailure {
  readonly reason: CloseReason;
  readonly error: PrismErrorInfo;
  /** The error's message without the upstream's own words, which may quote anything. */
  readonly summary: string;
}

/** Longest part of the upstream's own words that is passed on. */
const QUOTE_CHARS_MAX = 300;

/** The upstream answered the WebSocket handshake with plain HTTP. */
export function handshakeFailure(httpStatus: number, body: string): UpstreamFailure {
  const said = upstreamMessage(body);
  const summary = `The upstream answered HTTP ${httpStatus}.`;
  const message = quoting(summary, said);
  if (httpStatus === 401 || httpStatus === 403) {
    return {
      reason: 'upstream_refused',
      error: { code: 'upstream_authentication_failed', message },
      summary,
    };
  }
  return { reason: 'upstream_refused', error: { code: 'upstream_refused', message }, summary };
}

/** The socket never opened, or broke. */
export function connectFailure(error: Error): UpstreamFailure {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
  const message = `The connection to the upstream failed: ${code.slice(0, QUOTE_CHARS_MAX)}.`;
  return {
    reason: 'upstream_unreachable',
    error: { code: 'upstream_unreachable', message },
    summary: message,
  };
}

/** The upstream closed the socket (Realtime close codes). */
export function closeFailure(closeCode: number, closeReason: string): UpstreamFailure {
  const summary = `The upstream closed the connection with ${closeCode}.`;
  const message = quoting(summary, quoteOf(closeReason));
  if (closeCode === CLOSE_CODES.invalidApiKey) {
    return {
      reason: 'upstream_refused',
      error: { code: 'upstream_authentication_failed', message },
      summary,
    };
  }
  if (closeCode === CLOSE_CODES.goingAway && /maximum duration/i.test(closeReason)) {
    return { reason: 'session_expired', error: { code: 'upstream_lost', message }, summary };
  }
  return { reason: 'upstream_lost', error: { code: 'upstream_lost', message }, summary };
}

/** The upstream stays connected and reads nothing: what it is sent would be kept without a bound. */
export function backlogFailure(bytesMax: number): UpstreamFailure {
  const message = `The upstream has stopped reading: ${bytesMax / 2 ** 20} MiB wait for it.`;
  return {
    reason: 'upstream_lost',
    error: { code: 'upstream_lost', message },
    summary: message,
  };
}

/** A sentence with what the upstream said. */
function quoting(summary: string, said: string): string {
  return said === '' ? summary : `${summary.slice(0, -1)}: ${said}.`;
}

/** The upstream's own message in the body of a refusal. */
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
  return quoteOf(message);
}

/** Without anything that looks like a key, which OpenAI quotes when it refuses it. */
export function withoutKeys(text: string): string {
  return text.replace(/\b(sk|ek)[-_][\w*.-]+/g, '[key]');
}

/** As it stands in a sentence. */
function quoteOf(text: string): string {
  return withoutKeys(text).replace(/\s+/g, ' ').trim().replace(/\.$/, '').slice(0, QUOTE_CHARS_MAX);
}
