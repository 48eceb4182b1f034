import type { SessionConfig, Tool } from '@prism/protocol';
import type { SessionTool } from './session-tool.ts';

/** A session whose model is told of the tools besides those it has; of two with the same name Prism's own counts. */
export function sessionWithTools(
  session: SessionConfig | undefined,
  tools: readonly SessionTool[],
): SessionConfig | undefined {
  if (tools.length === 0 || session?.type === 'transcription') return session;
  const all = besides(tools, session?.tools ?? []);
  return { ...session, type: 'realtime', tools: [...all] };
}

/** Definitions of the tools for the upstream, behind those of `others` that have other names. */
export function besides<Other>(
  tools: readonly SessionTool[],
  others: readonly Other[],
): readonly (Other | Tool)[] {
  const names = new Set(tools.map(({ name }) => name));
  const own = tools.map(({ name, description, parameters }) => ({
    type: 'function' as const,
    name,
    description,
    parameters: { ...parameters },
  }));
  return [...others.filter((other) => !names.has(nameOf(other))), ...own];
}

function nameOf(tool: unknown): string {
  const isNamed = typeof tool === 'object' && tool !== null && 'name' in tool;
  return isNamed && typeof tool.name === 'string' ? tool.name : '';
}
