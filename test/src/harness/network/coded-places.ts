import { decodeTimeCode } from '@prism/engine';
import { codedSound } from './coded-sound.ts';

const SAMPLES_PER_MS = 24;
const FRAME_MS = 20;
const FRAME_SAMPLES = FRAME_MS * SAMPLES_PER_MS;

/** How far from where most frames stand one is looked for: two frames. */
const REACH_SAMPLES = 2 * FRAME_SAMPLES;

/** Where a frame of the time code stands in a recording. */
export interface FramePlace {
  readonly frame: number;
  /** How much later it stands than most of the others, in ms. */
  readonly offMs: number;
  /** Cosine between the frame as it was made and as it is heard there: 1 if they are the same. */
  readonly likeness: number;
}

/**
 * Where each of the frames 0 … frameCount − 1 stands that has its place in a recording, to the sample. Other than the
 * codes themselves, which a codec for speech may blur beyond reading, all the sound of a frame tells its place.
 */
export function placesOf(pcm: Int16Array, frameCount: number): readonly FramePlace[] {
  const said = codedSound(frameCount);
  const usual = Math.round(usualMs(pcm) * SAMPLES_PER_MS);
  const found: { readonly frame: number; readonly at: number; readonly likeness: number }[] = [];
  for (let frame = 0; frame < frameCount; frame += 1) {
    const from = frame * FRAME_SAMPLES;
    if (from + usual < 0 || from + usual + FRAME_SAMPLES > pcm.length) continue;
    const wanted = said.subarray(from, from + FRAME_SAMPLES);
    found.push({ frame, ...mostAlike(wanted, pcm, from + usual) });
  }
  const lags = found.map(({ frame, at }) => at - frame * FRAME_SAMPLES).sort((a, b) => a - b);
  const median = lags[Math.floor(lags.length / 2)] ?? 0;
  return found.map(({ frame, at, likeness }) => ({
    frame,
    offMs: (at - frame * FRAME_SAMPLES - median) / SAMPLES_PER_MS,
    likeness,
  }));
}

/** How much later than in the time code most of what can be read stands in the recording; within some ms. */
function usualMs(pcm: Int16Array): number {
  const lags = decodeTimeCode(pcm).map(({ atMs, code }) => atMs - code * FRAME_MS);
  return lags.sort((a, b) => a - b)[Math.floor(lags.length / 2)] ?? 0;
}

/** Where around `place` the recording is most like `wanted`. */
function mostAlike(
  wanted: Int16Array,
  pcm: Int16Array,
  place: number,
): { readonly at: number; readonly likeness: number } {
  let best = { at: place, likeness: 0 };
  const last = Math.min(pcm.length - wanted.length, place + REACH_SAMPLES);
  for (let at = Math.max(0, place - REACH_SAMPLES); at <= last; at += 1) {
    const likeness = cosine(wanted, pcm, at);
    if (likeness > best.likeness) best = { at, likeness };
  }
  return best;
}

function cosine(wanted: Int16Array, pcm: Int16Array, at: number): number {
  let product = 0;
  let wantedEnergy = 0;
  let energy = 0;
  for (let index = 0; index < wanted.length; index += 1) {
    const ours = wanted[index] ?? 0;
    const theirs = pcm[at + index] ?? 0;
    product += ours * theirs;
    wantedEnergy += ours * ours;
    energy += theirs * theirs;
  }
  return energy === 0 ? 0 : product / Math.sqrt(wantedEnergy * energy);
}
