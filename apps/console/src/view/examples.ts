import type { InfoState } from '../state/call-state.ts';

/** Things the built-in engine understands, to be said or clicked. */
const ENGINE_EXAMPLES: readonly string[] = [
  'What can you do?',
  'Make the page purple',
  'Tell me a story',
  'What is seven times eight?',
  'Can I interrupt you?',
  'Set a timer for one minute',
  'What happens with my audio?',
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
