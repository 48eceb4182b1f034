/** WebSocket close codes on the Realtime wire, as clients read them. */
export const CLOSE_CODES = {
  /** Normal end. */
  normal: 1000,
  /** The session reached its maximum length, or the endpoint goes away. Clients reconnect. */
  goingAway: 1001,
  /** The session can't be had as it was asked for; asking again doesn't help. */
  policyViolation: 1008,
  /** A message was larger than the limit. */
  messageTooBig: 1009,
  /** A bug ended the session. */
  internalError: 1011,
  /** The server is draining. Clients reconnect, to another node. */
  serviceRestart: 1012,
  /** The server has no room, or the client reads too slowly. */
  tryAgainLater: 1013,
  /** The key is refused; the reason is `invalid_request_error.invalid_api_key`. */
  invalidApiKey: 3000,
  /** The beta wire is not spoken; the reason is `invalid_request_error.beta_api_shape_disabled`. */
  betaShapeDisabled: 4000,
} as const;
