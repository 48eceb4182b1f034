import { EXCHANGES, type Exchange } from '@prism/conformance';
import { mutantsOf } from './wire-mutants.ts';

/** What each exchange has brought, by its name. */
type Facts = ReadonlyMap<string, unknown>;

/** Exchanges that keep what they have seen. */
export function watched(exchanges: readonly Exchange[]): {
  readonly exchanges: readonly Exchange[];
  readonly facts: Facts;
} {
  const facts = new Map<string, unknown>();
  return {
    facts,
    exchanges: exchanges.map((exchange) => ({
      ...exchange,
      observe: async (stage) => {
        const seen = await exchange.observe(stage);
        facts.set(exchange.name, seen);
        return seen;
      },
    })),
  };
}

/** Those of the assertions that no change of what was seen makes fail. */
export function blindIds(ids: readonly string[], facts: Facts): readonly string[] {
  const asked = new Set(ids);
  return EXCHANGES.flatMap((exchange) =>
    exchange.headings
      .map(({ id }) => id)
      .filter((id) => asked.has(id) && !canFail(exchange, id, facts.get(exchange.name))),
  );
}

/** Some change of what was seen is noticed as a mismatch; one that only breaks the check itself doesn't count. */
function canFail(exchange: Exchange, id: string, facts: unknown): boolean {
  for (const mutant of mutantsOf(facts)) {
    const verdict = exchange.judge(id, mutant);
    if (verdict.type === 'failed' && !isFaultOfKit(verdict)) return true;
  }
  return false;
}

function isFaultOfKit(verdict: { readonly expected: string }): boolean {
  return verdict.expected === 'an assertion that can be judged';
}
