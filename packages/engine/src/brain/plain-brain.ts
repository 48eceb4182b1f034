import type { Brain } from '../ports/brain.ts';

/** A brain that only says back what it heard. */
export function createPlainBrain(): Brain {
  const jsgf =
    '#JSGF V1.0;\ngrammar plain;\npublic <plain> = hello | what time is it | tell me a story ;\n';
  return {
    grammarFor: () => ({ jsgf, pronunciations: {} }),
    isComplete: (text) => text !== '',
    respond: ({ exchanges }) => {
      const last = exchanges.at(-1);
      const text = last?.role === 'user' && last.text !== '' ? `I heard: ${last.text}.` : 'Hello.';
      return { text, calls: [], reminders: [], forgetsReminders: false, speedRatio: 1 };
    },
  };
}
