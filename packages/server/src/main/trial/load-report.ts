import type { LoadTally } from './load-trial.ts';
import { jitterOf, STOPPED_LINE } from './report-parts.ts';
import { type Spread, spreadOf } from './spread.ts';

/** How the machine that made the calls did. If it was late itself, the figures say nothing of the server. */
export interface GeneratorState {
  /** CPU time of this process by the time that passed; 1 is a whole core. */
  readonly cpuRatio: number;
  /** How late the 20 ms tick was that packets left in. */
  readonly tickLatenessMs: Spread | undefined;
}

/** The failures of one code. */
export interface LoadFailures {
  readonly count: number;
  /** Of the first. */
  readonly message: string;
  /** How long it took to be told. */
  readonly afterMs: Spread;
}

export interface LoadReport {
  readonly url: string;
  readonly at: string;
  readonly asked: { readonly calls: number; readonly rampMs: number; readonly durationMs: number };
  readonly liveMax: number;
  readonly callsMade: number;
  readonly dropped: number;
  readonly turns: number;
  readonly failures: Readonly<Record<string, LoadFailures>>;
  readonly setupMs: Spread | undefined;
  readonly turnMs: Spread | undefined;
  /** Undefined if nothing came. */
  readonly packetsReceivedLostPercent: number | undefined;
  readonly jitterMs: Spread | undefined;
  readonly generator: GeneratorState;
  /** It was stopped by a signal: this is what was measured until then. */
  readonly isStopped: boolean;
  /** Why the figures count for nothing; empty if they count. */
  readonly void: readonly string[];
}

/** A generator later than this at the 99th percentile, or busier, measures itself. */
const LATENESS_P99_MS_MAX = 10;
const CPU_RATIO_MAX = 0.9;

export function loadReport(
  tally: LoadTally,
  what: Pick<LoadReport, 'url' | 'at' | 'asked' | 'isStopped'>,
  generator: GeneratorState,
): LoadReport {
  const received = sumOf(tally, ({ packetsReceived }) => packetsReceived);
  const lost = sumOf(tally, ({ packetsLost }) => packetsLost);
  return {
    ...what,
    liveMax: tally.liveMax,
    callsMade: tally.setups.length,
    dropped: tally.dropped,
    turns: tally.turns.length,
    failures: failuresOf(tally),
    setupMs: spreadOf(tally.setups.map(({ sessionMs }) => sessionMs)),
    turnMs: spreadOf(tally.turns.flatMap(({ audibleMs }) => audibleMs ?? [])),
    packetsReceivedLostPercent: received === 0 ? undefined : (100 * lost) / (received + lost),
    jitterMs: jitterOf(tally.networks),
    generator,
    void: voidBecause(generator),
  };
}

/** The report for people. */
export function loadLines(report: LoadReport): string[] {
  const { generator } = report;
  const line = (name: string, spread: Spread | undefined): string =>
    `${name.padEnd(26)}${spread === undefined ? 'nothing measured' : spreadText(spread)}`;
  return [
    `${report.liveMax} of ${report.asked.calls} calls up, ${report.callsMade} made, ${report.dropped} dropped on purpose, ${report.turns} turns`,
    line('set-up, ms', report.setupMs),
    line('turn, ms', report.turnMs),
    line('jitter, ms', report.jitterMs),
    `${'packets lost'.padEnd(26)}${lostText(report.packetsReceivedLostPercent)}`,
    ...Object.entries(report.failures).flatMap(([code, { count, message, afterMs }]) => [
      line(`${code} × ${count}, after ms`, afterMs),
      `  ${message}`,
    ]),
    line('this process late, ms', generator.tickLatenessMs),
    `${'this process, CPU'.padEnd(26)}${(100 * generator.cpuRatio).toFixed(0)} % of a core`,
    ...report.void.map((reason) => `void: ${reason}`),
    ...(report.isStopped ? [STOPPED_LINE] : []),
  ];
}

function lostText(percent: number | undefined): string {
  return percent === undefined ? 'nothing measured' : `${percent.toFixed(2)} %`;
}

function spreadText({ p50, p95, p99, max }: Spread): string {
  return `p50 ${p50.toFixed(1)}, p95 ${p95.toFixed(1)}, p99 ${p99.toFixed(1)}, max ${max.toFixed(1)}`;
}

function sumOf(
  { networks }: LoadTally,
  of: (network: LoadTally['networks'][number]) => number,
): number {
  return networks.reduce((total, network) => total + of(network), 0);
}

function failuresOf({ failures }: LoadTally): LoadReport['failures'] {
  const told = new Map<string, { readonly message: string; readonly timesMs: number[] }>();
  for (const { code, message, afterMs } of failures) {
    const known = told.get(code) ?? { message, timesMs: [] };
    known.timesMs.push(afterMs);
    told.set(code, known);
  }
  return Object.fromEntries(
    [...told].flatMap(([code, { message, timesMs }]) => {
      const afterMs = spreadOf(timesMs);
      return afterMs === undefined ? [] : [[code, { count: timesMs.length, message, afterMs }]];
    }),
  );
}

function voidBecause({ cpuRatio, tickLatenessMs }: GeneratorState): string[] {
  const reasons: string[] = [];
  const p99Ms = tickLatenessMs?.p99 ?? 0;
  if (p99Ms > LATENESS_P99_MS_MAX)
    reasons.push(
      `this process was ${p99Ms.toFixed(1)} ms late at the 99th percentile: use another machine, or fewer calls`,
    );
  if (cpuRatio > CPU_RATIO_MAX)
    reasons.push(
      `this process used ${(100 * cpuRatio).toFixed(0)} % of its one core: use several, with fewer calls each`,
    );
  return reasons;
}
