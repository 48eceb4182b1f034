import { systemClock } from '../../runtime/system-clock.ts';
import { captureStackLog } from '../../webrtc/stack-log.ts';
import { numberFlag } from '../commands/number-flag.ts';
import { endProcess } from '../commands/running.ts';
import { type TrialFlags, targetOf } from '../commands/trial-flags.ts';
import { GeneratorWatch } from './generator-watch.ts';
import { type LoadReport, loadLines, loadReport } from './load-report.ts';
import { type LoadTally, tryLoad } from './load-trial.ts';
import { openTrialParts } from './open-trial-parts.ts';
import { seededChance } from './seeded-chance.ts';
import { spreadOf } from './spread.ts';
import { EXIT_STOPPED, stopBySignal } from './stop-by-signal.ts';

export interface LoadFlags extends TrialFlags {
  readonly calls: string;
  readonly rampS: string;
  readonly durationS: string;
  readonly talk: string;
  readonly lossPercent: string;
  readonly dropPercent: string;
  readonly seed: string;
  readonly json?: true;
}

const SETUP_TIMEOUT_MS = 20_000;
const TURN_TIMEOUT_MS = 30_000;
/** Two seconds. */
const PROGRESS_SLOTS = 100;

/** A call failed. */
const EXIT_FAILED = 1;
/** No call came up, or this machine was the bottleneck. */
const EXIT_UNUSABLE = 2;

/** Carries `prism load` out. Throws a `StartError` for flags that can't be used. */
export async function measureLoad(url: string, flags: LoadFlags): Promise<void> {
  const asked = {
    calls: numberFlag('--calls', flags.calls, { min: 1, max: 2_000, isWhole: true }),
    rampMs: 1_000 * numberFlag('--ramp-s', flags.rampS, { min: 0, max: 3_600 }),
    durationMs: 1_000 * numberFlag('--duration-s', flags.durationS, { min: 1, max: 86_400 }),
  };
  const percent = { min: 0, max: 90 };
  const target = targetOf(url, flags);
  const lossPercent = numberFlag('--loss-percent', flags.lossPercent, percent);
  const options = {
    ...asked,
    talkRatio: numberFlag('--talk', flags.talk, { min: 0.01, max: 1 }),
    dropRatio: numberFlag('--drop-percent', flags.dropPercent, percent) / 100,
    setupTimeoutMs: SETUP_TIMEOUT_MS,
    turnTimeoutMs: TURN_TIMEOUT_MS,
    chance: seededChance(numberFlag('--seed', flags.seed, { min: 0, max: 2 ** 31 })),
  };
  // Once all flags are good: what is opened keeps the process.
  const stop = stopBySignal();
  const parts = await openTrialParts({
    speechFile: flags.speech,
    isCoded: false,
    lossPercent,
    stop,
  });
  const tally: LoadTally = {
    setups: [],
    turns: [],
    failures: [],
    networks: [],
    live: 0,
    liveMax: 0,
    dropped: 0,
  };
  const at = new Date(systemClock.wallMs()).toISOString();
  // The stack's complaints would stand between the lines; what comes of them is a failure with a name.
  captureStackLog(() => undefined);
  const watch = new GeneratorWatch(parts.tick, systemClock);
  const tell = (slot: number): void => {
    if (slot % PROGRESS_SLOTS === 0) process.stderr.write(`${progressLine(tally)}\n`);
  };
  parts.tick.add(tell);
  await tryLoad({ target, parts, options, tally });
  parts.tick.remove(tell);
  const report = loadReport(tally, { url, at, asked, isStopped: stop.aborted }, watch.stop());
  const lines = ['', ...loadLines(report)].join('\n');
  const text = flags.json === true ? JSON.stringify(report, null, 2) : lines;
  return endProcess(`${text}\n`, { code: exitCodeOf(report), stream: process.stdout });
}

function exitCodeOf(report: LoadReport): number {
  if (report.isStopped) return EXIT_STOPPED;
  if (report.callsMade === 0 || report.void.length > 0) return EXIT_UNUSABLE;
  return Object.keys(report.failures).length > 0 ? EXIT_FAILED : 0;
}

function progressLine(tally: LoadTally): string {
  const turn = spreadOf(tally.turns.flatMap(({ audibleMs }) => audibleMs ?? []));
  const heard = turn === undefined ? '' : `, first sound p95 ${turn.p95.toFixed(0)} ms`;
  return `${tally.live} calls up, ${tally.turns.length} turns${heard}, ${tally.failures.length} failures`;
}
