import { SAMPLES_PER_MS } from './pcm.ts';

/** The sound that is looked for: a stretch of what was recorded before the call was live. */
const TEMPLATE_SAMPLES = 160 * SAMPLES_PER_MS;
/** It is taken from the newest of that, which live audio has too. */
const TAIL_SAMPLES = 320 * SAMPLES_PER_MS;
const TEMPLATE_STEP_SAMPLES = 40 * SAMPLES_PER_MS;
const TEMPLATE_COUNT_MAX = 3;
/** How far from where it is expected it may be found. */
const SEARCH_SAMPLES = 400 * SAMPLES_PER_MS;
/** First it is looked for in every eighth sample, then around the best place in all of them. */
const COARSE_SAMPLES = 8;
const FINE_SAMPLES = 2 * COARSE_SAMPLES;
/** Cosine of two stretches that are the same sound, one of them through a codec. */
const LIKENESS_MIN = 0.7;
/** Mean square below which there is nothing to compare: -60 dB of full scale. */
const POWER_MIN = 1_000;
const FADE_SAMPLES = 5 * SAMPLES_PER_MS;

/** What was said before a call was live, and live audio, as one. */
export interface JoinedAudio {
  readonly pcm: Int16Array;
  /** Live audio that was left out, because the recording has it already. */
  readonly overlapSamples: number;
  /** Whether the same sound was found in both; else they are joined by when they came. */
  readonly isMatched: boolean;
}

/**
 * Joins a recording and live audio that tell the same sound for a while, so that no sample is told twice. Where the
 * sound of both is the same they are joined to the sample; where there is none to compare, at `expected`.
 * @param expected - Index in `live` of the sample after the recording, as far as their arrival tells.
 */
export function joinEarlyAudio(early: Int16Array, live: Int16Array, expected: number): JoinedAudio {
  const match = findMatch(early, live, expected);
  if (match !== undefined) return joinAt(early, live, match);
  const from = Math.min(live.length, Math.max(0, expected));
  const pcm = new Int16Array(early.length + live.length - from);
  pcm.set(early);
  pcm.set(live.subarray(from), early.length);
  return { pcm, overlapSamples: from, isMatched: false };
}

/** Where the same sample stands in both. */
interface Match {
  readonly inEarly: number;
  readonly inLive: number;
}

function findMatch(early: Int16Array, live: Int16Array, expected: number): Match | undefined {
  for (const start of templateStarts(early)) {
    const template = early.subarray(start, start + TEMPLATE_SAMPLES);
    const place = expected - (early.length - start);
    const found = find(template, live, place);
    if (found === undefined) continue;
    const middle = TEMPLATE_SAMPLES / 2;
    return { inEarly: start + middle, inLive: found + middle };
  }
  return undefined;
}

/** Where stretches with something in them begin, the loudest first. */
function templateStarts(early: Int16Array): readonly number[] {
  const starts: { readonly start: number; readonly power: number }[] = [];
  const first = Math.max(0, early.length - TAIL_SAMPLES);
  for (
    let start = early.length - TEMPLATE_SAMPLES;
    start >= first;
    start -= TEMPLATE_STEP_SAMPLES
  ) {
    const power = powerOf(early.subarray(start, start + TEMPLATE_SAMPLES));
    if (power >= POWER_MIN) starts.push({ start, power });
  }
  starts.sort((left, right) => right.power - left.power);
  return starts.slice(0, TEMPLATE_COUNT_MAX).map(({ start }) => start);
}

function powerOf(pcm: Int16Array): number {
  let sum = 0;
  for (const sample of pcm) sum += sample * sample;
  return sum / pcm.length;
}

/** The index in `live` at which `template` is heard; `undefined` if it isn't within reach of `place`. */
function find(template: Int16Array, live: Int16Array, place: number): number | undefined {
  const from = Math.max(0, place - SEARCH_SAMPLES);
  const to = Math.min(live.length, place + SEARCH_SAMPLES + template.length);
  const coarse = mostAlike(decimated(template), decimated(live.subarray(from, to)));
  if (coarse === undefined) return undefined;
  const near = from + coarse.at * COARSE_SAMPLES;
  const fineFrom = Math.max(0, near - FINE_SAMPLES);
  const fineTo = Math.min(live.length, near + FINE_SAMPLES + template.length);
  const fine = mostAlike(template, live.subarray(fineFrom, fineTo));
  return fine !== undefined && fine.likeness >= LIKENESS_MIN ? fineFrom + fine.at : undefined;
}

/** Where in `all` the part that is most like `template` begins, by the cosine between them. */
function mostAlike(
  template: ArrayLike<number>,
  all: ArrayLike<number>,
): { readonly at: number; readonly likeness: number } | undefined {
  let best: { at: number; likeness: number } | undefined;
  const templateEnergy = energyOf(template, 0, template.length);
  let energy = energyOf(all, 0, Math.min(template.length, all.length));
  for (let at = 0; at + template.length <= all.length; at += 1) {
    let product = 0;
    for (let index = 0; index < template.length; index += 1)
      product += (template[index] ?? 0) * (all[at + index] ?? 0);
    const likeness = energy <= 0 ? 0 : product / Math.sqrt(templateEnergy * energy);
    if (best === undefined || likeness > best.likeness) best = { at, likeness };
    energy += (all[at + template.length] ?? 0) ** 2 - (all[at] ?? 0) ** 2;
  }
  return best;
}

function energyOf(all: ArrayLike<number>, from: number, to: number): number {
  let sum = 0;
  for (let index = from; index < to; index += 1) sum += (all[index] ?? 0) ** 2;
  return sum;
}

/** Means of every eight samples: below 1.5 kHz, where most of a voice is. */
function decimated(pcm: Int16Array): Float64Array {
  return Float64Array.from({ length: Math.floor(pcm.length / COARSE_SAMPLES) }, (_, part) => {
    let sum = 0;
    for (let index = 0; index < COARSE_SAMPLES; index += 1)
      sum += pcm[part * COARSE_SAMPLES + index] ?? 0;
    return sum / COARSE_SAMPLES;
  });
}

/** The recording up to the match, and live audio from it on; 5 ms go over from one to the other. */
function joinAt(early: Int16Array, live: Int16Array, { inEarly, inLive }: Match): JoinedAudio {
  const pcm = new Int16Array(inEarly + live.length - inLive);
  pcm.set(early.subarray(0, inEarly));
  for (let index = 0; index < FADE_SAMPLES; index += 1) {
    const share = (index + 0.5) / FADE_SAMPLES;
    const at = inEarly - FADE_SAMPLES + index;
    const before = early[at] ?? 0;
    const after = live[inLive - FADE_SAMPLES + index] ?? before;
    pcm[at] = Math.round(before * (1 - share) + after * share);
  }
  pcm.set(live.subarray(inLive), inEarly);
  return { pcm, overlapSamples: inLive, isMatched: true };
}
