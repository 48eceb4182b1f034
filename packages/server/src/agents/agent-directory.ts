import type { Agent, SessionConfig } from '@prism/protocol';
import { type AgentDirectory, type AgentResolution, NO_AGENTS } from '../runtime/ports/agents.ts';
import { fillIn, fillVariables } from './instructions.ts';
import { withOwnTools } from './with-own-tools.ts';

/** Agents by name, resolved for each session anew: who changes a definition changes what later sessions start from. */
export class Agents implements AgentDirectory {
  readonly #agents: ReadonlyMap<string, Agent>;

  constructor(agents: readonly Agent[]) {
    this.#agents = new Map(agents.map((agent) => [agent.name, withOwnTools(agent)]));
  }

  resolve(name: string, given: Readonly<Record<string, string>>): AgentResolution {
    const agent = this.#agents.get(name);
    if (agent === undefined) return NO_AGENTS.resolve(name, given);
    const filled = fillVariables(agent.variables, given);
    if (!filled.isFilled) {
      const { variable, message } = filled.fault;
      const param = `variables.${variable}`;
      return {
        isFound: false,
        error: { code: 'invalid_request', message: `Field '${param}': ${message}`, param },
      };
    }
    const { session, policy, limits } = agent;
    return { isFound: true, session: filledIn(session, filled.values), policy, limits };
  }
}

function filledIn(session: SessionConfig, values: ReadonlyMap<string, string>): SessionConfig {
  if (session.type !== 'realtime' || session.instructions === undefined) return session;
  return { ...session, instructions: fillIn(session.instructions, values) };
}
