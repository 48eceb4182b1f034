import type { Agent } from '@prism/protocol';
import type { Command } from 'commander';
import { openAgents } from '../open-agents.ts';
import { guarded, print } from './running.ts';
import { addSettingFlags, type FlagValues, settingsFromFlags } from './setting-flags.ts';

/** `prism agents`: checks the agents of the settings and says in a line each what they are. */
export function addAgentsCommand(program: Command): void {
  const command = program
    .command('agents')
    .description('check the agents of the settings and list them')
    .action((values: FlagValues) =>
      guarded(async () => {
        const agents = openAgents(settingsFromFlags(values).settings, []);
        print(agents.length === 0 ? 'There are no agents.' : agents.map(lineOf).join('\n'));
      }),
    );
  addSettingFlags(command);
}

function lineOf({ name, session, variables, tools, policy }: Agent): string {
  const model =
    session.type === 'realtime' ? (session.model ?? "the server's model") : session.type;
  const parts = [
    model,
    `policy ${policy.preset}`,
    listOf('variables', Object.keys(variables)),
    listOf(
      'tools',
      tools.map((tool) => tool.name),
    ),
  ];
  return `${name}: ${parts.filter((part) => part !== '').join('; ')}`;
}

function listOf(what: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `${what} ${names.join(', ')}`;
}
