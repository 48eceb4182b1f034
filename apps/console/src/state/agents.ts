import { isWireObject, objectsField, textField, type WireObject } from '@prism/client';

/** One variable of an agent. */
export interface AgentVariable {
  readonly name: string;
  readonly isRequired: boolean;
  readonly charsMax: number;
}

/** An agent as `GET /v1/prism/agents` tells of it. */
export interface OfferedAgent {
  readonly name: string;
  readonly description: string | undefined;
  readonly variables: readonly AgentVariable[];
}

/** What is known of the server's agents. */
export type AgentsState =
  | { readonly type: 'loading' }
  | {
      readonly type: 'known';
      readonly agents: readonly OfferedAgent[];
      /** Whether the key leaves the choice: a client secret says by itself which agent it is for. */
      readonly isChoice: boolean;
    }
  | { readonly type: 'unavailable' };

const CHARS_MAX_DEFAULT = 200;

function readVariable(variable: WireObject): AgentVariable | undefined {
  const name = textField(variable, 'name');
  if (name === undefined) return undefined;
  const charsMax = variable['chars_max'];
  return {
    name,
    isRequired: variable['required'] === true,
    charsMax: typeof charsMax === 'number' ? charsMax : CHARS_MAX_DEFAULT,
  };
}

function readAgent(agent: WireObject): OfferedAgent | undefined {
  const name = textField(agent, 'name');
  if (name === undefined) return undefined;
  const variables = objectsField(agent, 'variables')
    .map(readVariable)
    .filter((variable) => variable !== undefined);
  return { name, description: textField(agent, 'description'), variables };
}

/** Reads the body of `GET /v1/prism/agents`; `unavailable` if it is something else. */
export function parseAgents(body: unknown): AgentsState {
  if (!isWireObject(body) || !Array.isArray(body['data'])) return { type: 'unavailable' };
  const agents = objectsField(body, 'data')
    .map(readAgent)
    .filter((agent) => agent !== undefined);
  return { type: 'known', agents, isChoice: body['choice'] !== false };
}

/** The agent of that name, if it is offered. */
export function agentNamed(state: AgentsState, name: string | undefined): OfferedAgent | undefined {
  return state.type === 'known' ? state.agents.find((agent) => agent.name === name) : undefined;
}
