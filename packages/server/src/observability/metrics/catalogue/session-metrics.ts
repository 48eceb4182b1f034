import { SETUP_PARTS, TURN_PARTS } from '@prism/core';
import { CLOSE_REASONS, ERROR_CATALOGUE } from '@prism/protocol';
import type { MetricDefinition } from './definition.ts';

/** What a session's media and events come over. */
export const TRANSPORTS = ['webrtc', 'media_websocket', 'realtime_websocket'] as const;
export type TransportLabel = (typeof TRANSPORTS)[number];

/** As `describe().state` of a session that isn't closed has them. */
export const SESSION_STATES = ['opening', 'live', 'lingering'] as const;

export const ERROR_CODES: readonly string[] = Object.keys(ERROR_CATALOGUE);
const CLOSE_REASON_NAMES: readonly string[] = Object.keys(CLOSE_REASONS);

/** Codes of the upstream's `error` events that are told apart. */
const UPSTREAM_ERROR_CODES = [
  'invalid_request_error',
  'invalid_value',
  'insufficient_quota',
  'rate_limit_exceeded',
  'response_cancel_not_active',
  'conversation_already_has_active_response',
  'input_audio_buffer_commit_empty',
  'item_truncate_invalid_item_id',
  'server_error',
  'session_expired',
  'unknown',
  'other',
] as const;

/** Set-up and turns: finer where people notice. */
const LATENCY_BUCKETS_S = [
  0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1, 1.3, 1.6, 2, 3, 5, 10,
];

/** Sessions: how many, how they begin and end, and how fast. */
export const SESSION_METRICS = {
  prism_sessions: {
    type: 'gauge',
    unit: 'count',
    help: 'Live sessions.',
    labels: { state: SESSION_STATES, transport: TRANSPORTS },
  },
  prism_sessions_max: {
    type: 'gauge',
    unit: 'count',
    help: 'Sessions at a time that the settings allow (limits.sessions).',
    labels: {},
  },
  prism_sessions_started_total: {
    type: 'counter',
    unit: 'count',
    help: 'Sessions that began.',
    labels: { transport: TRANSPORTS, agent: 'agents' },
  },
  prism_sessions_ended_total: {
    type: 'counter',
    unit: 'count',
    help: 'Sessions that ended, by close reason.',
    labels: { reason: CLOSE_REASON_NAMES },
  },
  prism_session_refusals_total: {
    type: 'counter',
    unit: 'count',
    help: 'Sessions that were refused to callers who were let in, by error code.',
    labels: { code: ERROR_CODES },
  },
  prism_session_faults_total: {
    type: 'counter',
    unit: 'count',
    help: 'Sessions that a bug in Prism ended.',
    labels: {},
  },
  prism_session_duration_seconds: {
    type: 'histogram',
    unit: 'seconds',
    help: 'How long sessions lasted.',
    labels: { transport: TRANSPORTS },
    buckets: [1, 5, 15, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200],
  },
  prism_session_setup_seconds: {
    type: 'histogram',
    unit: 'seconds',
    help: 'The parts of a set-up, as docs/reference/latency.md has them; they run side by side, ready is the whole.',
    labels: { part: SETUP_PARTS },
    buckets: LATENCY_BUCKETS_S,
  },
  prism_session_absences_total: {
    type: 'counter',
    unit: 'count',
    help: 'Times that a client was not heard of and the session waited for it.',
    labels: {},
  },
  prism_upstream_dials_total: {
    type: 'counter',
    unit: 'count',
    help: 'Upstream connections by what came of them: ready, or the error code of their failure.',
    labels: { outcome: ['ready', ...ERROR_CODES] },
  },
  prism_upstream_losses_total: {
    type: 'counter',
    unit: 'count',
    help: 'Upstream connections that ended after they were ready, and not by Prism.',
    labels: { code: ERROR_CODES },
  },
  prism_upstream_errors_total: {
    type: 'counter',
    unit: 'count',
    help: "The upstream's error events, by code.",
    labels: { code: UPSTREAM_ERROR_CODES },
  },
  prism_upstream_garbage_total: {
    type: 'counter',
    unit: 'count',
    help: 'Messages of the upstream that were no events.',
    labels: {},
  },
  prism_upstream_buffered_bytes: {
    type: 'gauge',
    unit: 'bytes',
    help: 'Bytes that wait to be written to upstreams, of all live sessions.',
    labels: {},
  },
  prism_turns_total: {
    type: 'counter',
    unit: 'count',
    help: 'Turns that are over, by what made the model answer and how the answer ended.',
    labels: {
      cause: ['speech', 'commit', 'request', 'greeting'],
      state: ['played', 'interrupted', 'silent', 'unfinished'],
    },
  },
  prism_turn_part_seconds: {
    type: 'histogram',
    unit: 'seconds',
    help: 'The parts of turns, as docs/reference/latency.md has them; a part whose end is not known is in the next.',
    labels: { part: TURN_PARTS },
    buckets: LATENCY_BUCKETS_S,
  },
  prism_turn_mouth_to_ear_seconds: {
    type: 'histogram',
    unit: 'seconds',
    help: "From the user's last sound at the mouth to the answer's first at the ear; heard_by says how the latter is known.",
    labels: { heard_by: ['report', 'model'] },
    buckets: LATENCY_BUCKETS_S,
  },
  prism_turn_response_seconds: {
    type: 'histogram',
    unit: 'seconds',
    help: "From the end of the user's speech, as the upstream told it, to the answer's first packet.",
    labels: {},
    buckets: LATENCY_BUCKETS_S,
  },
  prism_turn_added_seconds: {
    type: 'histogram',
    unit: 'seconds',
    help: 'What Prism itself added to turns: the longest wait of audio on its way in, and of the first audio on its way out.',
    labels: { direction: ['in', 'out'] },
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.1, 0.2, 0.5, 1],
  },
  prism_interruption_to_silence_seconds: {
    type: 'histogram',
    unit: 'seconds',
    help: 'From what interrupted an answer until nothing of it was heard any more.',
    labels: {},
    buckets: [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 1, 2],
  },
  prism_answers_total: {
    type: 'counter',
    unit: 'count',
    help: 'Answers that began to play, and those that were interrupted.',
    labels: { event: ['started', 'interrupted'] },
  },
  prism_interruptions_total: {
    type: 'counter',
    unit: 'count',
    help: 'Interrupted answers, by what interrupted them.',
    labels: {
      trigger: [
        'speech_started',
        'client_cancel',
        'client_clear',
        'client_truncate',
        'local_speech',
        'limit',
        'move',
      ],
    },
  },
  prism_response_sequencing_total: {
    type: 'counter',
    unit: 'count',
    help: 'Requests for responses that came while another one was active, by what became of them.',
    labels: { action: ['queued', 'merged', 'answered', 'retried', 'dropped', 'unanswered'] },
  },
  prism_responses_waiting: {
    type: 'gauge',
    unit: 'count',
    help: 'Requests for responses that wait for their turn, of all live sessions.',
    labels: {},
  },
} as const satisfies Record<string, MetricDefinition>;
