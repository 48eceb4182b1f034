import { measureSetup, type TimelineEntry, type TimelineSnapshot, turnFields } from '@prism/core';
import type { SessionFacts, SessionRow, StoredSession } from '../ports/session-store.ts';

/** A session in a list (`docs/reference/sessions.md`). */
export interface SessionSummary {
  readonly object: 'prism.session';
  readonly id: string;
  readonly state: 'live' | 'ended';
  readonly kind: 'media' | 'socket';
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly duration_ms: number;
  readonly reason: string | null;
  readonly key_id: string | null;
  readonly user: string | null;
  readonly agent: string | null;
  readonly model: string | null;
  readonly turn_count: number;
  /** The median of its turns. */
  readonly mouth_to_ear_ms: number | null;
}

/** One session with all that is known of it. */
export interface SessionDocument extends SessionSummary {
  /** Null where no timeline is recorded. */
  readonly timeline: TimelineFields | null;
  /** What it counted. */
  readonly counters: object;
}

interface TimelineFields {
  readonly setup: {
    readonly steps: Readonly<Record<string, number>>;
    readonly parts: Readonly<Record<string, number>>;
  };
  readonly turns: readonly Readonly<Record<string, unknown>>[];
  readonly entries: readonly Readonly<Record<string, unknown>>[];
  readonly dropped: { readonly turns: number; readonly entries: number; readonly samples: number };
}

/** What there is of a session at a moment: `endedAtMs` and `reason` once it is over. */
export interface SessionMoment {
  readonly facts: SessionFacts;
  readonly timeline: TimelineSnapshot | undefined;
  readonly counters: object;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** Undefined while it lives. */
  readonly reason: string | undefined;
}

export function summaryOf(moment: SessionMoment): SessionSummary {
  const { facts, atMs, reason } = moment;
  const isLive = reason === undefined;
  return summaryOfRow(
    { ...facts, ...figuresOf(moment), endedAtMs: atMs, reason: reason ?? '' },
    isLive,
  );
}

export function summaryOfRow(row: SessionRow, isLive = false): SessionSummary {
  return {
    object: 'prism.session',
    id: row.id,
    state: isLive ? 'live' : 'ended',
    kind: row.kind,
    started_at: isoOf(row.startedAtMs),
    ended_at: isLive ? null : isoOf(row.endedAtMs),
    duration_ms: Math.round(row.endedAtMs - row.startedAtMs),
    reason: isLive ? null : row.reason,
    key_id: row.keyId ?? null,
    user: row.user ?? null,
    agent: row.agent ?? null,
    model: row.model ?? null,
    turn_count: row.turnCount,
    mouth_to_ear_ms: row.mouthToEarMs === undefined ? null : rounded(row.mouthToEarMs),
  };
}

export function documentOf(moment: SessionMoment): SessionDocument {
  const { timeline, counters } = moment;
  return {
    ...summaryOf(moment),
    timeline: timeline === undefined ? null : timelineFields(timeline),
    counters: inSnakeCase(counters) as object,
  };
}

/** A session that is over, to be kept. */
export function storedOf(moment: SessionMoment): StoredSession {
  return {
    ...moment.facts,
    ...figuresOf(moment),
    endedAtMs: moment.atMs,
    reason: moment.reason ?? '',
    documentJson: JSON.stringify(documentOf(moment)),
  };
}

function figuresOf({ timeline }: SessionMoment): Pick<SessionRow, 'turnCount' | 'mouthToEarMs'> {
  const turns = timeline?.turns ?? [];
  const wholeMs = turns
    .filter(({ from, to }) => from === 'spoken' && to === 'heard')
    .map(({ totalMs }) => totalMs)
    .sort((left, right) => left - right);
  return {
    turnCount: turns.length + (timeline?.turnsDropped ?? 0),
    mouthToEarMs: wholeMs[wholeMs.length >> 1],
  };
}

function timelineFields(timeline: TimelineSnapshot): TimelineFields {
  const { setup, turns, entries, turnsDropped, entriesDropped, samplesDropped } = timeline;
  return {
    setup: { steps: roundedAll(setup), parts: roundedAll(measureSetup(setup)) },
    turns: turns.map((turn) => turnFields(turn)),
    entries: entries.map(entryFields),
    dropped: { turns: turnsDropped, entries: entriesDropped, samples: samplesDropped },
  };
}

/** A fact stands in the list by its own name. */
function entryFields(entry: TimelineEntry): Readonly<Record<string, unknown>> {
  const { atMs, type, ...fields } = entry;
  const own = type === 'fact' && 'fact' in fields ? fields.fact : { type, ...fields };
  return { at_ms: rounded(atMs), ...(inSnakeCase(own) as object) };
}

function roundedAll(times: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(times).map(([name, ms]) => [name, rounded(ms)]));
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}

function isoOf(wallMs: number): string {
  return new Date(wallMs).toISOString();
}

/** Plain data with its names as the wire has them. What is undefined is null. */
function inSnakeCase(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? rounded(value) : null;
  if (Array.isArray(value)) return value.map(inSnakeCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [snakeName(name), inSnakeCase(field)]),
  );
}

function snakeName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
