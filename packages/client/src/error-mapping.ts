import type { ClientErrorCode } from './client-error.ts';
import { PrismClientError } from './client-error.ts';
import {
  isWireObject,
  objectField,
  parseWireObject,
  textField,
  type WireEvent,
} from './wire-event.ts';

const MICROPHONE_CODES: ReadonlyMap<string, ClientErrorCode> = new Map([
  ['NotAllowedError', 'microphone_denied'],
  ['SecurityError', 'microphone_denied'],
  ['NotFoundError', 'microphone_missing'],
  ['OverconstrainedError', 'microphone_missing'],
  ['NotReadableError', 'microphone_busy'],
  ['AbortError', 'microphone_busy'],
  ['TypeError', 'microphone_unsupported'],
]);

function nameOf(failure: unknown): string {
  return isWireObject(failure) ? (textField(failure, 'name') ?? '') : '';
}

/** Maps what `getUserMedia` rejects with (Media Capture and Streams, section 10.2) to an error. */
export function microphoneError(failure: unknown): PrismClientError {
  const code = MICROPHONE_CODES.get(nameOf(failure)) ?? 'microphone_failed';
  return new PrismClientError(code, { cause: failure });
}

/**
 * Maps a refused `POST /v1/realtime/calls` to an error. The body is
 * `{error: {type, code, message, param}}` from Prism, but may be anything from a proxy.
 */
export function refusalError(httpStatus: number, bodyText: string): PrismClientError {
  // A proxy's HTML page is no JSON: the status alone has to explain the refusal.
  const error = objectField(parseWireObject(bodyText), 'error');
  return new PrismClientError('server_refused', {
    httpStatus,
    serverCode: textField(error, 'code') ?? textField(error, 'type'),
    message: textField(error, 'message') ?? `The server answered with HTTP status ${httpStatus}.`,
  });
}

/** Maps the `error` event with which the server refuses a call over a WebSocket. */
export function refusedBy(event: WireEvent): PrismClientError {
  const { serverCode, message } = realtimeError(event);
  return new PrismClientError('server_refused', { serverCode, message });
}

/** Maps the Realtime `error` event to an error; the session usually stays open after it. */
export function realtimeError(event: WireEvent): PrismClientError {
  const error = objectField(event, 'error');
  return new PrismClientError('realtime_error', {
    serverCode: textField(error, 'code') ?? textField(error, 'type'),
    message: textField(error, 'message'),
  });
}
