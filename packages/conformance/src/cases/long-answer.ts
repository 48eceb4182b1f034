import type { Stage } from '../kit/stage.ts';

const WORDS = 'one two three four five six seven eight nine ten'.split(' ');

/**
 * The settings of a response that takes a while to say: about fifteen seconds of speech, still in progress when the
 * next event arrives. Its numbers follow the clock, so that a server which keeps speech has to make it anew.
 */
export function longAnswer(stage: Stage): { readonly instructions: string } {
  const first = 1_000 + (Math.floor(stage.options.clock.wallMs()) % 8_000);
  const said = WORDS.map((word, index) => `${word} is ${first + index}`);
  return { instructions: `Say: ${said.join(', ')}.` };
}
