import { STEP_MS, ToneLevels, WINDOW_MS } from './tone-levels.ts';
import { CODE_FRAME_MS, codeOfDigits, DIGIT_COUNT, DIGIT_TONE_COUNT } from './tone-plan.ts';

/** A coded frame that was found in a recording. */
export interface TimeCodeMark {
  /** 0–4095. */
  readonly code: number;
  /** Where the frame begins, in milliseconds from the recording's beginning; within about 1 ms. */
  readonly atMs: number;
}

/** Tones below this amplitude (−66 dBFS) are no tones. */
const AMPLITUDE_MIN = 16;

/** How much of a band's strongest tone its second may have; beyond it the digit is a guess. */
const RIVAL_RATIO_MAX = 0.85;

/** How far the bands' strongest tones may be apart in amplitude: 18 dB, as no channel tilts more. */
const TILT_RATIO_MIN = 0.125;

/** How much of the power of all 40 tones the code's own five must have; in noise it is about a third. */
const PURITY_RATIO_MIN = 0.5;

/** A code counts if it stands in at least so many neighbouring windows. */
const WINDOW_COUNT_MIN = 2;

/** How far apart windows with the same code may be to belong to one run: a codec may blur those between. */
const GAP_WINDOWS_MAX = 4;

/** Whole frames are never closer to each other than this. */
const GHOST_MS_MAX = 14;

/** Neighbouring windows with the same code. */
interface Run {
  readonly code: number;
  readonly firstWindow: number;
  lastWindow: number;
  windowCount: number;
}

/**
 * Finds the time codes in a recording: PCM16 mono, 24 kHz unless told (any multiple of 400 Hz from 8 kHz up; others
 * throw a RangeError). It needs no alignment. Frames that can't be read are left out; one heard twice is there twice.
 */
export function decodeTimeCode(pcm: Int16Array, rateHz = 24_000): TimeCodeMark[] {
  const levels = new ToneLevels(pcm, rateHz);
  return withoutGhosts(runsOf(levels).filter(({ windowCount }) => windowCount >= WINDOW_COUNT_MIN))
    .flatMap((run) => marksOfRun(run, levels))
    .sort((left, right) => left.atMs - right.atMs);
}

/** Drops codes that a window across two frames seems to show: a longer run stands too close beside them. */
function withoutGhosts(runs: readonly Run[]): Run[] {
  const middleOf = (run: Run): number => (run.firstWindow + run.lastWindow) / 2;
  return runs.filter((run, index) =>
    [runs[index - 1], runs[index + 1]].every(
      (beside) =>
        beside === undefined ||
        beside.windowCount <= run.windowCount ||
        Math.abs(middleOf(beside) - middleOf(run)) * STEP_MS >= GHOST_MS_MAX,
    ),
  );
}

function runsOf(levels: ToneLevels): Run[] {
  const runs: Run[] = [];
  for (let window = 0; window < levels.windowCount; window += 1) {
    const code = codeIn(levels, window);
    if (code === undefined) {
      continue;
    }
    const open = runs
      .slice(-2)
      .find((run) => run.code === code && window - run.lastWindow <= GAP_WINDOWS_MAX);
    if (open !== undefined) {
      open.lastWindow = window;
      open.windowCount += 1;
    } else {
      runs.push({ code, firstWindow: window, lastWindow: window, windowCount: 1 });
    }
  }
  return runs;
}

function codeIn(levels: ToneLevels, window: number): number | undefined {
  const digits = new Uint8Array(DIGIT_COUNT);
  let weakest = Number.POSITIVE_INFINITY;
  let strongest = 0;
  let ownPower = 0;
  let power = 0;
  for (let band = 0; band < DIGIT_COUNT; band += 1) {
    let best = 0;
    let second = 0;
    for (let digit = 0; digit < DIGIT_TONE_COUNT; digit += 1) {
      const level = levels.at(window, band * DIGIT_TONE_COUNT + digit);
      power += level * level;
      if (level > best) {
        second = best;
        best = level;
        digits[band] = digit;
      } else {
        second = Math.max(second, level);
      }
    }
    if (second > RIVAL_RATIO_MAX * best) {
      return undefined;
    }
    ownPower += best * best;
    weakest = Math.min(weakest, best);
    strongest = Math.max(strongest, best);
  }
  const isCode =
    weakest >= AMPLITUDE_MIN &&
    weakest >= TILT_RATIO_MIN * strongest &&
    ownPower >= PURITY_RATIO_MIN * power;
  return isCode ? codeOfDigits(digits) : undefined;
}

/** One mark, or several where a frame is heard more than once in a row. */
function marksOfRun(run: Run, levels: ToneLevels): TimeCodeMark[] {
  const { code, firstWindow, lastWindow } = run;
  const spanMs = (lastWindow - firstWindow) * STEP_MS;
  // A window lies wholly in its frame over a span of 5 ms; more than a frame beyond that is a frame repeated.
  const frameCount = Math.max(
    1,
    1 + Math.floor((spanMs - (CODE_FRAME_MS - WINDOW_MS)) / CODE_FRAME_MS),
  );
  const centreMs = centreOf(run, levels) * STEP_MS + WINDOW_MS / 2;
  const startMs = centreMs - (frameCount * CODE_FRAME_MS) / 2;
  return Array.from({ length: frameCount }, (_, index) => ({
    code,
    atMs: startMs + index * CODE_FRAME_MS,
  }));
}

/** The middle of a run, by the tone that neighbouring frames don't share: the lowest digit's. */
function centreOf(run: Run, levels: ToneLevels): number {
  const tone = run.code & 7;
  const from = Math.max(0, run.firstWindow - 4);
  const to = Math.min(levels.windowCount - 1, run.lastWindow + 4);
  let peak = 0;
  for (let window = run.firstWindow; window <= run.lastWindow; window += 1) {
    peak = Math.max(peak, levels.at(window, tone));
  }
  let weight = 0;
  let moment = 0;
  for (let window = from; window <= to; window += 1) {
    const above = Math.max(0, levels.at(window, tone) - peak / 2);
    weight += above;
    moment += above * window;
  }
  return weight === 0 ? run.firstWindow : moment / weight;
}
