import type { TurnMeasured } from './turn-measured.ts';

/** The fields of `prism.turn.latency`, and of a turn in a session's timeline (`docs/reference/prism-events.md`). */
export function turnFields(turn: TurnMeasured): Readonly<Record<string, unknown>> {
  return {
    turn: turn.turn,
    response_id: turn.responseId,
    cause: turn.cause,
    state: turn.state,
    final: turn.isFinal,
    start_ms: rounded(turn.startMs),
    from: turn.from,
    to: turn.to,
    total_ms: rounded(turn.totalMs),
    error_ms: rounded(turn.errorMs),
    heard_by: turn.heardBy ?? null,
    parts: turn.parts.map(({ part, startMs, durationMs }) => ({
      part,
      start_ms: rounded(startMs),
      duration_ms: rounded(durationMs),
    })),
    added_in_ms: roundedOrNull(turn.addedInMs),
    added_out_ms: roundedOrNull(turn.addedOutMs),
    interruption: turn.interruption === undefined ? null : interruptionFields(turn.interruption),
  };
}

function interruptionFields(
  interruption: NonNullable<TurnMeasured['interruption']>,
): Readonly<Record<string, unknown>> {
  const { trigger, afterMs, detectionMs, toSilenceMs, truncatedMs } = interruption;
  return {
    trigger,
    after_ms: rounded(afterMs),
    detection_ms: roundedOrNull(detectionMs),
    to_silence_ms: roundedOrNull(toSilenceMs),
    truncated_ms: roundedOrNull(truncatedMs),
  };
}

/** To a microsecond: what is below it is noise of the arithmetic. */
function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}

function roundedOrNull(ms: number | undefined): number | null {
  return ms === undefined ? null : rounded(ms);
}
