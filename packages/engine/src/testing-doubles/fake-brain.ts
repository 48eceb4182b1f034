import type { Brain, BrainReply, BrainRequest } from '../ports/brain.ts';

/** A brain that says what it is told to, and remembers what it was asked. */
export class FakeBrain implements Brain {
  readonly requests: BrainRequest[] = [];
  readonly #replies: Partial<BrainReply>[] = [];
  /** Sentences that {@link isComplete} calls whole. */
  wholeSentences: readonly string[] = [];

  /** Queues a reply; without one, the brain says "Hello there, friend." */
  willReply(reply: Partial<BrainReply>): void {
    this.#replies.push(reply);
  }

  grammarFor(tools: Parameters<Brain['grammarFor']>[0]): ReturnType<Brain['grammarFor']> {
    const names = tools.map(({ name }) => name).join(' | ');
    return { jsgf: `#JSGF V1.0;\npublic <s> = hello | ${names};`, pronunciations: {} };
  }

  isComplete(text: string): boolean {
    return this.wholeSentences.includes(text);
  }

  respond(request: BrainRequest): BrainReply {
    this.requests.push(request);
    return {
      text: 'Hello there, friend.',
      calls: [],
      reminders: [],
      forgetsReminders: false,
      speedRatio: 1,
      ...this.#replies.shift(),
    };
  }
}
