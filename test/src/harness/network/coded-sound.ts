import { encodeTimeCode } from '@prism/engine';

/** Lengths whose sound is kept. */
const KEPT_COUNT_MAX = 8;

const sounds = new Map<number, Int16Array>();

/**
 * The time code 0 … `frameCount` − 1, made once per length and not to be written to. Making it takes longer than a
 * packet lasts, and nobody else who talks in this process is to wait for that: make it before they begin.
 */
export function codedSound(frameCount: number): Int16Array {
  const known = sounds.get(frameCount);
  if (known !== undefined) return known;
  const sound = encodeTimeCode(0, frameCount);
  if (sounds.size < KEPT_COUNT_MAX) sounds.set(frameCount, sound);
  return sound;
}
