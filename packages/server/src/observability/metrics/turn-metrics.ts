import type { TurnMeasured } from '@prism/core';
import type { MetricSet } from './metric-set.ts';

const MS_PER_S = 1_000;

/** Counts a turn when it is over. */
export function countTurn(set: MetricSet, turn: TurnMeasured): void {
  if (!turn.isFinal) return;
  const { cause, state, parts, heardBy, addedInMs, addedOutMs, interruption } = turn;
  set.add('prism_turns_total', { cause, state });
  for (const { part, durationMs } of parts)
    set.observe('prism_turn_part_seconds', { part }, durationMs / MS_PER_S);
  if (heardBy !== undefined && turn.from === 'spoken' && turn.to === 'heard')
    set.observe('prism_turn_mouth_to_ear_seconds', { heard_by: heardBy }, turn.totalMs / MS_PER_S);
  if (addedInMs !== undefined)
    set.observe('prism_turn_added_seconds', { direction: 'in' }, addedInMs / MS_PER_S);
  if (addedOutMs !== undefined)
    set.observe('prism_turn_added_seconds', { direction: 'out' }, addedOutMs / MS_PER_S);
  if (interruption?.toSilenceMs !== undefined)
    set.observe('prism_interruption_to_silence_seconds', {}, interruption.toSilenceMs / MS_PER_S);
}
