import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ImpairmentPlan } from './impairment.ts';

/** What a client of another make tells of its call. */
export interface ForeignCall {
  connected: boolean;
  /** Packets of the answer that were loud. */
  heard: number;
  /** Types of the events that came. */
  readonly events: string[];
  /** The server's refusal. */
  error?: string;
}

const PROCESS_TIMEOUT_MS = 60_000;

/** Lets werift, in a process of its own, call `url`, through a network that does `down` to what it is sent. */
export async function weriftCall(url: string, down?: ImpairmentPlan): Promise<ForeignCall> {
  const path = fileURLToPath(new URL('werift-process.js', import.meta.url));
  const plan = down === undefined ? [] : [JSON.stringify(down)];
  const { stdout } = await promisify(execFile)(process.execPath, [path, url, ...plan], {
    timeout: PROCESS_TIMEOUT_MS,
  });
  return JSON.parse(stdout) as ForeignCall;
}
