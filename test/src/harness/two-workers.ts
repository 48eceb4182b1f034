import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workerOfId } from '@prism/core';
import { eventually } from './eventually.ts';
import { freeWorkerPortVariables } from './free-port.ts';
import { MediaSocketClient } from './media-socket-client.ts';
import { PrismProcess } from './prism-process.ts';
import { type SimulatedUpstream, startSimulatedUpstream } from './simulated-upstream.ts';

/** The server key of servers under test. */
export const KEY = 'sk-prism-test';
/** The header that shows it. */
export const AUTHORIZATION = { authorization: `Bearer ${KEY}` };
/** Workers of each server, unless its settings say otherwise. */
export const WORKER_COUNT = 2;

/** Servers of two workers each, with one upstream and a folder for their storage. */
export class TwoWorkers {
  readonly folder = mkdtempSync(join(tmpdir(), 'prism-workers-test-'));
  /** What is killed at the end, should it still run. */
  readonly started: PrismProcess[] = [];
  readonly upstream: SimulatedUpstream;

  private constructor(upstream: SimulatedUpstream) {
    this.upstream = upstream;
  }

  /** Starts the upstream, and no server so far. */
  static async start(): Promise<TwoWorkers> {
    return new TwoWorkers(
      await startSimulatedUpstream({ timing: { audio_ms: 500, first_audio_ms: 20 } }),
    );
  }

  /** Starts a server. */
  async serve(
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ prism: PrismProcess; url: string; mediaPort: number }> {
    const ports = await freeWorkerPortVariables(WORKER_COUNT);
    const served = await PrismProcess.serve({
      ...this.upstream.env,
      ...ports,
      PRISM_WORKERS: String(WORKER_COUNT),
      PRISM_API_KEYS: KEY,
      PRISM_STORAGE_PATH: join(this.folder, `${this.started.length}.sqlite`),
      ...env,
    });
    this.started.push(served.prism);
    return { ...served, mediaPort: Number(ports.PRISM_MEDIA_PORT) };
  }

  /** Ends everything and removes the folder. */
  async close(): Promise<void> {
    for (const prism of this.started) prism.signal('SIGKILL');
    await this.upstream.close();
    rmSync(this.folder, { recursive: true });
  }
}

/** A call whose id is known. */
export async function openCall(url: string, key = KEY): Promise<MediaSocketClient> {
  const headers = { authorization: `Bearer ${key}` };
  const call = await MediaSocketClient.connect(url, { headers });
  await eventually('its id', () => call.callId !== '');
  return call;
}

/** The index of the worker that has a call, by its id. */
export function ownerOf({ callId }: { readonly callId: string }): number {
  return workerOfId(callId, WORKER_COUNT);
}

/** How many of these calls each worker has. */
export function spread(calls: readonly { readonly callId: string }[]): readonly number[] {
  return [0, 1].map((index) => calls.filter((call) => ownerOf(call) === index).length);
}

/** How many sessions all workers have. */
export async function liveCountOf(url: string): Promise<number> {
  const response = await fetch(`${url}/v1/prism/capacity`, { headers: AUTHORIZATION });
  const { sessions } = (await response.json()) as { sessions: { live: number } };
  return sessions.live;
}
