/** What is wrong with a client's event, as the `error` event says it (Realtime GA reference, `error`). */
export interface WireError {
  readonly type: 'invalid_request_error' | 'server_error';
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
  /** The `event_id` of the client event at fault. */
  readonly event_id: string | null;
}

/** Builds an `invalid_request_error`; `event_id` is filled in by whoever knows the event. */
export function invalidRequest(code: string, message: string, param?: string): WireError {
  return { type: 'invalid_request_error', code, message, param: param ?? null, event_id: null };
}
