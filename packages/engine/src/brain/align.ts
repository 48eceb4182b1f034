import { isFiller } from '../scenario/words.ts';
import type { PhraseGraph, Step } from './phrase-graph.ts';
import { similarityRatio } from './similarity.ts';
import type { SlotKind, SlotValue } from './slots/slot-kind.ts';

/** What one difference between a phrase and an utterance costs, in words. */
const MISSING_WORD = 1;
const EXTRA_WORD = 0.7;
const FILLER = 0.15;
const MISSPELT_WORD = 0.4;
const SPELLING_RATIO_MIN = 0.7;

/** Slots by name, as filled along the best way through a phrase. */
export type Filling = ReadonlyMap<string, SlotValue>;

export interface Alignment {
  /** 0 for an exact match; the weighted number of words that differ otherwise. */
  readonly cost: number;
  readonly filling: Filling;
}

interface Way {
  readonly cost: number;
  readonly slot: { readonly name: string; readonly value: SlotValue } | undefined;
  readonly before: Way | undefined;
}

/** The ways found so far through a phrase: the cheapest to each state, by the words used up. */
class Table {
  readonly #rows: (Way | undefined)[][];
  readonly #graph: PhraseGraph;
  readonly #words: readonly string[];
  readonly #options: AlignOptions;

  constructor(graph: PhraseGraph, words: readonly string[], options: AlignOptions) {
    this.#graph = graph;
    this.#words = words;
    this.#options = options;
    this.#rows = Array.from({ length: words.length + 1 }, () => []);
  }

  /** Fills the table and gives the cheapest way through all of it. */
  solve(): Way | undefined {
    this.#offer({ position: 0, state: 0, cost: 0 });
    for (const [position, row] of this.#rows.entries()) {
      for (const step of this.#graph.steps) {
        const way = row[step.from];
        if (way !== undefined) {
          this.#take(step, way, position);
        }
      }
      this.#skipWord(position, row);
    }
    return this.#rows[this.#words.length]?.[this.#graph.stateCount - 1];
  }

  #offer(offer: {
    readonly position: number;
    readonly state: number;
    readonly cost: number;
    readonly before?: Way;
    readonly slot?: Way['slot'];
  }): void {
    const { position, state, before, slot } = offer;
    const cost = (before?.cost ?? 0) + offer.cost;
    const row = this.#rows[position];
    const known = row?.[state];
    if (row !== undefined && cost <= this.#options.costMax && cost < (known?.cost ?? Infinity)) {
      row[state] = { cost, slot, before };
    }
  }

  /** The utterance has a word that the phrase doesn't. */
  #skipWord(position: number, row: readonly (Way | undefined)[]): void {
    const word = this.#words[position];
    if (word === undefined) {
      return;
    }
    const cost = isFiller(word) ? FILLER : EXTRA_WORD;
    for (const [state, before] of row.entries()) {
      if (before !== undefined) {
        this.#offer({ position: position + 1, state, cost, before });
      }
    }
  }

  #take(step: Step, before: Way, position: number): void {
    const state = step.to;
    switch (step.type) {
      case 'skip':
        this.#offer({ position, state, cost: 0, before });
        return;
      case 'word': {
        const missing = isFiller(step.word) ? FILLER : MISSING_WORD;
        this.#offer({ position, state, cost: missing, before });
        const word = this.#words[position];
        const cost = word === undefined ? undefined : costOfWord(step.word, word);
        if (cost !== undefined) {
          this.#offer({ position: position + 1, state, cost, before });
        }
        return;
      }
      case 'slot': {
        const kind = this.#options.kinds.get(step.kind);
        for (const { wordCount, cost, value } of kind?.match(this.#words, position) ?? []) {
          const slot = { name: step.name, value };
          this.#offer({ position: position + wordCount, state, cost, before, slot });
        }
      }
    }
  }
}

export interface AlignOptions {
  readonly kinds: ReadonlyMap<string, SlotKind>;
  readonly costMax: number;
}

/**
 * The cheapest way to read an utterance as a phrase, over token edit distance with slots.
 *
 * @returns Nothing if even the cheapest way costs more than `costMax`.
 */
export function align(
  graph: PhraseGraph,
  words: readonly string[],
  options: AlignOptions,
): Alignment | undefined {
  if (leastCost(graph, words) > options.costMax) {
    return undefined;
  }
  const best = new Table(graph, words, options).solve();
  return best === undefined ? undefined : { cost: best.cost, filling: fillingOf(best) };
}

/** What the words that the phrase doesn't have cost at the very least; most phrases are ruled out by it. */
function leastCost({ vocabulary }: PhraseGraph, words: readonly string[]): number {
  let cost = 0;
  for (const word of vocabulary === undefined ? [] : words) {
    if (vocabulary?.has(word) === false) {
      cost += isFiller(word) ? FILLER : MISSPELT_WORD;
    }
  }
  return cost;
}

function costOfWord(wanted: string, given: string): number | undefined {
  if (wanted === given) {
    return 0;
  }
  const isLong = wanted.length > 3 && given.length > 3;
  return isLong && similarityRatio(wanted, given) >= SPELLING_RATIO_MIN ? MISSPELT_WORD : undefined;
}

function fillingOf(way: Way): Filling {
  const filling = new Map<string, SlotValue>();
  for (let at: Way | undefined = way; at !== undefined; at = at.before) {
    if (at.slot !== undefined && !filling.has(at.slot.name)) {
      filling.set(at.slot.name, at.slot.value);
    }
  }
  return filling;
}
