import type { InfoState } from '../state/call-state.ts';

/** Things the built-in engine understands, to be said or clicked. */
const ENGINE_EXAMPLES: readonly string[] = [
  'What can you do?',
  'What time is it?',
  'What is seven times eight?',
  'Make the page purple',
  'Tell me a story',
  'Say that again',
];

/** Openers for a language model behind Prism. */
const MODEL_EXAMPLES: readonly string[] = [
  'Tell me something about prisms',
  'Make the page purple',
  'Tell me a long story, and let me interrupt you',
];

/** What is worth saying to whoever answers. */
export function examplesFor(info: InfoState): readonly string[] {
  const isEngine = info.type === 'known' && info.info.upstream.kind === 'engine';
  return isEngine ? ENGINE_EXAMPLES : MODEL_EXAMPLES;
}
