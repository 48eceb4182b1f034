/** What the user sees, as a client may tell the model, as JSON in UTF-8. */
export const SCREEN_CONTEXT_BYTES_MAX = 8_192;

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

/** Longest time that a client's playout report may name for its buffers; one beyond it is refused with `invalid_event`. */
export const PLAYOUT_REPORT_MS_MAX = 60_000;

/** Longest answer audio that waits for playout; more than this is dropped, newest first, and counted. */
export const PLAYOUT_QUEUE_MS_MAX = 30 * 60 * 1000;

/** Audio from the client kept while the upstream isn't ready; beyond it the oldest is dropped and counted. */
export const INPUT_BACKLOG_MS_MAX = 15_000;

/** What a caller said before its call was live; an event that makes it more is refused with `invalid_event`. */
export const EARLY_AUDIO_MS_MAX = 10_000;

/** Base64 of one piece of it; a longer one is refused with `invalid_event`. */
export const EARLY_AUDIO_PIECE_CHARS_MAX = 128 * 1024;

/** How long live audio waits for what was said before it; then it goes without it. */
export const EARLY_AUDIO_HOLD_MS_MAX = 5_000;

/** Events kept for a controller that hasn't opened yet; beyond it the session is closed as broken. */
export const CONTROLLER_BACKLOG_COUNT_MAX = 1_000;

/** Client events kept while the upstream isn't ready; beyond it each is refused with `upstream_not_ready`. */
export const CLIENT_EVENT_BACKLOG_COUNT_MAX = 256;

/** Creates of responses that wait for their turn; a further one is refused with `response_queue_full`. */
export const RESPONSE_QUEUE_COUNT_MAX = 16;

/** Times that a create is sent again after the upstream found a response in its way; then its error is passed on. */
export const RESPONSE_RETRY_COUNT_MAX = 3;

/** Size of the client events kept while the upstream isn't ready; beyond it they are refused as above. */
export const CLIENT_EVENT_BACKLOG_BYTES_MAX = 16 * 1024 * 1024;

/** Controllers of one call at the same time; a further one is refused with `controller_limit_reached`. */
export const SIDEBAND_COUNT_MAX = 16;

/**
 * What may wait in a WebSocket for a client that reads slowly, or for an upstream; beyond it the client is closed with
 * 1013, and the upstream is lost.
 */
export const SOCKET_BUFFER_BYTES_MAX = 32 * 1024 * 1024;

/**
 * Events that a client whose connection broke can be told again, by count and by size; older ones are gone, and it
 * learns that.
 */
export const RESUME_HISTORY_COUNT_MAX = 256;
export const RESUME_HISTORY_CHARS_MAX = 256 * 1024;

/**
 * Audio that may wait in a media WebSocket whose client's network stands still; a further frame is left out, and its
 * place on the timeline kept.
 */
export const MEDIA_SOCKET_BACKLOG_MS_MAX = 1_000;

/** What a paced client may be ahead of real time, least and most; another lead is refused with `invalid_request`. */
export const PACING_LEAD_MS_MIN = 200;
export const PACING_LEAD_MS_MAX = 60_000;

/** Audio and events that pacing keeps back for a WebSocket client; beyond it the oldest leaves before its time. */
export const PACED_BYTES_MAX = 32 * 1024 * 1024;

/** Largest compound RTCP packet that is read; a larger one is no RTCP and is counted as malformed. */
export const RTCP_BYTES_MAX = 2_048;

/** Sequence numbers read from one NACK: more than a second of audio in packets of 10 ms; the rest is ignored. */
export const NACK_COUNT_MAX = 128;

/** Tokens of the goodbye at a limit; the upstream ends it there. */
export const FAREWELL_TOKEN_COUNT_MAX = 400;

/** How long a goodbye may take, from the limit to its last sound; the session ends then in any case. */
export const FAREWELL_MS_MAX = 15_000;

/** Responses whose audio is counted at the same time; of further ones only what the upstream reports is. */
export const METERED_RESPONSE_COUNT_MAX = 64;

/** Counters of keys and users that budgets are kept for; a session of a further one is refused. */
export const BUDGET_SUBJECT_COUNT_MAX = 100_000;

/** Usage that waits to be written; while there is so much, new sessions are refused with `storage_unavailable`. */
export const USAGE_QUEUE_COUNT_MAX = 10_000;

/** Tool calls that run at the same time in a session; a further one is answered with `tool_limit_reached`. */
export const TOOL_RUNNING_COUNT_MAX = 16;

/** Largest arguments of a tool call, in UTF-16 units; larger ones are answered with `invalid_arguments`. */
export const TOOL_ARGUMENTS_CHARS_MAX = 64 * 1024;

/** Calls of a session that are remembered, so that none runs twice; the oldest that is over is forgotten. */
export const TOOL_REMEMBERED_COUNT_MAX = 256;

/** Confirmations that a session waits for; the oldest is given up for a new one. */
export const TOOL_CONFIRMATION_COUNT_MAX = 16;

/** How long an agreement to a tool call may take and last; after it the user has to be asked again. */
export const TOOL_CONFIRMATION_MS = 120_000;
