import type { Command } from 'commander';
import { StartError } from '../start-error.ts';
import type { TrialTarget } from '../trial/trial-call.ts';

/** What every command asks that makes calls to try a server. */
export interface TrialFlags {
  readonly key?: string;
  readonly model?: string;
  readonly agent?: string;
  readonly speech?: string;
}

export function addTrialFlags(command: Command): void {
  command
    .option('--key <key>', 'server key or client secret to present (default: PRISM_KEY)')
    .option('--model <name>', "model of the calls (default: the server's)")
    .option('--agent <name>', 'agent of the calls')
    .option(
      '--speech <file>',
      'what is said, 16-bit PCM WAV, mono, 24 kHz (default: "What time is it?")',
    );
}

/** Throws a {@link StartError} if the address is none. */
export function targetOf(url: string, { key, model, agent }: TrialFlags): TrialTarget {
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw new StartError(`'${url}' is no address; it takes one like http://localhost:8080.`);
  return {
    url: url.replace(/\/v1\/?$/, ''),
    key: key ?? process.env['PRISM_KEY'],
    query: {
      ...(model === undefined ? {} : { model }),
      ...(agent === undefined ? {} : { agent }),
    },
  };
}
