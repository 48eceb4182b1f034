/** Why a session ended. The first reason wins; it is logged, counted and told to whoever still listens. */
export const CLOSE_REASONS = {
  client_hangup: 'The client asked to hang up.',
  media_lost: 'The client was not heard of for the grace time.',
  media_never_connected: 'The client never completed the media connection.',
  client_closed: 'The client closed its connection.',
  session_refused: 'The upstream refused the configuration that the session starts with.',
  upstream_lost: 'The upstream ended the connection.',
  upstream_refused: 'The upstream refused the session.',
  upstream_unreachable: 'The upstream could not be reached.',
  session_expired: 'The session reached its maximum length.',
  session_idle: 'Nobody spoke for the longest time that the session allows.',
  budget_exceeded: 'A limit of tokens, audio or cost was reached.',
  backlog_overflow: 'A bounded queue of the session was full.',
  server_draining: 'The server is shutting down.',
  rate_limit_exceeded: 'The client sent more events than it may, for too long.',
  internal_error: 'A broken invariant ended the session.',
} as const satisfies Record<string, string>;

export type CloseReason = keyof typeof CLOSE_REASONS;
