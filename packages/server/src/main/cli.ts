import { Command } from 'commander';
import { printSettings } from '../config/print-settings.ts';
import { addAgentsCommand } from './commands/agents.ts';
import { addConformanceCommand } from './commands/conformance.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addEngineCommand } from './commands/engine.ts';
import { addKeysCommand } from './commands/keys.ts';
import { addLatencyCommand } from './commands/latency.ts';
import { addLoadCommand } from './commands/load.ts';
import { guarded, print } from './commands/running.ts';
import { addServeCommand } from './commands/serve.ts';
import { addSettingFlags, type FlagValues, settingsFromFlags } from './commands/setting-flags.ts';
import { addUsageCommand } from './commands/usage.ts';
import { PRISM_VERSION } from './create-prism.ts';

/** Runs the `prism` command. Settles when the command is done; `serve` is done when the server has stopped. */
export async function run(argv: readonly string[]): Promise<void> {
  const program = new Command('prism')
    .description('A realtime media server: WebRTC on the front, the OpenAI Realtime API behind.')
    .version(PRISM_VERSION)
    .showHelpAfterError('Run prism --help for what there is.');
  addServeCommand(program);
  addEngineCommand(program);
  addConformanceCommand(program);
  addDoctorCommand(program);
  addUsageCommand(program);
  addAgentsCommand(program);
  addKeysCommand(program);
  addLatencyCommand(program);
  addLoadCommand(program);
  const config = program
    .command('config')
    .description('print the effective settings with where each comes from')
    .action((values: FlagValues) =>
      guarded(async () => print(printSettings(settingsFromFlags(values)))),
    );
  addSettingFlags(config);
  await program.parseAsync([...argv]);
}
