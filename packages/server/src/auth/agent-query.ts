import type { PrismErrorInfo, SessionAccess, SessionConfig } from '@prism/protocol';
import type { AgentDirectory } from '../runtime/ports/agents.ts';

/** What a request names of an agent in its query, as it was written. */
export interface AgentQuery {
  readonly agent: unknown;
  /** A JSON object of texts. */
  readonly variables: unknown;
}

/** What opens a session, and what it starts from. */
export interface Opening {
  readonly access: SessionAccess;
  readonly session: SessionConfig | undefined;
}

export type AgentOpening<Who extends Opening> =
  | { readonly isFound: true; readonly who: Who }
  | { readonly isFound: false; readonly error: PrismErrorInfo };

/**
 * Who opens a session, as the agent that the query names, if it names one. A client secret says by itself which agent
 * it is for. The holder of a server key may do everything, but its session is the agent's, with tools and limits.
 */
export function asAgent<Who extends Opening>(
  who: Who,
  { agent, variables }: AgentQuery,
  agents: AgentDirectory,
): AgentOpening<Who> {
  if (agent === undefined && variables === undefined) return { isFound: true, who };
  if (who.access.tokenId !== undefined) {
    const what = 'A client secret says by itself which agent it is for.';
    return refuse(agent === undefined ? 'variables' : 'agent', what);
  }
  if (typeof agent !== 'string') return refuse('agent', 'It takes one name.');
  const given = textsOf(variables);
  if (given === undefined) return refuse('variables', 'It takes a JSON object of texts.');
  const resolved = agents.resolve(agent, given);
  if (!resolved.isFound) return resolved;
  const { session, limits } = resolved;
  return { isFound: true, who: { ...who, session, access: { ...who.access, agent, limits } } };
}

function textsOf(variables: unknown): Readonly<Record<string, string>> | undefined {
  if (variables === undefined) return {};
  if (typeof variables !== 'string') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(variables);
  } catch {
    return undefined;
  }
  return isTexts(value) ? value : undefined;
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((text) => typeof text === 'string');
}

function refuse(param: string, what: string): { isFound: false; error: PrismErrorInfo } {
  const message = `Query parameter '${param}' can't be used. ${what}`;
  return { isFound: false, error: { code: 'invalid_request', message, param } };
}
