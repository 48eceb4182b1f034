/**
 * The moments of one turn, from the user's last sound to the first sound of the answer, in the order in which they
 * come. `docs/reference/latency.md` has where each is taken and how far off it may be.
 */
export const TURN_POINTS = [
  /** The user's last sound leaves the mouth. */
  'spoken',
  /** That sound has reached Prism. */
  'received',
  /** The end of the turn is known: the upstream's `speech_stopped`, or who asked for an answer without it. */
  'detected',
  /** The first response to it has begun. */
  'created',
  /** The response that speaks has begun, which is a later one when tools ran before it. */
  'resumed',
  /** The first audio of the answer has come. */
  'generated',
  /** Its first packet has left. */
  'sent',
  /** Its first packet with sound has left. */
  'sounded',
  /** That sound leaves the loudspeaker. */
  'heard',
] as const;

export type TurnPoint = (typeof TURN_POINTS)[number];

/** What passes between the moments of a turn, named by what is waited for; each ends at one of the points. */
export const TURN_PARTS = [
  'uplink',
  'end_of_turn',
  'response',
  'tools',
  'generation',
  'pacing',
  'silence',
  'playout',
] as const;

export type TurnPart = (typeof TURN_PARTS)[number];

/** The point at which a part ends. */
export const PART_ENDS: Readonly<Record<TurnPart, TurnPoint>> = {
  uplink: 'received',
  end_of_turn: 'detected',
  response: 'created',
  tools: 'resumed',
  generation: 'generated',
  pacing: 'sent',
  silence: 'sounded',
  playout: 'heard',
};

/** One part of a turn on the turn's own time, which begins with the first point that is known. */
export interface MeasuredPart {
  readonly part: TurnPart;
  readonly startMs: number;
  readonly durationMs: number;
}

/** A turn cut into its parts. They follow each other without a gap: their durations add up to `totalMs`. */
export interface MeasuredParts {
  readonly from: TurnPoint;
  readonly to: TurnPoint;
  readonly totalMs: number;
  readonly parts: readonly MeasuredPart[];
}

/** Times of a turn's points, in ms on one clock; a point that isn't known is absent. */
export type TurnTimes = Readonly<Partial<Record<TurnPoint, number>>>;

/**
 * Cuts a turn into its parts. A part whose end isn't known is left out, and its time belongs to the next one; a point
 * that came before the one ahead of it counts as that one. `undefined` if fewer than two points are known.
 */
export function measureTurn(times: TurnTimes): MeasuredParts | undefined {
  const known = TURN_POINTS.filter((point) => times[point] !== undefined);
  const from = known[0];
  const to = known.at(-1);
  if (from === undefined || to === undefined || from === to) return undefined;
  const originMs = times[from] ?? 0;
  const parts: MeasuredPart[] = [];
  let endMs = 0;
  for (const part of TURN_PARTS) {
    const point = PART_ENDS[part];
    const atMs = times[point];
    if (atMs === undefined || point === from) continue;
    const startMs = endMs;
    endMs = Math.max(endMs, atMs - originMs);
    parts.push({ part, startMs, durationMs: endMs - startMs });
  }
  return { from, to, totalMs: endMs, parts };
}
