import { type Command, Option } from 'commander';
import type { LatencyFlags } from '../trial/run-latency.ts';
import { guarded } from './running.ts';
import { addTrialFlags } from './trial-flags.ts';

/** `prism latency URL`: how long a deployment takes, from the request to the sound. */
export function addLatencyCommand(program: Command): void {
  const command = program
    .command('latency')
    .description('call a server, talk to it, and measure how long it takes to answer')
    .argument('<url>', 'base address, like http://localhost:8080')
    .option('--calls <number>', 'calls, one after the other', '3')
    .option('--turns <number>', 'turns in each call', '3')
    .addOption(
      new Option(
        '--sound <what>',
        'speech: a question, for any upstream; code: time codes, for the simulator with hearing.reads_time_code',
      )
        .choices(['speech', 'code'])
        .default('speech'),
    )
    .option(
      '--max-setup-p95-ms <ms>',
      'fail if session.created takes longer, at the 95th percentile',
    )
    .option(
      '--max-turn-p95-ms <ms>',
      'fail if the first sound takes longer, at the 95th percentile',
    )
    .option('--max-loss-percent <percent>', 'fail if more packets are lost, either way')
    .option('--json', 'print the report as JSON, with all samples');
  addTrialFlags(command);
  command.action((url: string, flags: LatencyFlags) =>
    guarded(async () => {
      const { measureLatency } = await import('../trial/run-latency.ts');
      await measureLatency(url, flags);
    }),
  );
}
