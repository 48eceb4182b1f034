import { SAMPLES_PER_MS } from '../audio/pcm.ts';

/** What listens here decides once per hop of 10 ms, whatever the frames' length. */
export const HOP_MS = 10;
export const HOP_SAMPLES = HOP_MS * SAMPLES_PER_MS;

/** Power of a full-scale square wave: 0 dBFS. */
export const FULL_SCALE_POWER = 32_768 ** 2;

/** The mean square, in PCM16 units squared, of a sound of `levelDbfs`. */
export function powerOf(levelDbfs: number): number {
  return FULL_SCALE_POWER * 10 ** (levelDbfs / 10);
}

/** How many of the low 31 bits are set. */
export function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
