import type { MetricDefinition } from './definition.ts';

/** Seen from Prism: `in` comes from the client, `out` goes to it. */
const DIRECTIONS = ['in', 'out'] as const;

/** Of live sessions, at the time of a scrape. */
export const QUANTILES = ['0.5', '0.95', '1'] as const;

const NETWORK_DELAY_BUCKETS_S = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2];
const LOSS_BUCKETS = [0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];

/** Audio: the network it came over, what was lost of it, and what was done about that. */
export const MEDIA_METRICS = {
  prism_rtp_packets_total: {
    type: 'counter',
    unit: 'count',
    help: 'RTP packets.',
    labels: { direction: DIRECTIONS },
  },
  prism_rtp_bytes_total: {
    type: 'counter',
    unit: 'bytes',
    help: 'Bytes of RTP payload.',
    labels: { direction: DIRECTIONS },
  },
  prism_rtp_packets_lost_total: {
    type: 'counter',
    unit: 'count',
    help: 'RTP packets that the network lost, before anything was recovered; out: as clients report.',
    labels: { direction: DIRECTIONS },
  },
  prism_rtp_packets_dropped_total: {
    type: 'counter',
    unit: 'count',
    help: 'Packets of clients that were not played.',
    labels: { reason: ['late', 'duplicate', 'foreign', 'malformed', 'unreadable'] },
  },
  prism_rtp_packets_recovered_total: {
    type: 'counter',
    unit: 'count',
    help: 'Missing packets whose sound came after all, by what brought it.',
    labels: { by: ['reordering', 'nack', 'red', 'fec'] },
  },
  prism_rtp_packets_given_up_total: {
    type: 'counter',
    unit: 'count',
    help: 'Missing packets that were given up.',
    labels: {},
  },
  prism_rtp_packets_held_total: {
    type: 'counter',
    unit: 'count',
    help: 'Packets that waited behind a gap.',
    labels: {},
  },
  prism_rtp_held_seconds_total: {
    type: 'counter',
    unit: 'seconds',
    help: 'Time that packets waited behind gaps, added up.',
    labels: {},
  },
  prism_rtp_hold_overflows_total: {
    type: 'counter',
    unit: 'count',
    help: 'Gaps that were given up early because too much waited behind them.',
    labels: {},
  },
  prism_rtp_stream_restarts_total: {
    type: 'counter',
    unit: 'count',
    help: "Times that a client's stream began anew.",
    labels: {},
  },
  prism_rtp_nacks_total: {
    type: 'counter',
    unit: 'count',
    help: 'Packets asked for again: by Prism, by clients, and of these the answered ones.',
    labels: { kind: ['sent', 'received', 'answered'] },
  },
  prism_rtp_protection_changes_total: {
    type: 'counter',
    unit: 'count',
    help: 'Times that protection against loss (FEC, RED) was turned on or off.',
    labels: {},
  },
  prism_rtcp_reports_total: {
    type: 'counter',
    unit: 'count',
    help: 'RTCP reports.',
    labels: { direction: DIRECTIONS },
  },
  prism_rtcp_malformed_total: {
    type: 'counter',
    unit: 'count',
    help: 'RTCP packets that could not be read.',
    labels: {},
  },
  prism_audio_played_packets_total: {
    type: 'counter',
    unit: 'count',
    help: 'Packets of clients that were decoded into the conversation.',
    labels: {},
  },
  prism_audio_filled_seconds_total: {
    type: 'counter',
    unit: 'seconds',
    help: 'Audio of clients that was made up: concealed, or silence for pauses and gaps.',
    labels: { kind: ['concealed', 'silence', 'silence_ahead', 'silence_excess'] },
  },
  prism_audio_skipped_seconds_total: {
    type: 'counter',
    unit: 'seconds',
    help: 'RTP time of clients that was left out of the conversation.',
    labels: {},
  },
  prism_client_packet_loss_ratio: {
    type: 'histogram',
    unit: 'ratio',
    help: 'Share of RTP packets lost over a whole session, observed at its end.',
    labels: { direction: DIRECTIONS },
    buckets: LOSS_BUCKETS,
  },
  prism_client_jitter_seconds: {
    type: 'histogram',
    unit: 'seconds',
    help: "Jitter (RFC 3550) at a session's end.",
    labels: { direction: DIRECTIONS },
    buckets: NETWORK_DELAY_BUCKETS_S,
  },
  prism_client_rtt_seconds: {
    type: 'histogram',
    unit: 'seconds',
    help: "Round trip to the client at a session's end.",
    labels: {},
    buckets: NETWORK_DELAY_BUCKETS_S,
  },
  prism_live_client_rtt_seconds: {
    type: 'gauge',
    ofWorkers: 'highest',
    unit: 'seconds',
    help: 'Round trips to the clients of live sessions: median, 95th percentile, highest.',
    labels: { quantile: QUANTILES },
  },
  prism_live_client_jitter_seconds: {
    type: 'gauge',
    ofWorkers: 'highest',
    unit: 'seconds',
    help: 'Jitter of what comes from the clients of live sessions: median, 95th percentile, highest.',
    labels: { quantile: QUANTILES },
  },
  prism_peer_bytes_total: {
    type: 'counter',
    unit: 'bytes',
    help: "Bytes on clients' peers: SRTP and data channel, or the media WebSocket.",
    labels: { direction: DIRECTIONS },
  },
  prism_peer_path_changes_total: {
    type: 'counter',
    unit: 'count',
    help: "Times that media moved to another of a client's addresses.",
    labels: {},
  },
  prism_peer_datagrams_dropped_total: {
    type: 'counter',
    unit: 'count',
    help: 'Datagrams that a slow TCP connection had no room for.',
    labels: {},
  },
  prism_peer_handshake_repeats_total: {
    type: 'counter',
    unit: 'count',
    help: 'Datagrams of set-ups that were sent a second time.',
    labels: {},
  },
  prism_peer_refusals_total: {
    type: 'counter',
    unit: 'count',
    help: "What came on clients' own ways and was not taken: SRTP packets, DTLS records, SCTP packets and chunks.",
    labels: {
      protocol: ['srtp', 'dtls', 'sctp'],
      reason: [
        'malformed',
        'unauthentic',
        'replayed',
        'too_old',
        'unencrypted',
        'too_many_sources',
        'misplaced',
        'broken_chunk',
        'no_room',
      ],
    },
  },
  prism_media_port_refusals_total: {
    type: 'counter',
    unit: 'count',
    help: "What came to the media port and is no client's: datagrams, checks of no live call, wrong passwords, TCP connections.",
    labels: {
      kind: ['unknown_datagram', 'unknown_check', 'wrong_password', 'tcp_refused', 'tcp_expired'],
    },
  },
} as const satisfies Record<string, MetricDefinition>;
