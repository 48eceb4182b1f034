/** Every limit of the wire, with its unit in the name. Each says what happens beyond it. */

/** Largest SDP offer; a larger one is refused with 413 `request_too_large`. */
export const SDP_OFFER_BYTES_MAX = 64 * 1024;

/** Largest session object in a request, as JSON; a larger one is refused with 413 `request_too_large`. */
export const SESSION_CONFIG_BYTES_MAX = 256 * 1024;

/** Largest client event on a data channel or WebSocket; a larger one is answered with `event_too_large`. */
export const CLIENT_EVENT_BYTES_MAX = 15 * 1024 * 1024;

/** Largest event that Prism accepts from an upstream; beyond it the upstream link is closed as broken. */
export const UPSTREAM_EVENT_BYTES_MAX = 32 * 1024 * 1024;

/** What libwebrtc accepts as one data-channel message unless the peer's SDP says otherwise. */
export const DATA_CHANNEL_MESSAGE_BYTES_DEFAULT = 262_144;

/** Longest `event_id` a client may choose (session.update reference). */
export const CLIENT_EVENT_ID_CHARS_MAX = 512;

/** Longest answer audio that waits for playout; more than this is dropped, newest first, and counted. */
export const PLAYOUT_QUEUE_MS_MAX = 30 * 60 * 1000;

/** Audio from the client kept while the upstream isn't ready; beyond it the oldest is dropped and counted. */
export const INPUT_BACKLOG_MS_MAX = 15_000;

/** Events kept for a controller that hasn't opened yet; beyond it the session is closed as broken. */
export const CONTROLLER_BACKLOG_COUNT_MAX = 1_000;

/** Client events kept while the upstream isn't ready; beyond it each is refused with `upstream_not_ready`. */
export const CLIENT_EVENT_BACKLOG_COUNT_MAX = 256;
