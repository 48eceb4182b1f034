import type { Brain, BrainReply, BrainRequest } from '../ports/brain.ts';
import type { AnswerDesk } from './answer-desk.ts';

const GRAMMAR = { jsgf: '#JSGF V1.0;\npublic <anything> = hello;', pronunciations: {} };

/** A brain that answers what its script says next, whatever it is asked. Calls name tools as the script does. */
export function simulatedBrain(answers: AnswerDesk): Brain {
  return {
    grammarFor: () => GRAMMAR,
    isComplete: () => true,
    respond: ({ toolChoice }: BrainRequest): BrainReply => {
      const { text, calls } = answers.next();
      return {
        text,
        calls:
          toolChoice === 'none'
            ? []
            : calls.map((call) => ({ name: call.name, argumentsJson: call.arguments })),
        reminders: [],
        forgetsReminders: false,
        speedRatio: 1,
      };
    },
  };
}
