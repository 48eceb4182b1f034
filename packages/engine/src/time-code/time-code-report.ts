import type { TimeCodeMark } from './decode-time-code.ts';
import { CODE_COUNT, CODE_FRAME_MS } from './tone-plan.ts';

/** What a recording of time-coded sound shows. Frames are numbered from the recording's first code on. */
export interface TimeCodeReport {
  /** Different frames that were heard. */
  readonly heardCount: number;
  /** Number of the first and of the last frame in sequence; `undefined` if none was heard. */
  readonly firstFrame: number | undefined;
  readonly lastFrame: number | undefined;
  /** Frames between the first and the last that were not heard, as ranges, both ends included. */
  readonly missing: readonly { readonly fromFrame: number; readonly toFrame: number }[];
  readonly missingCount: number;
  /** Frames heard again. */
  readonly repeatedCount: number;
  /** Frames heard after one that follows them in sequence. */
  readonly disorderedCount: number;
  /** The longest time between a frame's place in the sequence and its place in the recording, against the first. */
  readonly driftMsMax: number;
}

const HALF = CODE_COUNT / 2;

/** Numbers the codes without end: each is within half the sequence (41 s) of the one before it. */
function framesOf(marks: readonly TimeCodeMark[]): number[] {
  let latest: number | undefined;
  return marks.map(({ code }) => {
    latest =
      latest === undefined
        ? code
        : latest + ((((code - latest + HALF) % CODE_COUNT) + CODE_COUNT) % CODE_COUNT) - HALF;
    return latest;
  });
}

/** Judges order, completeness and steadiness of what `decodeTimeCode` found. */
export function reportTimeCode(marks: readonly TimeCodeMark[]): TimeCodeReport {
  const frames = framesOf(marks);
  const heard = new Set<number>();
  let repeatedCount = 0;
  let disorderedCount = 0;
  let latest = Number.NEGATIVE_INFINITY;
  let driftMsMax = 0;
  frames.forEach((frame, index) => {
    repeatedCount += heard.has(frame) ? 1 : 0;
    disorderedCount += !heard.has(frame) && frame < latest ? 1 : 0;
    heard.add(frame);
    latest = Math.max(latest, frame);
    const plannedMs = (frame - (frames[0] ?? 0)) * CODE_FRAME_MS;
    const heardMs = (marks[index]?.atMs ?? 0) - (marks[0]?.atMs ?? 0);
    driftMsMax = Math.max(driftMsMax, Math.abs(heardMs - plannedMs));
  });
  const sorted = [...heard].sort((left, right) => left - right);
  const missing = sorted.flatMap((frame, index) => {
    const next = sorted[index + 1];
    return next !== undefined && next > frame + 1
      ? [{ fromFrame: frame + 1, toFrame: next - 1 }]
      : [];
  });
  return {
    heardCount: heard.size,
    firstFrame: sorted[0],
    lastFrame: sorted.at(-1),
    missing,
    missingCount: missing.reduce((sum, { fromFrame, toFrame }) => sum + toFrame - fromFrame + 1, 0),
    repeatedCount,
    disorderedCount,
    driftMsMax,
  };
}
