import { CAPABILITIES, type Capability } from './capability.ts';
import { within } from './clock.ts';
import { type AssertionHeading, type Exchange, type Verdict, verdictOf } from './exchange.ts';
import { Mismatch } from './mismatch.ts';
import { Stage, type StageOptions } from './stage.ts';

/** An exchange has four replies' time; then it is ended, and its assertions fail. */
const EXCHANGE_REPLY_COUNT = 4;

/** One assertion and what came of it. */
export interface AssertionResult extends AssertionHeading {
  readonly verdict: Verdict;
  /** How long its exchange took; shared by the assertions of that exchange. */
  readonly durationMs: number;
}

/** Counts of a run. */
export interface Tally {
  readonly passedCount: number;
  readonly failedCount: number;
  readonly skippedCount: number;
}

export interface RunKitOptions extends StageOptions {
  readonly exchanges: readonly Exchange[];
  /** What the server doesn't have, with the reasons that skipped assertions state. */
  readonly lacks: ReadonlyMap<Capability, string>;
  /** Which assertions are tried; all by default. The others are not in the results. */
  readonly isWanted?: (heading: AssertionHeading) => boolean;
  /** Exchanges at the same time. */
  readonly parallelCount: number;
  /** Called with the results of each exchange, in the order of the exchanges. */
  readonly onResults?: (results: readonly AssertionResult[]) => void;
}

/** Holds the exchanges and judges their assertions. Never rejects over what a server does. */
export async function runKit(options: RunKitOptions): Promise<readonly AssertionResult[]> {
  const isWanted = options.isWanted ?? (() => true);
  const exchanges = options.exchanges.filter(({ headings }) => headings.some(isWanted));
  const finished: (readonly AssertionResult[] | undefined)[] = exchanges.map(() => undefined);
  let nextIndex = 0;
  let toldCount = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const index = nextIndex;
      nextIndex += 1;
      const exchange = exchanges[index];
      if (exchange === undefined) return;
      finished[index] = await resultsOf(exchange, options, isWanted);
      for (let told = finished[toldCount]; told !== undefined; told = finished[toldCount]) {
        options.onResults?.(told);
        toldCount += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: options.parallelCount }, work));
  return finished.flatMap((results) => results ?? []);
}

/** Counts what came of a run. */
export function tallyOf(results: readonly AssertionResult[]): Tally {
  const count = (type: Verdict['type']): number =>
    results.filter(({ verdict }) => verdict.type === type).length;
  return {
    passedCount: count('passed'),
    failedCount: count('failed'),
    skippedCount: count('skipped'),
  };
}

async function resultsOf(
  exchange: Exchange,
  options: RunKitOptions,
  isWanted: (heading: AssertionHeading) => boolean,
): Promise<readonly AssertionResult[]> {
  const { clock } = options;
  const headings = exchange.headings.filter(isWanted);
  const able = headings.filter((heading) => lackOf(heading, options.lacks) === undefined);
  const startMs = clock.nowMs();
  const outcome = able.length === 0 ? undefined : await observed(exchange, options);
  const durationMs = Math.round(clock.nowMs() - startMs);
  return headings.map((heading) => {
    const lack = lackOf(heading, options.lacks);
    if (lack !== undefined || outcome === undefined) {
      const verdict: Verdict = { type: 'skipped', reason: lack ?? 'not tried' };
      return { ...heading, verdict, durationMs: 0 };
    }
    const verdict =
      outcome.type === 'facts' ? exchange.judge(heading.id, outcome.facts) : outcome.verdict;
    return { ...heading, verdict, durationMs };
  });
}

type Observation =
  | { readonly type: 'facts'; readonly facts: unknown }
  | { readonly type: 'ended'; readonly verdict: Verdict };

async function observed(exchange: Exchange, options: RunKitOptions): Promise<Observation> {
  const stage = new Stage(options);
  const limitMs = options.replyTimeoutMs * EXCHANGE_REPLY_COUNT;
  try {
    const facts = await within(exchange.observe(stage), limitMs, {
      clock: options.clock,
      makeError: () =>
        new Mismatch(`the exchange '${exchange.name}' to end`, `${limitMs} ms passed`),
    });
    return { type: 'facts', facts };
  } catch (error) {
    return { type: 'ended', verdict: verdictOf(error) };
  } finally {
    stage.end();
  }
}

function lackOf(
  heading: AssertionHeading,
  lacks: ReadonlyMap<Capability, string>,
): string | undefined {
  const missing = heading.needs.find((capability) => lacks.has(capability));
  return missing === undefined
    ? undefined
    : `${CAPABILITIES[missing]}: ${lacks.get(missing) ?? 'not there'}`;
}
