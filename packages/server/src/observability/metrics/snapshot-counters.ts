import type { MetricNameOf } from './catalogue/catalogue.ts';

/** A number of a session's snapshot, by its path, and the counter that sums it over all sessions. */
export interface SnapshotCounter {
  readonly path: string;
  /** The path in its parts: taking it apart for each session would be most of a scrape. */
  readonly names: readonly string[];
  readonly metric: MetricNameOf<'counter'>;
  readonly labels: Readonly<Record<string, string>>;
  /** What one of the snapshot's unit is in the metric's. */
  readonly scale: number;
}

/** A number of a snapshot that a gauge sums over live sessions. */
export interface SnapshotGauge {
  readonly path: string;
  readonly metric: MetricNameOf<'gauge'>;
  readonly scale: number;
}

const MS = 1 / 1_000;
/** Samples at 24 kHz. */
const SAMPLES = 1 / 24_000;

type Row = readonly [
  path: string,
  metric: MetricNameOf<'counter'>,
  labels?: Readonly<Record<string, string>>,
  scale?: number,
];

const COUNTER_ROWS: readonly Row[] = [
  ['mediaAbsences', 'prism_session_absences_total'],
  ['inputReceivedMs', 'prism_input_audio_seconds_total', { fate: 'received' }, MS],
  ['earlyMs', 'prism_input_audio_seconds_total', { fate: 'early' }, MS],
  ['inputDroppedMs', 'prism_input_audio_seconds_total', { fate: 'dropped' }, MS],
  ['inputSilencedMs', 'prism_input_audio_seconds_total', { fate: 'silenced' }, MS],
  ['inputMutedMs', 'prism_input_audio_seconds_total', { fate: 'muted' }, MS],
  ['echoMs', 'prism_input_audio_seconds_total', { fate: 'echo' }, MS],
  ['answerFramesSent', 'prism_answer_frames_total'],
  ['answerTrimmedMs', 'prism_answer_trimmed_seconds_total', {}, MS],
  ['answerUnderruns', 'prism_answer_underruns_total'],
  ['lateDeltas', 'prism_answer_late_deltas_total'],
  ['truncatesCorrected', 'prism_truncations_corrected_total'],
  ['playoutReports', 'prism_playout_reports_total', { kind: 'received' }],
  ['playoutReportsStale', 'prism_playout_reports_total', { kind: 'stale' }],
  ['turnEndsPutOff', 'prism_turn_ends_total', { kind: 'put_off' }],
  ['turnEndsLate', 'prism_turn_ends_total', { kind: 'late' }],
  ['speechOnsets', 'prism_speech_onsets_total'],
  ['ducks', 'prism_ducks_total', { event: 'ducked' }],
  ['restores', 'prism_ducks_total', { event: 'restored' }],
  ['confirmed', 'prism_ducks_total', { event: 'confirmed' }],
  ['falseDucks', 'prism_ducks_total', { event: 'unconfirmed' }],
  ['guarded', 'prism_ducks_total', { event: 'guarded' }],
  ['backchannels', 'prism_backchannels_total'],
  ['echoFound', 'prism_echoes_found_total'],
  ['pacedDroppedMs', 'prism_paced_dropped_seconds_total', {}, MS],
  ['pacedHurried', 'prism_paced_hurried_total'],
  ['toolCalls', 'prism_tool_calls_started_total'],
  ['toolDuplicateCalls', 'prism_tool_anomalies_total', { kind: 'duplicate' }],
  ['toolLateResults', 'prism_tool_anomalies_total', { kind: 'late_result' }],
  ['toolFillers', 'prism_tool_anomalies_total', { kind: 'filler' }],
  ['toolConfirmationsGivenUp', 'prism_tool_anomalies_total', { kind: 'confirmation_given_up' }],
  ['eventsUp', 'prism_events_total', { direction: 'up' }],
  ['eventsDown', 'prism_events_total', { direction: 'down' }],
  ['eventsUnheard', 'prism_events_withheld_total', { reason: 'unheard' }],
  ['eventsMissed', 'prism_events_withheld_total', { reason: 'missed' }],
  ['eventsHidden', 'prism_events_withheld_total', { reason: 'hidden' }],
  ['messagesUnsent', 'prism_events_withheld_total', { reason: 'unsent' }],
  ['eventsDropped', 'prism_events_rate_limited_total'],
  ['policyDenied', 'prism_policy_decisions_total', { decision: 'event_denied' }],
  ['policyLocked', 'prism_policy_decisions_total', { decision: 'field_locked' }],
];

/** Those that begin again when a client comes back on a new peer. */
const PEER_COUNTER_ROWS: readonly Row[] = [
  ['media.inbound.packets', 'prism_rtp_packets_total', { direction: 'in' }],
  ['media.inbound.bytes', 'prism_rtp_bytes_total', { direction: 'in' }],
  ['media.inbound.packetsLost', 'prism_rtp_packets_lost_total', { direction: 'in' }],
  ['media.inbound.packetsPlayed', 'prism_audio_played_packets_total'],
  ['media.inbound.packetsHeld', 'prism_rtp_packets_held_total'],
  ['media.inbound.heldMsTotal', 'prism_rtp_held_seconds_total', {}, MS],
  ['media.inbound.packetsReordered', 'prism_rtp_packets_recovered_total', { by: 'reordering' }],
  ['media.inbound.packetsRecoveredByNack', 'prism_rtp_packets_recovered_total', { by: 'nack' }],
  ['media.inbound.packetsRecoveredByRed', 'prism_rtp_packets_recovered_total', { by: 'red' }],
  ['media.inbound.packetsRecoveredByFec', 'prism_rtp_packets_recovered_total', { by: 'fec' }],
  ['media.inbound.packetsGivenUp', 'prism_rtp_packets_given_up_total'],
  ['media.inbound.packetsLate', 'prism_rtp_packets_dropped_total', { reason: 'late' }],
  ['media.inbound.packetsDuplicate', 'prism_rtp_packets_dropped_total', { reason: 'duplicate' }],
  ['media.inbound.packetsForeign', 'prism_rtp_packets_dropped_total', { reason: 'foreign' }],
  ['media.inbound.packetsMalformed', 'prism_rtp_packets_dropped_total', { reason: 'malformed' }],
  ['media.inbound.packetsUnreadable', 'prism_rtp_packets_dropped_total', { reason: 'unreadable' }],
  ['media.inbound.holdOverflows', 'prism_rtp_hold_overflows_total'],
  ['media.inbound.nacksSent', 'prism_rtp_nacks_total', { kind: 'sent' }],
  [
    'media.inbound.concealedSamples',
    'prism_audio_filled_seconds_total',
    { kind: 'concealed' },
    SAMPLES,
  ],
  [
    'media.inbound.silenceSamples',
    'prism_audio_filled_seconds_total',
    { kind: 'silence' },
    SAMPLES,
  ],
  [
    'media.inbound.silenceAheadSamples',
    'prism_audio_filled_seconds_total',
    { kind: 'silence_ahead' },
    SAMPLES,
  ],
  [
    'media.inbound.silenceExcessSamples',
    'prism_audio_filled_seconds_total',
    { kind: 'silence_excess' },
    SAMPLES,
  ],
  ['media.inbound.skippedSamples', 'prism_audio_skipped_seconds_total', {}, SAMPLES],
  ['media.inbound.restarts', 'prism_rtp_stream_restarts_total'],
  ['media.outbound.packets', 'prism_rtp_packets_total', { direction: 'out' }],
  ['media.outbound.bytes', 'prism_rtp_bytes_total', { direction: 'out' }],
  ['media.outbound.packetsLost', 'prism_rtp_packets_lost_total', { direction: 'out' }],
  ['media.outbound.nacksReceived', 'prism_rtp_nacks_total', { kind: 'received' }],
  ['media.outbound.nacksAnswered', 'prism_rtp_nacks_total', { kind: 'answered' }],
  ['media.outbound.protectionChanges', 'prism_rtp_protection_changes_total'],
  ['media.rtcp.reportsSent', 'prism_rtcp_reports_total', { direction: 'out' }],
  ['media.rtcp.reportsReceived', 'prism_rtcp_reports_total', { direction: 'in' }],
  ['media.rtcp.packetsMalformed', 'prism_rtcp_malformed_total'],
  ['peer.bytesSent', 'prism_peer_bytes_total', { direction: 'out' }],
  ['peer.bytesReceived', 'prism_peer_bytes_total', { direction: 'in' }],
  ['peer.ice.pathChanges', 'prism_peer_path_changes_total'],
  ['peer.ice.datagramsDropped', 'prism_peer_datagrams_dropped_total'],
  ['peer.handshakeRepeats', 'prism_peer_handshake_repeats_total'],
  ...refusalRows('srtp', {
    malformed: 'malformed',
    unauthentic: 'unauthentic',
    replayed: 'replayed',
    tooOld: 'too_old',
    unencrypted: 'unencrypted',
    sourceRefused: 'too_many_sources',
  }),
  ...refusalRows('dtls', {
    unauthentic: 'unauthentic',
    replayed: 'replayed',
    ignored: 'misplaced',
    droppedData: 'no_room',
  }),
  ...refusalRows('sctp', {
    malformed: 'malformed',
    strange: 'misplaced',
    brokenChunks: 'broken_chunk',
    droppedData: 'no_room',
  }),
];

export const PEER_COUNTERS = PEER_COUNTER_ROWS.map(counterOf);
export const SNAPSHOT_COUNTERS = [...COUNTER_ROWS.map(counterOf), ...PEER_COUNTERS];

export const SNAPSHOT_GAUGES: readonly SnapshotGauge[] = [
  { path: 'controllers', metric: 'prism_controllers', scale: 1 },
  { path: 'upstreamBufferedBytes', metric: 'prism_upstream_buffered_bytes', scale: 1 },
  { path: 'answerQueuedMs', metric: 'prism_answer_queued_seconds', scale: MS },
  { path: 'pacedMs', metric: 'prism_paced_seconds', scale: MS },
  { path: 'responsesWaiting', metric: 'prism_responses_waiting', scale: 1 },
  { path: 'toolsRunning', metric: 'prism_tools_running', scale: 1 },
];

/** Numbers of a snapshot that are no metric, each with the reason. */
export const UNCOUNTED: Readonly<Record<string, string>> = {
  interruptions: 'told as facts: prism_interruptions_total',
  truncatesHeld: 'of this moment, gone within a second',
  inputUndecidedMs: 'of this moment',
  listenerRttMs: 'the same as media.rttMs',
  echoDelayMs: 'describes one session',
  echoLevelDb: 'describes one session',
  toolEnds: 'told as facts: prism_tool_calls_total',
  unpricedUsage: 'told as usage: prism_usage_uncertain_total',
  'media.rttMs': 'a distribution: prism_client_rtt_seconds',
  'media.inbound.jitterMs': 'a distribution: prism_client_jitter_seconds',
  'media.inbound.heldMsMax': 'a maximum of one session',
  'media.outbound.fractionLost': 'of the last report; prism_rtp_packets_lost_total has the rate',
  'media.outbound.jitterMs': 'a distribution: prism_client_jitter_seconds',
  'media.tick.missedSlots': 'of the process: prism_media_tick_missed_slots_total',
  'media.tick.latenessMsMax': 'of the process: prism_media_tick_lateness_max_seconds',
  'peer.rttMs': 'of the set-up, in media.rttMs until RTCP tells',
  'peer.ice.pathCount': 'describes one session',
  answerParts: 'describes one session',
};

/** Names of members, one in the other, with points between them or in a list. */
type Path = string | readonly string[];

/** The number at a path of a snapshot; 0 where there is none. */
export function numberAt(snapshot: object, path: Path): number {
  return numberOrNothingAt(snapshot, path) ?? 0;
}

/** The number at a path of a snapshot; undefined where there is none. */
export function numberOrNothingAt(snapshot: object, path: Path): number | undefined {
  const names = typeof path === 'string' ? path.split('.') : path;
  let value: unknown = snapshot;
  for (let index = 0; index < names.length; index += 1) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[names[index] ?? ''];
  }
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** What a peer's layer has refused: the members of its counts, with the reason that each is. */
function refusalRows(
  protocol: 'srtp' | 'dtls' | 'sctp',
  reasons: Readonly<Record<string, string>>,
): readonly Row[] {
  return Object.entries(reasons).map(([member, reason]) => [
    `peer.refused.${protocol}.${member}`,
    'prism_peer_refusals_total',
    { protocol, reason },
  ]);
}

function counterOf([path, metric, labels = {}, scale = 1]: Row): SnapshotCounter {
  return { path, names: path.split('.'), metric, labels, scale };
}
