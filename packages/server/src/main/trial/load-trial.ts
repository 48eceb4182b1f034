import { after } from '@prism/core';
import {
  type SetupMoments,
  TrialCall,
  type TrialFailure,
  type TrialParts,
  type TrialTarget,
} from './trial-call.ts';
import type { TrialNetwork } from './trial-ear.ts';
import type { TurnMoments } from './turn-watch.ts';

export interface LoadTrialOptions {
  /** Calls that are kept up at a time. */
  readonly calls: number;
  /** Over which they begin, evenly. */
  readonly rampMs: number;
  /** After the ramp. */
  readonly durationMs: number;
  /** Share of the time in which a caller's phrase or its answer is on; the rest is pause. */
  readonly talkRatio: number;
  /** Share of the calls that end without a word after a turn, and are made anew. */
  readonly dropRatio: number;
  readonly setupTimeoutMs: number;
  readonly turnTimeoutMs: number;
  /** From 0 to 1; seeded by the caller. */
  readonly chance: () => number;
}

/** What has been measured so far; arrays grow while the trial runs. */
export interface LoadTally {
  readonly setups: SetupMoments[];
  readonly turns: TurnMoments[];
  readonly failures: TrialFailure[];
  readonly networks: (TrialNetwork & { readonly packetsSent: number })[];
  /** Calls that are up now, and the most there were. */
  live: number;
  liveMax: number;
  /** Calls that went without a word, on purpose. */
  dropped: number;
}

/** What a load trial is made of. */
export interface LoadTrial {
  readonly target: TrialTarget;
  readonly parts: TrialParts;
  readonly options: LoadTrialOptions;
  readonly tally: LoadTally;
}

/** Keeps calls up that talk, until the time is over; each failed call is made anew, after a wait. */
export async function tryLoad(trial: LoadTrial): Promise<void> {
  const { options, parts } = trial;
  const endMs = parts.clock.nowMs() + options.rampMs + options.durationMs;
  const callers = Array.from({ length: options.calls }, async (_, index) => {
    await sleep(parts, (options.rampMs * index) / options.calls);
    await keepCalling(trial, endMs);
  });
  await Promise.all(callers);
}

/** A refused caller comes back no sooner, as the server asks of it. */
const RETRY_MS = 5_000;

async function keepCalling(trial: LoadTrial, endMs: number): Promise<void> {
  const { parts, tally } = trial;
  while (parts.clock.nowMs() < endMs && !parts.stop.aborted) {
    const failure = await callOnce(trial, endMs);
    // Whoever stops it hasn't measured a failure.
    if (failure === undefined || parts.stop.aborted) continue;
    tally.failures.push(failure);
    await sleep(parts, Math.min(RETRY_MS, endMs - parts.clock.nowMs()));
  }
}

/** One call until the time is over, it fails, or it is dropped on purpose. */
async function callOnce(trial: LoadTrial, endMs: number): Promise<TrialFailure | undefined> {
  const { target, parts, options, tally } = trial;
  const call = new TrialCall(target, parts);
  const placed = await call.place(options.setupTimeoutMs);
  if (!placed.isPlaced) {
    await call.close();
    return placed.failure;
  }
  tally.setups.push(placed.setup);
  tally.live += 1;
  tally.liveMax = Math.max(tally.liveMax, tally.live);
  const end = await talk(call, trial, endMs);
  tally.live -= 1;
  tally.networks.push(call.network);
  if (end === 'dropped') tally.dropped += 1;
  await call.close({ isAbrupt: end === 'dropped' });
  return typeof end === 'object' ? end : undefined;
}

/** Takes turns; answers why it stopped. */
async function talk(
  call: TrialCall,
  { parts: { clock }, options, tally }: LoadTrial,
  endMs: number,
): Promise<TrialFailure | 'over' | 'dropped'> {
  while (clock.nowMs() < endMs) {
    const startMs = clock.nowMs();
    const outcome = await call.takeTurn(options.turnTimeoutMs);
    if (!outcome.isAnswered) return outcome.failure;
    tally.turns.push(outcome.moments);
    if (options.chance() < options.dropRatio) return 'dropped';
    const nowMs = clock.nowMs();
    await call.pause(pauseAfter(nowMs - startMs, options, endMs - nowMs));
  }
  return 'over';
}

/** So long that the turn had its share of the time, give or take half, so that callers don't fall into step. */
function pauseAfter(
  turnMs: number,
  { talkRatio, chance }: LoadTrialOptions,
  leftMs: number,
): number {
  const meanMs = (turnMs * (1 - talkRatio)) / talkRatio;
  return Math.min(Math.max(0, leftMs), meanMs * (0.5 + chance()));
}

/** Resolves after so long, or as soon as the trial is stopped. */
function sleep(
  { clock, stop }: Pick<TrialParts, 'clock' | 'stop'>,
  delayMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stop.removeEventListener('abort', done);
      timer.cancel();
      resolve();
    };
    const timer = clock.setTimer(after(clock.nowMs(), Math.max(0, delayMs)), done);
    stop.addEventListener('abort', done);
    if (stop.aborted) done();
  });
}
