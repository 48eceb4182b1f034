import type { SessionTool, ToolOutcome } from '@prism/core';
import type { ToolRequest, ToolRunner } from '../runtime/ports/tools.ts';
import type { BoundTool, ToolSource } from './tool-source.ts';

/** The tools of all agents. */
export class Toolbox implements ToolRunner {
  readonly #sources: ReadonlyMap<string, readonly ToolSource[]>;

  /** @param sources - By the name of the agent. Of two tools with the same name the first counts. */
  constructor(sources: ReadonlyMap<string, readonly ToolSource[]>) {
    this.#sources = sources;
  }

  toolsOf(agent: string | undefined): readonly SessionTool[] {
    return [...this.#bound(agent).values()].map(({ tool }) => tool);
  }

  async call(request: ToolRequest, signal: AbortSignal): Promise<ToolOutcome> {
    const bound = this.#bound(request.caller.agent).get(request.tool);
    if (bound?.call !== undefined) return bound.call(request, signal);
    // A session keeps the tools that it began with; those of an MCP server may have gone since.
    const message = `${request.tool} is not there any more.`;
    return { type: 'failed', code: 'mcp_server_unavailable', message };
  }

  #bound(agent: string | undefined): ReadonlyMap<string, BoundTool> {
    const bound = new Map<string, BoundTool>();
    for (const source of this.#sources.get(agent ?? '') ?? [])
      for (const one of source.list()) if (!bound.has(one.tool.name)) bound.set(one.tool.name, one);
    return bound;
  }
}
