import { readFileSync } from 'node:fs';
import type { Agent } from '@prism/protocol';
import { AgentError, agentOfSettings } from '../agents/agent-of-settings.ts';
import type { Settings } from '../config/settings.ts';
import { StartError } from './start-error.ts';

/** All agents: those of the settings, and those that are defined in code. Throws {@link StartError}. */
export function openAgents(
  { agents }: Pick<Settings, 'agents'>,
  inCode: readonly Agent[],
): readonly Agent[] {
  const doubled = inCode.find(({ name }) => Object.hasOwn(agents, name));
  if (doubled !== undefined)
    throw new StartError(`Agent '${doubled.name}' is defined in the settings and in code.`);
  try {
    const inSettings = Object.entries(agents).map(([name, settings]) =>
      agentOfSettings(name, settings, (path) => readFileSync(path, 'utf8')),
    );
    return [...inSettings, ...inCode];
  } catch (error) {
    if (error instanceof AgentError) throw new StartError(error.message, { cause: error });
    throw error;
  }
}
