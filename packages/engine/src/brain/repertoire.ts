import type { FunctionTool } from '../ports/brain.ts';
import type { EarGrammar } from '../ports/ears.ts';
import type { Phrase } from '../scenario/phrase.ts';
import type { Intent, Scenario } from '../scenario/scenario.ts';
import { isFiller, wordsOfUtterance } from '../scenario/words.ts';
import { type Alignment, align, type Filling } from './align.ts';
import { type AutoTool, autoTool } from './auto-tool.ts';
import { buildGrammar } from './jsgf.ts';
import { graphOfPhrase, type PhraseGraph } from './phrase-graph.ts';
import { BUILT_IN_SLOT_KINDS } from './slots/built-in-slots.ts';
import type { SlotKind, SlotValue } from './slots/slot-kind.ts';
import { listedSlotKind } from './slots/text-slots.ts';

/** What an utterance was understood as. */
export type Meaning =
  | { readonly type: 'intent'; readonly intent: Intent; readonly filling: Filling }
  | { readonly type: 'tool'; readonly tool: AutoTool; readonly filling: Filling };

/** How much may differ, as a share of the utterance's meaning words, in words, and at most. */
const COST_RATIO_MAX = 0.35;
const COST_ALWAYS_ALLOWED = 0.45;
const COST_MAX = 2;
const FILLER_WEIGHT = 0.15;

/** Utterances whose meaning is remembered. The oldest is forgotten; it would only be worked out again. */
const REMEMBERED_COUNT_MAX = 500;
const UTTERANCE_WORD_COUNT_MAX = 40;

interface Candidate {
  readonly graphs: readonly PhraseGraph[];
  readonly meaning: (filling: Filling) => Meaning;
}

/** Everything that can be said to a session: the scenario's intents and the phrases of its tools. */
export class Repertoire {
  readonly grammar: EarGrammar;
  readonly autoTools: readonly AutoTool[];
  readonly #kinds: ReadonlyMap<string, SlotKind>;
  readonly #candidates: readonly Candidate[];
  readonly #scenario: Scenario;
  readonly #meanings = new Map<string, readonly Meaning[]>();

  constructor(scenario: Scenario, tools: readonly FunctionTool[]) {
    this.#scenario = scenario;
    const covered = new Set(scenario.intents.map(({ tool }) => tool?.name));
    this.autoTools = tools.filter(({ name }) => !covered.has(name)).map(autoTool);
    const kinds = new Map(BUILT_IN_SLOT_KINDS);
    for (const [name, slot] of Object.entries(scenario.slots)) {
      kinds.set(name, listedSlotKind(slot));
    }
    for (const parameter of this.autoTools.flatMap(({ parameters }) => parameters)) {
      kinds.set(parameter.kindKey, parameter.kind);
    }
    this.#kinds = kinds;
    this.#candidates = [
      ...scenario.intents.map(
        (intent): Candidate => ({
          graphs: [...intent.phrases, ...intent.typedPhrases].map(graphOfPhrase),
          meaning: (filling) => ({ type: 'intent', intent, filling }),
        }),
      ),
      ...this.autoTools.map(
        (tool): Candidate => ({
          graphs: tool.phrases.map(graphOfPhrase),
          meaning: (filling) => ({ type: 'tool', tool, filling }),
        }),
      ),
    ];
    this.grammar = this.#buildGrammar(scenario, new Set(tools.map(({ name }) => name)));
  }

  /** The meanings of an utterance: one, or two tool calls that "and" joins; none if it fits nothing. */
  interpret(text: string): readonly Meaning[] {
    const known = this.#meanings.get(text);
    if (known !== undefined) {
      return known;
    }
    const words = wordsOfUtterance(text).slice(0, UTTERANCE_WORD_COUNT_MAX);
    const meanings = this.#interpretWords(words);
    if (this.#meanings.size >= REMEMBERED_COUNT_MAX) {
      const [oldest = ''] = this.#meanings.keys();
      this.#meanings.delete(oldest);
    }
    this.#meanings.set(text, meanings);
    return meanings;
  }

  /** Reads a whole utterance as the value of one slot, as the answer to a question for it. */
  readSlot(kindKey: string, text: string): SlotValue | undefined {
    const words = wordsOfUtterance(text);
    const kind = this.#kinds.get(kindKey);
    const graph: PhraseGraph = {
      stateCount: 2,
      steps: [{ type: 'slot', from: 0, to: 1, name: 'value', kind: kindKey }],
      vocabulary: undefined,
    };
    const costMax = kind === BUILT_IN_SLOT_KINDS.get('$text') ? 1 : COST_ALWAYS_ALLOWED;
    return align(graph, words, { kinds: this.#kinds, costMax })?.filling.get('value');
  }

  /** Whether an utterance is exactly something that can be said. */
  isComplete(text: string): boolean {
    const words = wordsOfUtterance(text);
    return words.length > 0 && this.#best(words, 0) !== undefined;
  }

  #interpretWords(words: readonly string[]): readonly Meaning[] {
    if (words.length === 0) {
      return [];
    }
    const whole = this.#best(words, costMaxOf(words));
    if (whole !== undefined && whole.cost <= COST_ALWAYS_ALLOWED) {
      return [whole.meaning];
    }
    const both = this.#twoTools(words);
    if (both !== undefined) {
      return both;
    }
    if (whole !== undefined) {
      return [whole.meaning];
    }
    const byKeyword = this.#byKeyword(words);
    return byKeyword === undefined ? [] : [byKeyword];
  }

  #best(
    words: readonly string[],
    costMax: number,
  ): { readonly meaning: Meaning; readonly cost: number } | undefined {
    let best: { readonly candidate: Candidate; readonly alignment: Alignment } | undefined;
    for (const candidate of this.#candidates) {
      for (const graph of candidate.graphs) {
        const limit = best?.alignment.cost ?? costMax;
        const alignment = align(graph, words, { kinds: this.#kinds, costMax: limit });
        if (alignment !== undefined && (best === undefined || alignment.cost < limit)) {
          best = { candidate, alignment };
        }
      }
    }
    return best === undefined
      ? undefined
      : {
          meaning: best.candidate.meaning(best.alignment.filling),
          cost: best.alignment.cost,
        };
  }

  #twoTools(words: readonly string[]): readonly [Meaning, Meaning] | undefined {
    for (const [at, word] of words.entries()) {
      const halves = word === 'and' ? [words.slice(0, at), words.slice(at + 1)] : [];
      const [left, right] = halves.map((half) => this.#best(half, COST_ALWAYS_ALLOWED)?.meaning);
      if (left !== undefined && right !== undefined && isToolCall(left) && isToolCall(right)) {
        return [left, right];
      }
    }
    return undefined;
  }

  /** Typed text that fits no phrase: the intent with the most keywords in it. Slots are looked for in the words. */
  #byKeyword(words: readonly string[]): Meaning | undefined {
    const text = ` ${words.join(' ')} `;
    let best: { readonly intent: Intent; readonly count: number } | undefined;
    for (const intent of this.#scenario.intents) {
      const count = intent.keywords.filter((keyword) => text.includes(` ${keyword} `)).length;
      if (count > (best?.count ?? 0)) {
        best = { intent, count };
      }
    }
    return best === undefined
      ? undefined
      : { type: 'intent', intent: best.intent, filling: new Map() };
  }

  #buildGrammar(scenario: Scenario, registered: ReadonlySet<string>): EarGrammar {
    const isTool = (intent: Intent): boolean =>
      intent.tool !== undefined && registered.has(intent.tool.name);
    const answers = this.autoTools
      .flatMap(({ parameters }) => parameters)
      .filter(({ isText }) => !isText)
      .map((parameter): Phrase => ({ type: 'slot', name: 'value', kind: parameter.kindKey }));
    const spelled: Phrase = { type: 'slot', name: 'value', kind: '$spelled' };
    const needsSpelling = this.autoTools
      .flatMap(({ parameters }) => parameters)
      .some(({ isText, isRequired }) => isText && isRequired);
    return buildGrammar({
      phrases: [
        ...scenario.intents.filter((intent) => !isTool(intent)).flatMap(({ phrases }) => phrases),
        ...answers,
        ...(needsSpelling ? [spelled] : []),
        { type: 'slot', name: 'value', kind: '$yesno' },
      ],
      toolPhrases: [
        ...scenario.intents.filter(isTool).flatMap(({ phrases }) => phrases),
        ...this.autoTools.flatMap(({ phrases }) => phrases),
      ],
      kinds: this.#kinds,
      pronunciations: scenario.pronunciations,
    });
  }
}

function isToolCall(meaning: Meaning): boolean {
  return meaning.type === 'tool' || meaning.intent.tool !== undefined;
}

function costMaxOf(words: readonly string[]): number {
  const weight = words.reduce((sum, word) => sum + (isFiller(word) ? FILLER_WEIGHT : 1), 0);
  return Math.min(COST_MAX, Math.max(COST_ALWAYS_ALLOWED, weight * COST_RATIO_MAX));
}
