import type { JsgfGrammar, JsgfNode } from './jsgf-parser.ts';

/** One word that leads from a state to another. */
export interface WordArc {
  readonly from: number;
  readonly to: number;
  readonly word: string;
}

/** The sentences of a grammar as a minimal deterministic automaton: state 0 begins. */
export interface WordGraph {
  readonly stateCount: number;
  readonly arcs: readonly WordArc[];
  /** States in which a sentence may end. */
  readonly finalStates: readonly number[];
}

/** The graph, or why there is none. */
export type WordGraphResult =
  | { readonly type: 'graph'; readonly graph: WordGraph }
  | { readonly type: 'refused'; readonly reason: string };

const MAX_LOOSE_STATES = 200_000;
const MAX_STATES = 20_000;

class GraphError extends Error {}

/**
 * Builds the automaton of a grammar. The decoder's work per frame grows with the number of states, so they are as few
 * as can be.
 */
export function buildWordGraph(grammar: JsgfGrammar): WordGraphResult {
  try {
    const loose = new LooseGraph(grammar);
    const graph = minimise(determinise(loose));
    if (graph.finalStates.length === 0) {
      return { type: 'refused', reason: 'the grammar has no sentence' };
    }
    return { type: 'graph', graph };
  } catch (error) {
    if (error instanceof GraphError) return { type: 'refused', reason: error.message };
    throw error;
  }
}

/** A nondeterministic automaton with empty arcs, as it falls out of the rules. */
class LooseGraph {
  readonly words: (readonly [word: string, to: number])[][] = [];
  readonly empties: number[][] = [];
  readonly start: number;
  readonly final: number;
  readonly #grammar: JsgfGrammar;
  readonly #open = new Set<string>();

  constructor(grammar: JsgfGrammar) {
    this.#grammar = grammar;
    this.start = this.#state();
    this.final = this.#add({ type: 'rule', name: grammar.publicRule }, this.start);
  }

  #state(): number {
    if (this.words.length >= MAX_LOOSE_STATES) throw new GraphError('the grammar is too large');
    this.words.push([]);
    this.empties.push([]);
    return this.words.length - 1;
  }

  #join(from: number, to: number): void {
    this.empties[from]?.push(to);
  }

  /** @returns The state after the node. */
  #add(node: JsgfNode, from: number): number {
    switch (node.type) {
      case 'word': {
        const to = this.#state();
        this.words[from]?.push([node.word, to]);
        return to;
      }
      case 'sequence':
        return node.parts.reduce((state, part) => this.#add(part, state), from);
      case 'choice': {
        const to = this.#state();
        for (const option of node.options) this.#join(this.#add(option, from), to);
        return to;
      }
      case 'repeat': {
        const begin = this.#state();
        this.#join(from, begin);
        const end = this.#add(node.node, begin);
        this.#join(end, begin);
        return end;
      }
      case 'rule':
        return this.#addRule(node.name, from);
    }
  }

  #addRule(name: string, from: number): number {
    const rule = this.#grammar.rulesByName.get(name);
    if (rule === undefined) throw new GraphError(`the rule ${name} is missing`);
    if (this.#open.has(name)) throw new GraphError(`the rule ${name} refers to itself`);
    this.#open.add(name);
    // A state of its own, so that a repetition inside doesn't lead back to what comes before the rule.
    const begin = this.#state();
    this.#join(from, begin);
    const end = this.#add(rule, begin);
    this.#open.delete(name);
    return end;
  }
}

interface DeterministicGraph {
  readonly targets: readonly ReadonlyMap<string, number>[];
  readonly isFinal: readonly boolean[];
}

/** Subset construction. */
function determinise(loose: LooseGraph): DeterministicGraph {
  const idByKey = new Map<string, number>();
  const subsets: (readonly number[])[] = [];
  const idOf = (states: Iterable<number>): number => {
    const subset = emptyClosure(loose, states);
    const key = subset.join();
    const known = idByKey.get(key);
    if (known !== undefined) return known;
    if (subsets.length >= MAX_STATES) throw new GraphError('the grammar is too large');
    idByKey.set(key, subsets.length);
    subsets.push(subset);
    return subsets.length - 1;
  };
  idOf([loose.start]);
  const targets: ReadonlyMap<string, number>[] = [];
  for (let id = 0; id < subsets.length; id++) {
    const statesByWord = statesAfter(loose, subsets[id] ?? []);
    targets.push(new Map([...statesByWord].map(([word, states]) => [word, idOf(states)])));
  }
  return { targets, isFinal: subsets.map((subset) => subset.includes(loose.final)) };
}

/** The states behind each word that can be said in one of some states. */
function statesAfter(loose: LooseGraph, states: readonly number[]): Map<string, Set<number>> {
  const statesByWord = new Map<string, Set<number>>();
  for (const [word, to] of states.flatMap((state) => loose.words[state] ?? [])) {
    const known = statesByWord.get(word);
    if (known === undefined) statesByWord.set(word, new Set([to]));
    else known.add(to);
  }
  return statesByWord;
}

/** All states that can be reached without a word, sorted; those that lead nowhere by themselves are left out. */
function emptyClosure(loose: LooseGraph, states: Iterable<number>): readonly number[] {
  const reached = new Set(states);
  for (const state of reached) {
    for (const next of loose.empties[state] ?? []) reached.add(next);
  }
  return [...reached]
    .filter((state) => state === loose.final || (loose.words[state]?.length ?? 0) > 0)
    .sort((a, b) => a - b);
}

/** Merges states with the same futures, by refining classes until they are stable. */
function minimise(graph: DeterministicGraph): WordGraph {
  const { targets, isFinal } = graph;
  let classes: readonly number[] = isFinal.map(Number);
  let classCount = new Set(classes).size;
  while (true) {
    const classBySignature = new Map<string, number>();
    const refined = targets.map((arcs, state) => {
      const futures = [...arcs].map(([word, to]) => `${word} ${classes[to]}`).sort();
      const signature = `${classes[state]};${futures.join()}`;
      const known = classBySignature.get(signature);
      if (known !== undefined) return known;
      classBySignature.set(signature, classBySignature.size);
      return classBySignature.size - 1;
    });
    classes = refined;
    if (classBySignature.size === classCount) break;
    classCount = classBySignature.size;
  }
  // The first state has the first signature, so that its class is 0.
  const arcs = new Map<string, WordArc>();
  const finalStates = new Set<number>();
  for (const [state, words] of targets.entries()) {
    const from = classes[state] ?? 0;
    if (isFinal[state] === true) finalStates.add(from);
    for (const [word, target] of words) {
      const to = classes[target] ?? 0;
      arcs.set(`${from} ${word}`, { from, to, word });
    }
  }
  return { stateCount: classCount, arcs: [...arcs.values()], finalStates: [...finalStates] };
}
