import { decodeTimeCode, reportTimeCode, type TimeCodeReport } from '@prism/engine';
import {
  type SetupMoments,
  TrialCall,
  type TrialFailure,
  type TrialParts,
  type TrialTarget,
} from './trial-call.ts';
import type { TrialNetwork } from './trial-ear.ts';
import type { TurnMoments } from './turn-watch.ts';

export interface LatencyTrialOptions {
  readonly calls: number;
  /** In each call. */
  readonly turns: number;
  readonly setupTimeoutMs: number;
  readonly turnTimeoutMs: number;
  /** Between the end of an answer and the next words. */
  readonly pauseMs: number;
  /** Whether both sides speak in time codes, so that what is missing can be told. */
  readonly isCoded: boolean;
  readonly progress: (line: string) => void;
}

/** All that was measured, call by call. */
export interface LatencyTrial {
  readonly setups: readonly SetupMoments[];
  readonly turns: readonly TurnMoments[];
  readonly failures: readonly TrialFailure[];
  readonly networks: readonly (TrialNetwork & { readonly packetsSent: number })[];
  /** Of each answer, if it was coded. */
  readonly answers: readonly TimeCodeReport[];
  /** What the upstream understood, in order. */
  readonly transcripts: readonly string[];
}

/** Calls a server, one call after the other, and takes turns with it. */
export async function tryLatency(
  target: TrialTarget,
  parts: TrialParts,
  options: LatencyTrialOptions,
): Promise<LatencyTrial> {
  const trial = {
    setups: [] as SetupMoments[],
    turns: [] as TurnMoments[],
    failures: [] as TrialFailure[],
    networks: [] as LatencyTrial['networks'][number][],
    answers: [] as TimeCodeReport[],
    transcripts: [] as string[],
  };
  for (let index = 1; index <= options.calls && !parts.stop.aborted; index += 1) {
    const call = new TrialCall(target, parts);
    try {
      const placed = await call.place(options.setupTimeoutMs);
      // Whoever stops it hasn't measured a failure.
      if (!placed.isPlaced && parts.stop.aborted) break;
      if (!placed.isPlaced) {
        trial.failures.push(placed.failure);
        options.progress(`call ${index}: ${placed.failure.message}`);
        continue;
      }
      trial.setups.push(placed.setup);
      options.progress(`call ${index}: ready after ${placed.setup.sessionMs.toFixed(0)} ms`);
      await takeTurns(call, index, { trial, options, stop: parts.stop });
      trial.networks.push(call.network);
      trial.transcripts.push(...call.transcripts);
    } finally {
      await call.close();
    }
  }
  return trial;
}

async function takeTurns(
  call: TrialCall,
  index: number,
  {
    trial,
    options,
    stop,
  }: {
    readonly trial: {
      readonly turns: TurnMoments[];
      readonly failures: TrialFailure[];
      readonly answers: TimeCodeReport[];
    };
    readonly options: LatencyTrialOptions;
    readonly stop: AbortSignal;
  },
): Promise<void> {
  for (let turn = 1; turn <= options.turns; turn += 1) {
    const outcome = await call.takeTurn(options.turnTimeoutMs);
    if (!outcome.isAnswered && stop.aborted) return;
    if (!outcome.isAnswered) {
      trial.failures.push(outcome.failure);
      options.progress(`call ${index}, turn ${turn}: ${outcome.failure.message}`);
      return;
    }
    trial.turns.push(outcome.moments);
    if (options.isCoded) trial.answers.push(reportTimeCode(decodeTimeCode(call.takeSound())));
    const { audibleMs } = outcome.moments;
    options.progress(
      `call ${index}, turn ${turn}: answer heard after ${audibleMs?.toFixed(0) ?? '?'} ms`,
    );
    await call.pause(options.pauseMs);
  }
}
