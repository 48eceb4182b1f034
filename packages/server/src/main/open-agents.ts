import { readFileSync } from 'node:fs';
import type { Agent } from '@prism/protocol';
import { AgentError, agentOfSettings } from '../agents/agent-of-settings.ts';
import type { Settings } from '../config/settings.ts';
import { StartError } from './start-error.ts';

/** All agents of the settings. Throws {@link StartError}. */
export function openAgents({ agents }: Pick<Settings, 'agents'>): readonly Agent[] {
  try {
    return Object.entries(agents).map(([name, settings]) =>
      agentOfSettings(name, settings, (path) => readFileSync(path, 'utf8')),
    );
  } catch (error) {
    if (error instanceof AgentError) throw new StartError(error.message, { cause: error });
    throw error;
  }
}
