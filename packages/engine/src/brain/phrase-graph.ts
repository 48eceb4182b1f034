import type { Phrase } from '../scenario/phrase.ts';

/** A step through a phrase. States are numbered so that every step leads to a higher one. */
export type Step =
  | { readonly type: 'word'; readonly from: number; readonly to: number; readonly word: string }
  | {
      readonly type: 'slot';
      readonly from: number;
      readonly to: number;
      readonly name: string;
      readonly kind: string;
    }
  | { readonly type: 'skip'; readonly from: number; readonly to: number };

/** A phrase as a graph without loops, from state 0 to the last. */
export interface PhraseGraph {
  readonly stateCount: number;
  /** Ordered by `from`. */
  readonly steps: readonly Step[];
  /** The words that it may have; absent with a slot, in which many words may stand. */
  readonly vocabulary: ReadonlySet<string> | undefined;
}

class GraphBuilder {
  readonly steps: Step[] = [];
  stateCount = 1;

  /** Adds a phrase behind a state; gives the state it ends in. */
  add(phrase: Phrase, from: number): number {
    switch (phrase.type) {
      case 'word': {
        const to = this.stateCount++;
        this.steps.push({ type: 'word', from, to, word: phrase.word });
        return to;
      }
      case 'slot': {
        const to = this.stateCount++;
        this.steps.push({ type: 'slot', from, to, name: phrase.name, kind: phrase.kind });
        return to;
      }
      case 'sequence':
        return phrase.parts.reduce((state, part) => this.add(part, state), from);
      case 'choice': {
        const ends = phrase.options.map((option) => this.add(option, from));
        const to = this.stateCount++;
        for (const end of phrase.isOptional ? [...ends, from] : ends) {
          this.steps.push({ type: 'skip', from: end, to });
        }
        return to;
      }
    }
  }
}

export function graphOfPhrase(phrase: Phrase): PhraseGraph {
  const builder = new GraphBuilder();
  builder.add(phrase, 0);
  const { steps, stateCount } = builder;
  const words = steps.flatMap((step) => (step.type === 'word' ? step.word : []));
  const hasSlots = steps.some(({ type }) => type === 'slot');
  return {
    stateCount,
    steps: steps.sort((left, right) => left.from - right.from),
    vocabulary: hasSlots ? undefined : new Set(words),
  };
}
