import { LOAD_PARTS } from '@prism/core';
import { COUNTED_RATES } from '../../../auth/rate-limits.ts';
import type { MetricDefinition } from './definition.ts';
import { ERROR_CODES } from './session-metrics.ts';

const TOKEN_KIND_LABELS = [
  'text_in',
  'text_cached_in',
  'text_out',
  'audio_in',
  'audio_cached_in',
  'audio_out',
  'image_in',
  'image_cached_in',
] as const;

/** The door, the money, and the process itself. */
export const OPERATION_METRICS = {
  prism_access_refusals_total: {
    type: 'counter',
    unit: 'count',
    help: 'Callers that were not let in, by error code: HTTP, WebSocket, offers and sidebands alike.',
    labels: { code: ERROR_CODES },
  },
  prism_rate_refusals_total: {
    type: 'counter',
    unit: 'count',
    help: 'Callers that were refused by a rate limit, by rate.',
    labels: { rate: COUNTED_RATES },
  },
  prism_http_request_duration_seconds: {
    type: 'histogram',
    unit: 'seconds',
    help: 'HTTP requests by route and class of status; WebSockets are not among them.',
    labels: { route: 'routes', status: ['2xx', '3xx', '4xx', '5xx', 'other'] },
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  },
  prism_tokens_total: {
    type: 'counter',
    unit: 'count',
    help: 'Tokens by what they cost.',
    labels: { kind: TOKEN_KIND_LABELS, agent: 'agents' },
  },
  prism_cost_usd_total: {
    type: 'counter',
    unit: 'usd',
    help: 'Money spent, by the price table.',
    labels: { agent: 'agents' },
  },
  prism_usage_audio_seconds_total: {
    type: 'counter',
    unit: 'seconds',
    help: 'Audio between Prism and the upstream: of users (in) and models (out).',
    labels: { direction: ['in', 'out'], agent: 'agents' },
  },
  prism_usage_entries_total: {
    type: 'counter',
    unit: 'count',
    help: 'Usage that was counted, by kind.',
    labels: { kind: ['response', 'transcription', 'media'] },
  },
  prism_usage_uncertain_total: {
    type: 'counter',
    unit: 'count',
    help: 'Usage without a price, and usage that was reckoned since the upstream told nothing.',
    labels: { kind: ['unpriced', 'estimated'] },
  },
  prism_limit_events_total: {
    type: 'counter',
    unit: 'count',
    help: 'Limits of sessions that came near or were reached.',
    labels: {
      limit: ['session', 'idle', 'tokens', 'audio', 'cost', 'budget', 'other'],
      event: ['warning', 'reached'],
    },
  },
  prism_storage_queue_records: {
    type: 'gauge',
    unit: 'count',
    help: 'Records of usage that wait to be written.',
    labels: {},
  },
  prism_storage_lost_records_total: {
    type: 'counter',
    unit: 'count',
    help: 'Records of usage that there was no room for.',
    labels: {},
  },
  prism_media_tick_slots_total: {
    type: 'counter',
    unit: 'count',
    help: 'Slots of the media tick that were served.',
    labels: {},
  },
  prism_media_tick_missed_slots_total: {
    type: 'counter',
    unit: 'count',
    help: 'Slots that had passed before the media tick came to them.',
    labels: {},
  },
  prism_media_tick_lateness_max_seconds: {
    type: 'gauge',
    ofWorkers: 'highest',
    unit: 'seconds',
    help: 'The latest that the media tick came, since the process began.',
    labels: {},
  },
  prism_event_loop_delay_seconds: {
    type: 'gauge',
    ofWorkers: 'highest',
    unit: 'seconds',
    help: 'How late the event loop was in the last second, 99th percentile.',
    labels: {},
  },
  prism_load_ratio: {
    type: 'gauge',
    ofWorkers: 'highest',
    unit: 'ratio',
    help: 'How much of the process is used, by what it could run out of; the highest is the load of GET /v1/prism/capacity.',
    labels: { part: LOAD_PARTS },
  },
  prism_trace_spans_total: {
    type: 'counter',
    unit: 'count',
    help: 'Spans that were sent to the collector, dropped for want of room, or that it did not take.',
    labels: { outcome: ['sent', 'dropped', 'failed'] },
  },
  prism_build_info: {
    type: 'gauge',
    ofWorkers: 'any',
    unit: 'count',
    help: 'Always 1; the version is in the label.',
    labels: { version: 'version' },
  },
  prism_scrape_duration_seconds: {
    type: 'gauge',
    ofWorkers: 'highest',
    unit: 'seconds',
    help: 'How long the scrape before took to write its text, once sessions were read.',
    labels: {},
  },
  process_cpu_seconds_total: {
    type: 'counter',
    unit: 'seconds',
    help: 'CPU time of the process, user and system.',
    labels: {},
  },
  process_resident_memory_bytes: {
    type: 'gauge',
    unit: 'bytes',
    help: 'Resident memory of the process.',
    labels: {},
  },
  process_start_time_seconds: {
    type: 'gauge',
    ofWorkers: 'lowest',
    unit: 'seconds',
    help: 'When the process began, since 1970.',
    labels: {},
  },
  nodejs_heap_size_used_bytes: {
    type: 'gauge',
    unit: 'bytes',
    help: 'JavaScript heap in use.',
    labels: {},
  },
  nodejs_external_memory_bytes: {
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory of objects outside the JavaScript heap.',
    labels: {},
  },
} as const satisfies Record<string, MetricDefinition>;
