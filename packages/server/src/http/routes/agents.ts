import type { Agent } from '@prism/protocol';
import type { FastifyInstance } from 'fastify';
import type { Admitted } from '../../auth/gate.ts';
import { grantsNeed } from '../../auth/scopes.ts';

/** An agent as a page may know it: nothing of what it is told, and no values. */
interface AgentCard {
  readonly name: string;
  readonly description?: string;
  readonly variables: readonly {
    readonly name: string;
    /** Whether it has no default. */
    readonly required: boolean;
    readonly chars_max: number;
  }[];
}

function cardOf({ name, description, variables }: Agent): AgentCard {
  return {
    name,
    ...(description === undefined ? {} : { description }),
    variables: Object.entries(variables).map(([variable, { defaultValue, charsMax }]) => ({
      name: variable,
      required: defaultValue === undefined,
      chars_max: charsMax,
    })),
  };
}

/** Who may not open sessions has no agents; a client secret has the one that it is for, with its variables filled in. */
function offered(agents: readonly Agent[], { access, key }: Admitted): readonly AgentCard[] {
  if (access.tokenId !== undefined) {
    return agents
      .filter(({ name }) => name === access.agent)
      .map((agent) => ({ ...cardOf(agent), variables: [] }));
  }
  return key === undefined || grantsNeed(key.scopes, 'sessions') ? agents.map(cardOf) : [];
}

/** `GET /prism/agents`: what a caller may name as `agent`, for pages that let people choose. Prism's own. */
export function addAgentRoutes(api: FastifyInstance, agents: readonly Agent[]): void {
  api.get('/prism/agents', { config: { need: 'any_key' } }, async ({ admitted }) => ({
    object: 'list',
    choice: admitted.access.tokenId === undefined,
    data: offered(agents, admitted),
  }));
}
