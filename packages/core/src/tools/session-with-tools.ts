import type { SessionConfig } from '@prism/protocol';
import type { SessionTool } from './session-tool.ts';

/** A session whose model is told of the tools besides those it has; of two with the same name Prism's own counts. */
export function sessionWithTools(
  session: SessionConfig | undefined,
  tools: readonly SessionTool[],
): SessionConfig | undefined {
  if (tools.length === 0 || session?.type === 'transcription') return session;
  const names = new Set(tools.map(({ name }) => name));
  const others = (session?.tools ?? []).filter(
    (tool) => !('name' in tool && typeof tool.name === 'string' && names.has(tool.name)),
  );
  const own = tools.map(({ name, description, parameters }) => ({
    type: 'function' as const,
    name,
    description,
    parameters: { ...parameters },
  }));
  return { ...session, type: 'realtime', tools: [...others, ...own] };
}
