/** Things the built-in engine understands, to be said or clicked. */
export const engineExamples: readonly string[] = [
  'What can you do?',
  'What time is it?',
  'What is seven times eight?',
  'Make the page purple',
  'Tell me a story',
  'Say that again',
];

/** Openers for a language model behind Prism. */
export const modelExamples: readonly string[] = [
  'Tell me something about prisms',
  'Make the page purple',
  'Tell me a long story, and let me interrupt you',
];
