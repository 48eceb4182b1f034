import { systemClock } from '../../runtime/system-clock.ts';
import { captureStackLog } from '../../webrtc/stack-log.ts';
import { numberFlag } from '../commands/number-flag.ts';
import { endProcess } from '../commands/running.ts';
import { type TrialFlags, targetOf } from '../commands/trial-flags.ts';
import { type LatencyReport, latencyLines, latencyReport } from './latency-report.ts';
import { tryLatency } from './latency-trial.ts';
import { openTrialParts } from './open-trial-parts.ts';
import { EXIT_STOPPED, stopBySignal } from './stop-by-signal.ts';

export interface LatencyFlags extends TrialFlags {
  readonly calls: string;
  readonly turns: string;
  readonly sound: 'speech' | 'code';
  readonly maxSetupP95Ms?: string;
  readonly maxTurnP95Ms?: string;
  readonly maxLossPercent?: string;
  readonly json?: true;
}

/** A threshold was missed, or a call failed. */
const EXIT_MISSED = 1;
/** Nothing could be measured. */
const EXIT_UNUSABLE = 2;

const SETUP_TIMEOUT_MS = 20_000;
const TURN_TIMEOUT_MS = 30_000;
const PAUSE_MS = 500;
const COUNT = { min: 1, max: 1_000, isWhole: true };

/** Carries `prism latency` out. Throws a `StartError` for flags that can't be used. */
export async function measureLatency(url: string, flags: LatencyFlags): Promise<void> {
  const target = targetOf(url, flags);
  const isCoded = flags.sound === 'code';
  const thresholds = {
    setupP95Ms: limitOf('--max-setup-p95-ms', flags.maxSetupP95Ms),
    turnP95Ms: limitOf('--max-turn-p95-ms', flags.maxTurnP95Ms),
    lossPercent: limitOf('--max-loss-percent', flags.maxLossPercent),
  };
  // Before anything is opened, which would keep the process.
  const calls = numberFlag('--calls', flags.calls, COUNT);
  const turns = numberFlag('--turns', flags.turns, COUNT);
  const stop = stopBySignal();
  const parts = await openTrialParts({ speechFile: flags.speech, isCoded, lossPercent: 0, stop });
  // The stack's complaints would stand between the lines; what comes of them is a failure with a name.
  captureStackLog(() => undefined);
  const trial = await tryLatency(target, parts, {
    calls,
    turns,
    setupTimeoutMs: SETUP_TIMEOUT_MS,
    turnTimeoutMs: TURN_TIMEOUT_MS,
    pauseMs: PAUSE_MS,
    isCoded,
    progress: (line) => process.stderr.write(`${line}\n`),
  });
  const at = new Date(systemClock.wallMs()).toISOString();
  const report = latencyReport(trial, { url, at, isCoded, isStopped: stop.aborted }, thresholds);
  const lines = ['', ...latencyLines(report)].join('\n');
  const text = flags.json === true ? JSON.stringify(report, null, 2) : lines;
  return endProcess(`${text}\n`, { code: exitCodeOf(report), stream: process.stdout });
}

function exitCodeOf({ missed, failures, samples, isStopped }: LatencyReport): number {
  if (isStopped) return EXIT_STOPPED;
  if (samples.setups.length === 0) return EXIT_UNUSABLE;
  return missed.length > 0 || failures.length > 0 ? EXIT_MISSED : 0;
}

function limitOf(name: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : numberFlag(name, text, { min: 0, max: 1_000_000 });
}
