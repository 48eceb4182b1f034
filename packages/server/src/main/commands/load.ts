import type { Command } from 'commander';
import type { LoadFlags } from '../trial/run-load.ts';
import { guarded } from './running.ts';
import { addTrialFlags } from './trial-flags.ts';

/** `prism load URL`: how many calls a deployment carries, and what they notice. */
export function addLoadCommand(program: Command): void {
  const command = program
    .command('load')
    .description('keep calls up that talk to a server, and measure what they notice')
    .argument('<url>', 'base address, like http://localhost:8080')
    .option('--calls <number>', 'calls at a time', '10')
    .option('--ramp-s <seconds>', 'over which they begin', '5')
    .option('--duration-s <seconds>', 'how long all of them stay', '30')
    .option('--talk <ratio>', 'share of the time that somebody speaks, question or answer', '0.4')
    .option('--loss-percent <percent>', 'packets lost on purpose, each way', '0')
    .option(
      '--drop-percent <percent>',
      'calls that end without a word after a turn, of 100 turns',
      '0',
    )
    .option('--seed <number>', 'of pauses and drops', '1')
    .option('--json', 'print the report as JSON');
  addTrialFlags(command);
  command.action((url: string, flags: LoadFlags) =>
    guarded(async () => {
      const { measureLoad } = await import('../trial/run-load.ts');
      await measureLoad(url, flags);
    }),
  );
}
