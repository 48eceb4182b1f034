// The conversation of bench/density: in each cycle the user talks for a while, then the model does.
import { synthesizeUserSpeech } from '../../packages/engine/dist/testing/speech-testing.js';

export const CYCLE_MS = 10_000;
/** 40 % of it. */
export const TALK_MS = 4_000;
/** A second after the user has ended. */
export const ANSWER_AT_MS = 5_000;

const RATE_HZ = 24_000;
const TEXT =
  'I would like to know what the weather will be like tomorrow, and whether I should take an umbrella with me to work.';

/** Speech without a pause at its ends, as PCM at 24 kHz. */
export function talkPcm() {
  const { pcm } = synthesizeUserSpeech(TEXT, { voice: 'slt' });
  const samples = (TALK_MS * RATE_HZ) / 1_000;
  return Int16Array.from({ length: samples }, (_, index) => pcm[index % pcm.length]);
}
