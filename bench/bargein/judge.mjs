// What one interruption was: where each item was cut upstream, and where it ended in the loudspeaker.
import { decodeTimeCode } from '@prism/engine';
import { percentile } from '../samples.mjs';
import { RATE_HZ } from './speaker.mjs';

const WINDOW_MS = 2.5;
const WINDOW_SAMPLES = (RATE_HZ / 1_000) * WINDOW_MS;
const FRAME_MS = 20;
/** Below a sixth of the sound's own level a window is no longer sound: the fade is heard as the end. */
const END_RATIO = 1 / 6;

function levelsOf(pcm) {
  return Array.from({ length: Math.floor(pcm.length / WINDOW_SAMPLES) }, (_, index) => {
    let power = 0;
    for (let at = index * WINDOW_SAMPLES; at < (index + 1) * WINDOW_SAMPLES; at += 1)
      power += pcm[at] ** 2;
    return Math.sqrt(power / WINDOW_SAMPLES);
  });
}

/** Places of the recording in items, `{ itemId, positionMs, atMs }`, in the order in which they were heard. */
function placesIn(pcm, tap, itemIds) {
  return decodeTimeCode(pcm, RATE_HZ).flatMap(({ code, atMs }) => {
    const place = tap.placeOf(code * FRAME_MS);
    return place !== undefined && itemIds.has(place.itemId) ? [{ ...place, atMs }] : [];
  });
}

/** Where the sound after the last place ends, in ms of the recording. */
function endOfSound(pcm, last) {
  const levels = levelsOf(pcm);
  // As loud as the last place itself: it may have been made quieter.
  const own = levels.slice(
    Math.floor(last.atMs / WINDOW_MS),
    Math.floor((last.atMs + FRAME_MS / 2) / WINDOW_MS),
  );
  const usual = own.reduce((sum, level) => sum + level, 0) / Math.max(1, own.length);
  let window = Math.floor((last.atMs + FRAME_MS / 2) / WINDOW_MS);
  // The place itself, and as much of the next as can't be read. What sounds beyond that a jitter buffer has made up.
  const latest = window + FRAME_MS / WINDOW_MS;
  while (window < latest && (levels[window] ?? 0) > usual * END_RATIO) window += 1;
  return window * WINDOW_MS;
}

/** How far each item was heard, in ms, and when (in ms of the recording) the last sound was. */
export function heardIn(pcm, tap, itemIds) {
  const places = placesIn(pcm, tap, itemIds);
  const last = places.at(-1);
  if (last === undefined) return undefined;
  const endMs = endOfSound(pcm, last);
  const heardMs = new Map();
  /** When each item's first sample sounded, in ms of the recording. */
  const startMs = new Map();
  for (const { itemId, positionMs, atMs } of places)
    if (!startMs.has(itemId)) startMs.set(itemId, atMs - positionMs);
  for (const { itemId, positionMs } of places) {
    heardMs.set(itemId, Math.max(heardMs.get(itemId) ?? 0, positionMs + FRAME_MS));
  }
  heardMs.set(last.itemId, last.positionMs + (endMs - last.atMs));
  return { heardMs, startMs, lastItemId: last.itemId, endMs, placeCount: places.length };
}

/** When, in ms of the recording, the first of these items begins to be heard. */
export function startOf(pcm, tap, itemIds) {
  const places = placesIn(pcm, tap, itemIds);
  const first = places[0];
  if (first === undefined || first.positionMs > 200) return undefined;
  const startMs = Math.max(0, first.atMs - first.positionMs);
  // Its beginning may be trimmed or faded in: where the sound rises is what is heard first.
  const levels = levelsOf(pcm);
  const usual = levels[Math.floor((first.atMs + FRAME_MS / 2) / WINDOW_MS)] ?? 0;
  const from = Math.max(0, Math.floor((startMs - FRAME_MS) / WINDOW_MS));
  const rise = levels.findIndex((level, index) => index >= from && level > usual * END_RATIO);
  return rise * WINDOW_MS;
}

/** When, in ms of the recording, the sound first was below {@link END_RATIO} for 10 ms after `fromMs`: ducked, or over. */
export function quietIn(pcm, fromMs, endMs) {
  const levels = levelsOf(pcm);
  const from = Math.max(0, Math.floor(fromMs / WINDOW_MS));
  const before = levels.slice(Math.max(0, from - 500 / WINDOW_MS), from);
  const usual = before.reduce((sum, level) => sum + level, 0) / Math.max(1, before.length);
  const quiet = (window) =>
    levels.slice(window, window + 4).every((level) => level < usual * END_RATIO);
  for (let window = from; window * WINDOW_MS < endMs; window += 1)
    if (quiet(window)) return window * WINDOW_MS;
  return endMs;
}

export function summary(values) {
  const rounded = (value) => (value === undefined ? undefined : Math.round(value * 10) / 10);
  return {
    count: values.length,
    p50: rounded(percentile(values, 0.5)),
    p95: rounded(percentile(values, 0.95)),
    max: rounded(percentile(values, 1)),
  };
}
