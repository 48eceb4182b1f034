import type { BrainRequest, Exchange } from '../ports/brain.ts';
import type { Intent } from '../scenario/scenario.ts';
import type { Filling } from './align.ts';
import type { AutoTool, ToolParameter } from './auto-tool.ts';
import { conditionHolds, type DialogueState, freshState, runActions } from './dialogue-state.ts';
import type { Meaning, Repertoire } from './repertoire.ts';
import { localTime } from './spoken-time.ts';

/** What one turn of the user comes to, in the light of the turns before it. */
export type Turn =
  | {
      readonly type: 'intent';
      readonly intent: Intent;
      readonly filling: Filling;
      /** How often this intent has come before. */
      readonly earlierCount: number;
      /** The case of the intent that held, by its index; absent for its plain reply. */
      readonly caseIndex: number | undefined;
    }
  | { readonly type: 'call'; readonly tool: AutoTool; readonly filling: Filling }
  /** A tool lacks an argument. */
  | {
      readonly type: 'ask';
      readonly tool: AutoTool;
      readonly filling: Filling;
      readonly parameter: ToolParameter;
    }
  | { readonly type: 'unsure' | 'unheard' | 'unknown' | 'unasked'; readonly transcript: string }
  | { readonly type: 'silence' };

/** The state after all exchanges, and what the last turn of the user came to. */
export interface Dialogue {
  readonly state: DialogueState;
  /** The turns of the last user exchange: one, or two tool calls said in one breath. */
  readonly turns: readonly Turn[];
}

const YES_NO = '$yesno';

class DialogueReader {
  readonly #repertoire: Repertoire;
  readonly #request: BrainRequest;
  readonly #scenarioIntents: ReadonlyMap<string, Intent>;
  readonly state: DialogueState = freshState();
  turns: readonly Turn[] = [];
  #counts = new Map<string, number>();

  constructor(repertoire: Repertoire, request: BrainRequest, intents: readonly Intent[]) {
    this.#repertoire = repertoire;
    this.#request = request;
    this.#scenarioIntents = new Map(intents.map((intent) => [intent.id, intent]));
  }

  user(exchange: Extract<Exchange, { role: 'user' }>): void {
    if (exchange.isSilence) {
      this.turns = [{ type: 'silence' }];
      return;
    }
    const transcript = exchange.text;
    if (!exchange.wasUnderstood) {
      this.turns = [{ type: transcript === '' ? 'unheard' : 'unsure', transcript }];
      return;
    }
    const asked = this.turns[0];
    this.turns = this.#answerTo(asked, transcript) ?? this.#fresh(transcript);
  }

  /** The user may be answering the question of the turn before. */
  #answerTo(asked: Turn | undefined, text: string): readonly Turn[] | undefined {
    if (asked?.type === 'ask') {
      const { tool, parameter } = asked;
      const spelled = parameter.isText ? this.#repertoire.readSlot('$spelled', text) : undefined;
      const given = spelled ?? this.#repertoire.readSlot(parameter.kindKey, text);
      const isOther = parameter.isText && this.#repertoire.interpret(text).length > 0;
      return given === undefined || isOther
        ? undefined
        : [this.#callOrAsk(tool, new Map([...asked.filling, [parameter.name, given]]))];
    }
    const yes = this.#repertoire.readSlot(YES_NO, text)?.json(this.#now);
    if (typeof yes !== 'boolean' || this.#repertoire.interpret(text).length > 0) {
      return undefined;
    }
    if (asked?.type === 'unsure') {
      // "I heard something like … Is that right?"
      return yes ? this.#fresh(asked.transcript) : [{ type: 'unheard', transcript: text }];
    }
    const expected = asked?.type === 'intent' ? asked.intent.expect : undefined;
    const intent = this.#scenarioIntents.get((yes ? expected?.yes : expected?.no) ?? '');
    return [
      intent === undefined
        ? { type: 'unasked', transcript: text }
        : this.#intentTurn(intent, new Map()),
    ];
  }

  #fresh(transcript: string): readonly Turn[] {
    const meanings = this.#repertoire.interpret(transcript);
    return meanings.length === 0
      ? [{ type: 'unknown', transcript }]
      : meanings.map((meaning) => this.#turnOf(meaning));
  }

  #turnOf(meaning: Meaning): Turn {
    return meaning.type === 'tool'
      ? this.#callOrAsk(meaning.tool, meaning.filling)
      : this.#intentTurn(meaning.intent, meaning.filling);
  }

  #callOrAsk(tool: AutoTool, filling: Filling): Turn {
    const parameter = tool.parameters.find(
      ({ isRequired, name }) => isRequired && !filling.has(name),
    );
    return parameter === undefined
      ? { type: 'call', tool, filling }
      : { type: 'ask', tool, filling, parameter };
  }

  #intentTurn(intent: Intent, filling: Filling): Turn {
    const earlierCount = this.#counts.get(intent.id) ?? 0;
    this.#counts.set(intent.id, earlierCount + 1);
    const context = { filling, request: this.#request };
    const index = intent.cases.findIndex(({ when }) => conditionHolds(when, this.state, context));
    const found = intent.cases[index];
    if (found === undefined || found.acts) {
      runActions(intent.actions, this.state, context);
    }
    const caseIndex = found === undefined ? undefined : index;
    return { type: 'intent', intent, filling, earlierCount, caseIndex };
  }

  get #now(): ReturnType<typeof localTime> {
    return localTime(this.#request.wallMs, this.#request.utcOffsetMinutes);
  }
}

/** Reads the whole conversation. Its state follows from the user's turns alone, each done once. */
export function readDialogue(
  repertoire: Repertoire,
  request: BrainRequest,
  intents: readonly Intent[],
): Dialogue {
  const reader = new DialogueReader(repertoire, request, intents);
  for (const exchange of request.exchanges) {
    if (exchange.role === 'user') {
      reader.state.reminders.length = 0;
      reader.state.forgetsReminders = false;
      reader.user(exchange);
    }
  }
  return { state: reader.state, turns: reader.turns };
}
