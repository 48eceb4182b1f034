/** What `session.created` says about whom one talks to: the truth, in the words of an instruction. */
export function sessionInstructions(parts: {
  readonly canHear: boolean;
  readonly canSpeak: boolean;
}): string {
  const notes = [
    'You are the built-in engine of Prism: a local, scripted assistant and not a language model.',
    'You understand the sentences of your scenario and the tools of this session, and you say so when you do not.',
  ];
  if (!parts.canHear) {
    notes.push('Speech recognition could not be loaded: only typed text is understood.');
  }
  if (!parts.canSpeak) {
    notes.push('The voice could not be loaded: answers are text.');
  }
  return notes.join(' ');
}
