import type {
  Brain,
  BrainReply,
  BrainRequest,
  Exchange,
  FunctionTool,
  PlannedCall,
} from '../ports/brain.ts';
import type { EarGrammar } from '../ports/ears.ts';
import type { Scenario, Template } from '../scenario/scenario.ts';
import type { Filling } from './align.ts';
import { wordsOfName } from './auto-tool.ts';
import { type Dialogue, readDialogue, type Turn } from './dialogue.ts';
import { forcedCall } from './forced-call.ts';
import { Repertoire } from './repertoire.ts';
import {
  endedSentence,
  type ReplyContext,
  replyText,
  spokenList,
  spokenOutput,
} from './reply-text.ts';
import { localTime } from './spoken-time.ts';

/** Tool sets whose repertoire is kept; the least recently used is forgotten and would be built again. */
const REPERTOIRE_COUNT_MAX = 32;

const SAY_PREFIX = /^\s*say:\s*/i;

/** Repertoires by the tools that they were built for; brains of one engine share them. */
export class RepertoireShelf {
  readonly #scenario: Scenario;
  readonly #byTools = new Map<string, Repertoire>();

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  of(tools: readonly FunctionTool[]): Repertoire {
    const key = JSON.stringify(tools);
    const repertoire = this.#byTools.get(key) ?? new Repertoire(this.#scenario, tools);
    this.#byTools.delete(key);
    this.#byTools.set(key, repertoire);
    for (const oldest of this.#byTools.keys()) {
      if (this.#byTools.size <= REPERTOIRE_COUNT_MAX) {
        break;
      }
      this.#byTools.delete(oldest);
    }
    return repertoire;
  }
}

/** Makes a brain that follows a scenario and calls the session's tools. */
export function createScenarioBrain(scenario: Scenario, shelf: RepertoireShelf): Brain {
  return new ScenarioBrain(scenario, shelf);
}

function silent(): BrainReply {
  return { text: '', calls: [], reminders: [], forgetsReminders: false, speedRatio: 1 };
}

class ScenarioBrain implements Brain {
  readonly #scenario: Scenario;
  readonly #shelf: RepertoireShelf;

  constructor(scenario: Scenario, shelf: RepertoireShelf) {
    this.#scenario = scenario;
    this.#shelf = shelf;
  }

  grammarFor(tools: readonly FunctionTool[]): EarGrammar {
    return this.#shelf.of(tools).grammar;
  }

  isComplete(text: string, tools: readonly FunctionTool[]): boolean {
    return this.#shelf.of(tools).isComplete(text);
  }

  respond(request: BrainRequest): BrainReply {
    if (SAY_PREFIX.test(request.instructions)) {
      return { ...silent(), text: request.instructions.replace(SAY_PREFIX, '') };
    }
    const repertoire = this.#shelf.of(request.tools);
    const dialogue = readDialogue(repertoire, request, this.#scenario.intents);
    const speedRatio = dialogue.state.paceRatio;
    const last = request.exchanges.at(-1);
    const forced = forcedCall(request, dialogue);
    if (forced !== undefined) {
      return { ...silent(), calls: [forced], speedRatio };
    }
    if (last?.role === 'output') {
      return { ...silent(), text: this.#afterTools(request, dialogue), speedRatio };
    }
    if (last?.role !== 'user') {
      return { ...silent(), text: this.#unprompted(request, dialogue), speedRatio };
    }
    return { ...this.#answer(request, dialogue, last), speedRatio };
  }

  /** The next of several ways to say the same. */
  #say(templates: readonly Template[], turnIndex: number, context: ReplyContext): string {
    return replyText(templates[turnIndex % Math.max(1, templates.length)] ?? '', context);
  }

  /** Nothing new was said: a greeting at first, a nudge later. */
  #unprompted(request: BrainRequest, { state }: Dialogue): string {
    const context = { request, state, filling: new Map(), transcript: '' };
    const earlier = request.exchanges.filter(({ role }) => role === 'assistant').length;
    const { greeting, nudge } = this.#scenario;
    return earlier === 0 ? this.#say(greeting, 0, context) : this.#say(nudge, earlier - 1, context);
  }

  #answer(
    request: BrainRequest,
    dialogue: Dialogue,
    last: Extract<Exchange, { role: 'user' }>,
  ): BrainReply {
    const { state } = dialogue;
    const context = { request, state, filling: new Map(), transcript: last.text };
    const parts = dialogue.turns.map((turn) => this.#answerTurn(turn, context));
    return {
      text: parts
        .map(({ text }) => text)
        .filter((text) => text !== '')
        .join(' '),
      calls: parts.flatMap(({ calls }) => calls),
      reminders: state.reminders,
      forgetsReminders: state.forgetsReminders,
      speedRatio: 1,
    };
  }

  #answerTurn(
    turn: Turn,
    context: ReplyContext,
  ): { readonly text: string; readonly calls: readonly PlannedCall[] } {
    const { request } = context;
    const said = request.exchanges.filter(({ role }) => role === 'assistant').length;
    const { fallback, idle } = this.#scenario;
    switch (turn.type) {
      case 'intent':
        return this.#answerIntent(turn, { ...context, filling: turn.filling });
      case 'call':
        return request.toolChoice === 'none'
          ? { text: 'I may not use tools for this answer.', calls: [] }
          : { text: '', calls: [callOf(turn.tool.tool.name, turn.filling, request)] };
      case 'ask':
        return { text: questionFor(turn), calls: [] };
      case 'silence':
        return { text: this.#say(idle, said, context), calls: [] };
      case 'unsure':
      case 'unheard':
      case 'unknown':
      case 'unasked':
        return { text: this.#say(fallback[turn.type], said, context), calls: [] };
    }
  }

  #answerIntent(
    turn: Extract<Turn, { type: 'intent' }>,
    context: ReplyContext,
  ): { readonly text: string; readonly calls: readonly PlannedCall[] } {
    const { intent, earlierCount, caseIndex } = turn;
    const { request } = context;
    const isRegistered = request.tools.some(({ name }) => name === intent.tool?.name);
    if (intent.tool !== undefined && isRegistered && request.toolChoice !== 'none') {
      const args = argumentsOf(intent.tool.args, context);
      const text = this.#say(intent.meanwhile, earlierCount, context);
      const call = { name: intent.tool.name, argumentsJson: JSON.stringify(args) };
      return { text, calls: [call] };
    }
    const found = caseIndex === undefined ? undefined : intent.cases[caseIndex];
    return { text: this.#say(found?.reply ?? intent.reply, earlierCount, context), calls: [] };
  }

  /** Says what the tools have answered since the assistant last spoke. */
  #afterTools(request: BrainRequest, { state }: Dialogue): string {
    const { exchanges } = request;
    const start = exchanges.findLastIndex(({ role }) => role !== 'output') + 1;
    return exchanges
      .slice(start)
      .flatMap((exchange) => (exchange.role === 'output' ? [exchange] : []))
      .map((output) => {
        const call = exchanges.find(
          (exchange) => exchange.role === 'call' && exchange.callId === output.callId,
        );
        return call?.role === 'call'
          ? this.#afterTool(call, output.output, { request, state })
          : '';
      })
      .filter((text) => text !== '')
      .join(' ');
  }

  #afterTool(
    call: Extract<Exchange, { role: 'call' }>,
    outputText: string,
    of: Pick<ReplyContext, 'request' | 'state'>,
  ): string {
    const output = parsed(outputText);
    const filling = fillingOfArguments(call.argumentsJson);
    const context = { ...of, filling, transcript: '', output };
    const intent = this.#scenario.intents.find(({ tool }) => tool?.name === call.name);
    const name = wordsOfName(call.name).join(' ');
    const error = errorOf(output);
    if (error !== undefined) {
      const failed = intent?.afterFailure ?? [];
      return failed.length > 0
        ? this.#say(failed, 0, context)
        : endedSentence(`That did not work. The tool ${name} says: ${error}`);
    }
    if (intent !== undefined && intent.afterTool.length > 0) {
      return this.#say(intent.afterTool, 0, context);
    }
    const handoff = handoffOf(call.name);
    if (handoff !== undefined) {
      return `I have handed you over to ${handoff}.`;
    }
    const said = spokenOutput(output);
    return said === '' ? `${name} is done.` : endedSentence(`${name} says: ${said}`);
  }
}

function callOf(name: string, filling: Filling, request: BrainRequest): PlannedCall {
  const now = localTime(request.wallMs, request.utcOffsetMinutes);
  const args = Object.fromEntries([...filling].map(([key, value]) => [key, value.json(now)]));
  return { name, argumentsJson: JSON.stringify(args) };
}

/** Fills the arguments of a scenario's tool: `{slot}` alone gives the slot's value, in a longer text its words. */
function argumentsOf(
  args: Readonly<Record<string, unknown>>,
  context: ReplyContext,
): Record<string, unknown> {
  const now = localTime(context.request.wallMs, context.request.utcOffsetMinutes);
  return Object.fromEntries(
    Object.entries(args).map(([key, value]) => {
      if (typeof value !== 'string') {
        return [key, value];
      }
      const slot = context.filling.get(/^\{([a-z][a-z0-9_]*)\}$/.exec(value)?.[1] ?? '');
      return [key, slot === undefined ? replyText(value, context) : slot.json(now)];
    }),
  );
}

/** Who takes over after a tool like `transfer_to_painter`, as agent frameworks name their handoffs. */
function handoffOf(toolName: string): string | undefined {
  const words = wordsOfName(toolName).join(' ');
  const target = /^(?:transfer|hand ?off|hand over) to (?:the )?(.+)$/.exec(words)?.[1];
  return target === undefined ? undefined : `the ${target}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Tools may answer in plain text; then that is the answer.
    return text;
  }
}

function errorOf(output: unknown): string | undefined {
  if (typeof output !== 'object' || output === null || !('error' in output)) {
    return undefined;
  }
  const said = spokenOutput(output.error);
  return said === '' || output.error === false ? undefined : said;
}

/** A call's arguments as variables for the reply about its answer. */
function fillingOfArguments(argumentsJson: string): Filling {
  const args = parsed(argumentsJson);
  return new Map(
    Object.entries(typeof args === 'object' && args !== null ? args : {}).map(([key, value]) => [
      key,
      { spoken: spokenOutput(value), json: () => value as unknown },
    ]),
  );
}

function questionFor({ tool, parameter }: Extract<Turn, { type: 'ask' }>): string {
  const name = parameter.spokenName === '' ? 'value' : parameter.spokenName;
  const what = `For ${wordsOfName(tool.tool.name).join(' ')} I need the ${name}.`;
  if (parameter.isText) {
    return `${what} Please type it, or spell it letter by letter: I only hear words that I know.`;
  }
  const { examples } = parameter.kind;
  return `${what} You can say ${spokenList(examples).replace(/ and ([^,]*)$/, ' or $1')}.`;
}
