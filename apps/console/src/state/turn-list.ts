import type { TurnLatency } from '@prism/client';

/** The parts of a turn in order, each ending with what it is named after. */
export type TurnPartName = 'noticed' | 'created' | 'signalled' | 'heard';

/** One part of a turn's wait. */
export interface TurnPart {
  readonly name: TurnPartName;
  readonly durationMs: number;
}

/** A turn as the waterfall shows it. */
export interface ShownTurn {
  readonly latency: TurnLatency;
  readonly parts: readonly TurnPart[];
  /** From the first to the last moment that is known. */
  readonly totalMs: number;
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

/** Adds what is known of a turn, or puts it in the place of what was known before; newest last. */
export function addTurn(turns: readonly ShownTurn[], latency: TurnLatency): readonly ShownTurn[] {
  const parts = partsOf(latency);
  const totalMs = parts.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const others = turns.filter((turn) => turn.latency.turn !== latency.turn);
  return [...others, { latency, parts, totalMs }].slice(-TURN_COUNT_MAX);
}

/** The wait as it was felt: from the last sound of the microphone where that is known. */
export function feltMs({ voiceToVoiceMs, audibleMs }: TurnLatency): number | undefined {
  return voiceToVoiceMs ?? audibleMs;
}

/** The middle one of the felt waits; `undefined` without one. */
export function medianFeltMs(turns: readonly ShownTurn[]): number | undefined {
  const felt = turns
    .map(({ latency }) => feltMs(latency))
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
