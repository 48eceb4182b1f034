import { createScenarioBrain, RepertoireShelf } from '../brain/scenario-brain.ts';
import type {
  Brain,
  BrainReply,
  BrainRequest,
  Exchange,
  FunctionTool,
  PendingReminder,
} from '../ports/brain.ts';
import { loadScenario } from '../scenario/load-scenario.ts';
import type { Scenario } from '../scenario/scenario.ts';

/** Monday, November 23, 2026, 15:05 UTC. */
const BENCH_WALL_MS: number = Date.UTC(2026, 10, 23, 15, 5);

/** Reads a scenario that has to be right. */
export function scenarioOf(yaml: string): Scenario {
  const loaded = loadScenario(yaml);
  if (!loaded.ok) {
    throw new Error(loaded.problems.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  }
  return loaded.scenario;
}

/** A conversation with a scenario's brain: what the user says is answered, and remembered. */
export class BrainBench {
  readonly brain: Brain;
  readonly exchanges: Exchange[] = [];
  tools: readonly FunctionTool[] = [];
  toolChoice: BrainRequest['toolChoice'] = 'auto';
  instructions = '';
  pendingReminders: readonly PendingReminder[] = [];
  wallMs: number = BENCH_WALL_MS;
  #callCount = 0;

  constructor(scenario: Scenario) {
    this.brain = createScenarioBrain(scenario, new RepertoireShelf(scenario));
  }

  /** Asks for an answer to the conversation as it is, and adds it. */
  reply(): BrainReply {
    const reply = this.brain.respond({
      instructions: this.instructions,
      tools: this.tools,
      toolChoice: this.toolChoice,
      exchanges: this.exchanges,
      pendingReminders: this.pendingReminders,
      canHear: true,
      wallMs: this.wallMs,
      utcOffsetMinutes: 0,
    });
    if (reply.text !== '') {
      this.exchanges.push({ role: 'assistant', text: reply.text, wasInterrupted: false });
    }
    for (const call of reply.calls) {
      this.#callCount += 1;
      this.exchanges.push({ role: 'call', callId: `call_${this.#callCount}`, ...call });
    }
    return reply;
  }

  /** The user says something that is understood word by word, or types it. */
  ask(text: string): BrainReply {
    this.exchanges.push({ role: 'user', text, wasUnderstood: true, isSilence: false });
    return this.reply();
  }

  say(text: string): string {
    return this.ask(text).text;
  }

  /** The tools answer the last calls that have no answer. */
  answer(...outputs: readonly string[]): BrainReply {
    const calls = this.exchanges.filter((exchange) => exchange.role === 'call');
    for (const [index, output] of outputs.entries()) {
      const call = calls.at(index - outputs.length);
      this.exchanges.push({ role: 'output', callId: call?.callId ?? '', output });
    }
    return this.reply();
  }
}

/** A function tool with typed parameters; those whose name ends in `!` are required. */
export function toolOf(
  name: string,
  properties: Readonly<Record<string, unknown>> = {},
  description = '',
): FunctionTool {
  const required = Object.keys(properties).filter((key) => key.endsWith('!'));
  return {
    name,
    description,
    parameters: {
      type: 'object',
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, value]) => [key.replace('!', ''), value]),
      ),
      required: required.map((key) => key.replace('!', '')),
    },
  };
}
