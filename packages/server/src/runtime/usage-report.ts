import { totalOf } from '@prism/core';
import type { UsageGroup, UsageQuery, UsageTotals } from './ports/usage-store.ts';

const MS_PER_S = 1_000;
const MICRO_USD_PER_USD = 1_000_000;

/** One row of `GET /v1/prism/usage`. */
export interface UsageReportRow {
  readonly group: Readonly<Partial<Record<UsageGroup, string>>>;
  readonly sessions: number;
  readonly responses: number;
  readonly transcriptions: number;
  readonly tokens: {
    readonly total: number;
    readonly text_in: number;
    readonly text_cached_in: number;
    readonly text_out: number;
    readonly audio_in: number;
    readonly audio_cached_in: number;
    readonly audio_out: number;
    readonly image_in: number;
    readonly image_cached_in: number;
  };
  readonly transcribed_seconds: number;
  readonly input_audio_seconds: number;
  readonly output_audio_seconds: number;
  readonly session_seconds: number;
  readonly cost_usd: number;
  readonly price_unknown: number;
  readonly estimated: number;
}

/** The body of `GET /v1/prism/usage`. */
export interface UsageReport {
  readonly object: 'prism.usage';
  /** Whole hours, as ISO times. */
  readonly from: string;
  readonly to: string;
  readonly group_by: readonly UsageGroup[];
  readonly data: readonly UsageReportRow[];
  readonly has_more: boolean;
}

export function usageReport(query: UsageQuery, totals: readonly UsageTotals[]): UsageReport {
  return {
    object: 'prism.usage',
    from: hourOf(query.fromMs),
    to: hourOf(query.toMs),
    group_by: query.groupBy,
    data: totals.map(rowOf),
    has_more: totals.length >= query.countMax,
  };
}

/** The same as rows of cells, the first of them the names. */
export function usageTable(report: UsageReport): readonly (readonly (string | number)[])[] {
  const head = [
    ...report.group_by,
    'sessions',
    'responses',
    'transcriptions',
    'tokens',
    'text_in',
    'text_cached_in',
    'text_out',
    'audio_in',
    'audio_cached_in',
    'audio_out',
    'image_in',
    'image_cached_in',
    'transcribed_seconds',
    'input_audio_seconds',
    'output_audio_seconds',
    'session_seconds',
    'cost_usd',
    'price_unknown',
    'estimated',
  ];
  const rows = report.data.map((row) => [
    ...report.group_by.map((name) => row.group[name] ?? ''),
    row.sessions,
    row.responses,
    row.transcriptions,
    row.tokens.total,
    row.tokens.text_in,
    row.tokens.text_cached_in,
    row.tokens.text_out,
    row.tokens.audio_in,
    row.tokens.audio_cached_in,
    row.tokens.audio_out,
    row.tokens.image_in,
    row.tokens.image_cached_in,
    row.transcribed_seconds,
    row.input_audio_seconds,
    row.output_audio_seconds,
    row.session_seconds,
    row.cost_usd,
    row.price_unknown,
    row.estimated,
  ]);
  return [head, ...rows];
}

/** As CSV (RFC 4180). A text that a spreadsheet would take for a formula is quoted away. */
export function usageCsv(report: UsageReport): string {
  const cell = (value: string | number): string => {
    if (typeof value === 'number') return String(value);
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return usageTable(report)
    .map((row) => `${row.map(cell).join(',')}\r\n`)
    .join('');
}

function rowOf(totals: UsageTotals): UsageReportRow {
  const { tokens } = totals;
  return {
    group: totals.group,
    sessions: totals.sessionCount,
    responses: totals.responseCount,
    transcriptions: totals.transcriptionCount,
    tokens: {
      total: totalOf(tokens),
      text_in: tokens.textIn,
      text_cached_in: tokens.textCachedIn,
      text_out: tokens.textOut,
      audio_in: tokens.audioIn,
      audio_cached_in: tokens.audioCachedIn,
      audio_out: tokens.audioOut,
      image_in: tokens.imageIn,
      image_cached_in: tokens.imageCachedIn,
    },
    transcribed_seconds: totals.transcribedMs / MS_PER_S,
    input_audio_seconds: totals.inputAudioMs / MS_PER_S,
    output_audio_seconds: totals.outputAudioMs / MS_PER_S,
    session_seconds: totals.sessionMs / MS_PER_S,
    cost_usd: totals.costMicroUsd / MICRO_USD_PER_USD,
    price_unknown: totals.unpricedCount,
    estimated: totals.estimatedCount,
  };
}

function hourOf(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 13)}:00:00Z`;
}
