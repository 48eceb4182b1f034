import type { MetricDefinition } from './definition.ts';
import { ERROR_CODES } from './session-metrics.ts';

/** How a tool's call ends. */
const TOOL_OUTCOMES = [
  'answered',
  'failed',
  'timed_out',
  'cancelled',
  'invalid_arguments',
  'unknown_tool',
  'confirmation_required',
  'refused',
  'aborted',
] as const;

/** What happens to audio, events and tools inside a session. */
export const CONVERSATION_METRICS = {
  prism_input_audio_seconds_total: {
    type: 'counter',
    unit: 'seconds',
    help: "The user's audio by what became of it: received in all, and of it said before the call was live, dropped, silenced, muted, or heard as echo.",
    labels: { fate: ['received', 'early', 'dropped', 'silenced', 'muted', 'echo'] },
  },
  prism_answer_frames_total: {
    type: 'counter',
    unit: 'count',
    help: 'Frames of 20 ms of answers that left for clients.',
    labels: {},
  },
  prism_answer_trimmed_seconds_total: {
    type: 'counter',
    unit: 'seconds',
    help: 'Silence before answers that was left out.',
    labels: {},
  },
  prism_answer_dropped_seconds_total: {
    type: 'counter',
    unit: 'seconds',
    help: 'Audio of answers that interruptions threw away, and that a full queue refused.',
    labels: { reason: ['interrupted', 'overflow'] },
  },
  prism_answer_underruns_total: {
    type: 'counter',
    unit: 'count',
    help: 'Times that an answer ran dry before its end.',
    labels: {},
  },
  prism_answer_queued_seconds: {
    type: 'gauge',
    unit: 'seconds',
    help: 'Audio of answers that waits to be played, of all live sessions.',
    labels: {},
  },
  prism_answer_late_deltas_total: {
    type: 'counter',
    unit: 'count',
    help: 'Deltas of interrupted answers that came afterwards and were dropped.',
    labels: {},
  },
  prism_truncations_corrected_total: {
    type: 'counter',
    unit: 'count',
    help: 'Truncates of clients that were corrected to what was heard.',
    labels: {},
  },
  prism_playout_reports_total: {
    type: 'counter',
    unit: 'count',
    help: "Clients' reports of what they played: all, and those that came too late to count.",
    labels: { kind: ['received', 'stale'] },
  },
  prism_turn_ends_total: {
    type: 'counter',
    unit: 'count',
    help: 'Commits and clears that waited for sound on its way: put off, and those whose sound came too late.',
    labels: { kind: ['put_off', 'late'] },
  },
  prism_speech_onsets_total: {
    type: 'counter',
    unit: 'count',
    help: 'Times that somebody began to speak, as Prism hears it.',
    labels: {},
  },
  prism_ducks_total: {
    type: 'counter',
    unit: 'count',
    help: 'Times that an answer became quieter, loud again, was interrupted then, was quieter for nothing, or was kept from it.',
    labels: { event: ['ducked', 'restored', 'confirmed', 'unconfirmed', 'guarded'] },
  },
  prism_backchannels_total: {
    type: 'counter',
    unit: 'count',
    help: 'Short sounds over an answer that were kept from the upstream.',
    labels: {},
  },
  prism_echoes_found_total: {
    type: 'counter',
    unit: 'count',
    help: "Times that an answer was found in its listener's microphone.",
    labels: {},
  },
  prism_paced_seconds: {
    type: 'gauge',
    unit: 'seconds',
    help: 'Audio that waits for WebSocket clients, of all live sessions.',
    labels: {},
  },
  prism_paced_dropped_seconds_total: {
    type: 'counter',
    unit: 'seconds',
    help: 'Audio for WebSocket clients that interruptions threw away.',
    labels: {},
  },
  prism_paced_hurried_total: {
    type: 'counter',
    unit: 'count',
    help: 'Times that audio for a WebSocket client was sent faster, for want of room.',
    labels: {},
  },
  prism_events_total: {
    type: 'counter',
    unit: 'count',
    help: 'Realtime events relayed: up to the upstream, down to controllers.',
    labels: { direction: ['up', 'down'] },
  },
  prism_events_withheld_total: {
    type: 'counter',
    unit: 'count',
    help: 'Events that a controller was not told: nobody there, missed while away, hidden by policy, no room on its connection.',
    labels: { reason: ['unheard', 'missed', 'hidden', 'unsent'] },
  },
  prism_events_rate_limited_total: {
    type: 'counter',
    unit: 'count',
    help: 'Events of controllers that were dropped because too many came.',
    labels: {},
  },
  prism_events_refused_total: {
    type: 'counter',
    unit: 'count',
    help: 'Events of controllers that were refused, by error code.',
    labels: { code: ERROR_CODES },
  },
  prism_own_events_refused_total: {
    type: 'counter',
    unit: 'count',
    help: "Prism's own events that the upstream refused.",
    labels: {},
  },
  prism_policy_decisions_total: {
    type: 'counter',
    unit: 'count',
    help: 'Events of controllers that their policy kept back, and fields of sessions that were kept as they are.',
    labels: { decision: ['event_denied', 'field_locked'] },
  },
  prism_controllers: {
    type: 'gauge',
    unit: 'count',
    help: 'Controllers of live sessions: data channels, WebSockets, sidebands.',
    labels: {},
  },
  prism_tool_calls_total: {
    type: 'counter',
    unit: 'count',
    help: 'Calls of tools that have ended, by outcome.',
    labels: { outcome: TOOL_OUTCOMES },
  },
  prism_tool_calls_started_total: {
    type: 'counter',
    unit: 'count',
    help: 'Calls of tools by the model.',
    labels: {},
  },
  prism_tool_duration_seconds: {
    type: 'histogram',
    unit: 'seconds',
    help: 'How long calls of tools took.',
    labels: { outcome: TOOL_OUTCOMES },
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 60],
  },
  prism_tools_running: {
    type: 'gauge',
    unit: 'count',
    help: 'Calls of tools that run, of all live sessions.',
    labels: {},
  },
  prism_tool_anomalies_total: {
    type: 'counter',
    unit: 'count',
    help: 'Calls that came twice, results after the end, fillers spoken, confirmations given up, throws.',
    labels: { kind: ['duplicate', 'late_result', 'filler', 'confirmation_given_up', 'thrown'] },
  },
} as const satisfies Record<string, MetricDefinition>;
