import type { TurnLatency } from '@prism/client/inspect';
import type { ServerTurn } from './server-turn.ts';

/** The parts of a turn that this browser measures, in order, each ending with what it is named after. */
export const TURN_PARTS = ['noticed', 'created', 'signalled', 'heard'] as const;

/** One of them. */
export type TurnPartName = (typeof TURN_PARTS)[number];

/** One part of a turn's wait, as this browser measured it. */
export interface TurnPart {
  readonly name: TurnPartName;
  readonly durationMs: number;
}

/** A turn as the waterfall shows it: as this browser measured it, as the server told of it, or both. */
export interface ShownTurn {
  /** Counts the rows of one call. */
  readonly id: number;
  readonly latency: TurnLatency | undefined;
  /** Of `latency`. */
  readonly parts: readonly TurnPart[];
  readonly server: ServerTurn | undefined;
}

/** Turns kept for the waterfall; older ones leave. */
export const TURN_COUNT_MAX = 50;

/** The parts of a turn that are known; what isn't is part of what comes after it, and is not guessed. */
export function partsOf(latency: TurnLatency): readonly TurnPart[] {
  const marks: readonly (readonly [TurnPartName, number | undefined])[] = [
    ['created', latency.createdMs],
    ['signalled', latency.signalledMs],
    ['heard', latency.audibleMs],
  ];
  const parts: TurnPart[] = [];
  const { noticedMs } = latency;
  if (noticedMs !== undefined) parts.push({ name: 'noticed', durationMs: noticedMs });
  let beforeMs = 0;
  for (const [name, atMs] of marks) {
    if (atMs === undefined) continue;
    // Sound may be heard before the event that announces it is read.
    parts.push({ name, durationMs: Math.max(0, atMs - beforeMs) });
    beforeMs = Math.max(beforeMs, atMs);
  }
  return parts;
}

function sumOf(parts: readonly TurnPart[]): number {
  return parts.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

/** The longer one of a turn's two bars. */
export function widthMs({ parts, server }: ShownTurn): number {
  return Math.max(sumOf(parts), server?.totalMs ?? 0);
}

function put(turns: readonly ShownTurn[], index: number, turn: ShownTurn): readonly ShownTurn[] {
  const next = index === -1 ? [...turns, turn] : turns.with(index, turn);
  return next.slice(-TURN_COUNT_MAX);
}

function nextId(turns: readonly ShownTurn[]): number {
  return (turns.at(-1)?.id ?? 0) + 1;
}

function isAnsweredBy({ responseId, spokenResponseId }: TurnLatency, id: string | undefined) {
  return id !== undefined && (id === spokenResponseId || id === responseId);
}

/** Adds what this browser measured of a turn, or puts it in the place of what was known before; newest last. */
export function addTurn(turns: readonly ShownTurn[], latency: TurnLatency): readonly ShownTurn[] {
  const index = turns.findIndex(
    ({ latency: known, server }) =>
      known?.turn === latency.turn ||
      (known === undefined && isAnsweredBy(latency, server?.responseId)),
  );
  const before = turns[index];
  return put(turns, index, {
    id: before?.id ?? nextId(turns),
    latency,
    parts: partsOf(latency),
    server: before?.server,
  });
}

/** Adds what the server told of a turn. */
export function addServerTurn(
  turns: readonly ShownTurn[],
  server: ServerTurn,
): readonly ShownTurn[] {
  const told = turns.findIndex((turn) => turn.server?.turn === server.turn);
  const index =
    told === -1
      ? turns.findIndex(
          ({ latency }) => latency !== undefined && isAnsweredBy(latency, server.responseId),
        )
      : told;
  const before = turns[index];
  return put(turns, index, {
    id: before?.id ?? nextId(turns),
    latency: before?.latency,
    parts: before?.parts ?? [],
    server,
  });
}

/** The wait as it was felt, by this browser: from the last sound of the microphone where that is known. */
export function feltMs({ latency }: ShownTurn): number | undefined {
  return latency?.voiceToVoiceMs ?? latency?.audibleMs;
}

/** The middle one of the felt waits; `undefined` without one. */
export function medianFeltMs(turns: readonly ShownTurn[]): number | undefined {
  const felt = turns
    .map(feltMs)
    .filter((value) => value !== undefined)
    .sort((a, b) => a - b);
  const middle = felt.length >> 1;
  const upper = felt[middle];
  if (upper === undefined || felt.length % 2 === 1) return upper;
  return ((felt[middle - 1] ?? upper) + upper) / 2;
}

/** What each part is: from where to where, and who says so. */
export const PART_TEXTS: Readonly<
  Record<TurnPartName, { readonly label: string; readonly note: string }>
> = {
  noticed: {
    label: 'End of speech noticed',
    note: "From your last sound above −40 dBFS to speech_stopped, on arrival: the server's wait for the end of speech, and the network. An estimate from levels.",
  },
  created: {
    label: 'Response created',
    note: 'Until response.created arrived.',
  },
  signalled: {
    label: 'First audio',
    note: 'Until output_audio_buffer.started arrived: the model, and the first frame of its voice.',
  },
  heard: {
    label: 'Heard',
    note: 'Until the first sound above −50 dBFS in this browser: network, jitter buffer, and silence that the answer begins with.',
  },
};
