import type { Agent, SessionConfig } from '@prism/protocol';

/**
 * An agent with what follows from its tools: it owns `tools` as a whole, and its clients answer for the functions that
 * are declared as theirs, and for those that nobody else can answer for. Without any tools it is as it was: what nobody
 * sets stays the client's.
 */
export function withOwnTools(agent: Agent): Agent {
  const { session, tools, policy } = agent;
  if (session.type !== 'realtime') return agent;
  if (session.tools === undefined && tools.length === 0) return agent;
  const own = tools.flatMap((tool) => (tool.kind === 'client' ? [tool.name] : []));
  const clientTools = policy.clientTools ?? [...functionsOf(session), ...own];
  return {
    ...agent,
    // What Prism answers for is added to these when a session begins.
    session: { ...session, tools: session.tools ?? [] },
    policy: { ...policy, clientTools },
  };
}

function functionsOf(session: SessionConfig): readonly string[] {
  const tools = session.type === 'realtime' ? (session.tools ?? []) : [];
  return tools.flatMap((tool) => (tool.type === 'function' ? [tool.name] : []));
}
