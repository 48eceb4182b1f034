import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

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

/** Lets werift, in a process of its own, call `url`. */
export async function weriftCall(url: string): Promise<ForeignCall> {
  const path = fileURLToPath(new URL('werift-process.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [path, url], {
    timeout: PROCESS_TIMEOUT_MS,
  });
  return JSON.parse(stdout) as ForeignCall;
}
