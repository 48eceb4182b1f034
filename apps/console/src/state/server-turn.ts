import { numberField, objectsField, textField, type WireEvent } from '@prism/client';

/** The parts of a turn as the server's timeline has them, in their order. */
export const SERVER_PARTS = [
  'uplink',
  'end_of_turn',
  'response',
  'tools',
  'generation',
  'pacing',
  'silence',
  'playout',
] as const;

/** One of them. */
export type ServerPartName = (typeof SERVER_PARTS)[number];

/** One part of a turn, as the server told. */
export interface ServerPart {
  readonly name: ServerPartName;
  readonly durationMs: number;
}

/** What `prism.turn.latency` tells of a turn. */
export interface ServerTurn {
  /** Counts the session's turns; a newer event with the same number takes the older one's place. */
  readonly turn: number;
  readonly responseId: string | undefined;
  readonly parts: readonly ServerPart[];
  readonly totalMs: number;
  /** How far off the total may be. */
  readonly errorMs: number | undefined;
}

function isPartName(name: string | undefined): name is ServerPartName {
  return SERVER_PARTS.some((part) => part === name);
}

/** Reads a `prism.turn.latency`; `undefined` for every other event, and for one that tells of no part. */
export function readServerTurn(event: WireEvent): ServerTurn | undefined {
  if (event.type !== 'prism.turn.latency') return undefined;
  const turn = numberField(event, 'turn');
  const parts = objectsField(event, 'parts').flatMap((part): readonly ServerPart[] => {
    const name = textField(part, 'part');
    const durationMs = numberField(part, 'duration_ms');
    return isPartName(name) && durationMs !== undefined ? [{ name, durationMs }] : [];
  });
  if (turn === undefined || parts.length === 0) return undefined;
  return {
    turn,
    responseId: textField(event, 'response_id'),
    parts,
    totalMs: parts.reduce((sum, { durationMs }) => sum + durationMs, 0),
    errorMs: numberField(event, 'error_ms'),
  };
}

/** What each part is, and whose it is. */
export const SERVER_PART_TEXTS: Readonly<
  Record<ServerPartName, { readonly label: string; readonly note: string }>
> = {
  uplink: { label: 'Way there', note: 'From your last sound to its packet: the network.' },
  end_of_turn: {
    label: 'End of turn',
    note: "Until the end of your turn was known: the upstream's turn detection, its pause included.",
  },
  response: { label: 'Response', note: 'Until the upstream created the response.' },
  tools: {
    label: 'Tools',
    note: 'The first response, the tools that it called, and asking again.',
  },
  generation: { label: 'Generation', note: 'Until the first audio of the model came.' },
  pacing: { label: 'Prism', note: 'Until its first packet left.' },
  silence: { label: 'Silence', note: "Silence at the beginning of the model's audio." },
  playout: {
    label: 'Playout',
    note: 'From the first sound sent to the ear: network, jitter buffer, output device.',
  },
};
