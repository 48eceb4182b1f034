import type { Capability } from './capability.ts';
import type { Group } from './group.ts';
import { Inconclusive, Mismatch } from './mismatch.ts';
import type { Stage } from './stage.ts';

/** One claim about the wire, judged on what an exchange has brought. */
export interface Assertion<Facts> {
  /** Stable, as in `--only`: group, subject, claim. */
  readonly id: string;
  /** One line, in the present tense. */
  readonly statement: string;
  /** Where the claim comes from: a place of the Realtime API reference. */
  readonly reference: string;
  readonly needs?: readonly Capability[];
  /** Throws `Mismatch` where the claim does not hold. Facts are JSON; it looks at nothing else. */
  readonly check: (facts: Facts) => void;
}

/** What is known of an assertion before it is tried. */
export interface AssertionHeading {
  readonly id: string;
  readonly group: Group;
  readonly statement: string;
  readonly reference: string;
  readonly needs: readonly Capability[];
}

/** What came of an assertion. */
export type Verdict =
  | { readonly type: 'passed' }
  | {
      readonly type: 'failed';
      readonly expected: string;
      readonly got: string;
      readonly excerpt: unknown;
    }
  | { readonly type: 'skipped'; readonly reason: string };

/** A dialogue with the server that is held once, for all the assertions that can be judged on it. */
export interface Exchange {
  readonly name: string;
  readonly headings: readonly AssertionHeading[];
  /** Holds the dialogue. Resolves to its facts as JSON; rejects with a `Mismatch` where it can't be held. */
  observe(stage: Stage): Promise<unknown>;
  /** Judges one of its assertions on the facts. */
  judge(id: string, facts: unknown): Verdict;
}

/** An exchange as it is written down. */
export interface ExchangeSpec<Facts> {
  readonly name: string;
  readonly group: Group;
  /** What all of its assertions need. */
  readonly needs?: readonly Capability[];
  readonly observe: (stage: Stage) => Promise<Facts>;
  readonly assertions: readonly Assertion<Facts>[];
}

/** Makes an exchange whose facts nobody but its assertions knows. */
export function defineExchange<Facts>(spec: ExchangeSpec<Facts>): Exchange {
  const { name, group, observe, assertions } = spec;
  const needed = spec.needs ?? [];
  const checks = new Map(assertions.map(({ id, check }) => [id, check]));
  return {
    name,
    headings: assertions.map(({ id, statement, reference, needs }) => ({
      id,
      group,
      statement,
      reference,
      needs: [...new Set([...needed, ...(needs ?? [])])],
    })),
    observe,
    judge: (id, facts) => {
      const check = checks.get(id);
      if (check === undefined) return { type: 'skipped', reason: `${name} has no assertion ${id}` };
      try {
        check(facts as Facts);
        return { type: 'passed' };
      } catch (error) {
        return verdictOf(error);
      }
    },
  };
}

/** The verdict that an error stands for. An error that is none of the kit's is a fault of the kit, and fails too. */
export function verdictOf(error: unknown): Verdict {
  if (error instanceof Mismatch) {
    const { expected, got, excerpt } = error;
    return { type: 'failed', expected, got, excerpt };
  }
  if (error instanceof Inconclusive) return { type: 'skipped', reason: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return {
    type: 'failed',
    expected: 'an assertion that can be judged',
    got: message,
    excerpt: undefined,
  };
}
