import { CLOSE_CODES, ERROR_CATALOGUE, errorBody, type PrismErrorInfo } from '@prism/protocol';
import type { WebSocket } from 'ws';

/** Whether an error is about the caller's key alone. */
export function isAboutKey({ code }: PrismErrorInfo): boolean {
  return ERROR_CATALOGUE[code].httpStatus === 401;
}

/** Tells on the opened socket why, and closes with `<type>.<code>` as its reason, as the Realtime API does. */
export function refuseOnSocket(
  socket: Pick<WebSocket, 'send' | 'close'>,
  info: PrismErrorInfo,
  eventId: string,
): void {
  const { error } = errorBody(info);
  const event = { type: 'error', event_id: eventId, error: { ...error, event_id: null } };
  socket.send(JSON.stringify(event));
  socket.close(refusalCode(info), `invalid_request_error.${info.code}`);
}

function refusalCode(info: PrismErrorInfo): number {
  if (info.code === 'beta_api_shape_disabled') return CLOSE_CODES.betaShapeDisabled;
  return isAboutKey(info) ? CLOSE_CODES.invalidApiKey : CLOSE_CODES.tryAgainLater;
}
