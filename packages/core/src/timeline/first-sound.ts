import { SAMPLES_PER_MS } from '../audio/pcm.ts';

/** A sample louder than this is a sound: −50 dB of full scale. Codecs and dither stay below it. */
const SOUND_LEVEL_MIN = 104;

/** Where the first sound in a piece of audio is, in ms from its beginning; `undefined` if it is silent. */
export function firstSoundMs(pcm: Int16Array): number | undefined {
  for (let index = 0; index < pcm.length; index += 1)
    if (Math.abs(pcm[index] ?? 0) >= SOUND_LEVEL_MIN) return index / SAMPLES_PER_MS;
  return undefined;
}
