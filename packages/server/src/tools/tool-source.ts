import type { SessionTool } from '@prism/core';
import type { McpTool, ToolDefinition } from '@prism/protocol';
import type { McpConnection, McpListing, ToolCall } from '../runtime/ports/tools.ts';
import { compileCheck, SchemaError } from './schema-check.ts';

/** A tool with what runs it; the client's run elsewhere. */
export interface BoundTool {
  readonly tool: SessionTool;
  readonly call: ToolCall | undefined;
}

/** Some of an agent's tools: one, or those that a server has now. */
export interface ToolSource {
  list(): readonly BoundTool[];
}

/** Function names of the Realtime API. */
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** A tool that is what it is. Throws {@link SchemaError}. */
export function singleSource(
  definition: Exclude<ToolDefinition, McpTool>,
  call: ToolCall | undefined,
): ToolSource {
  const bound = bind(definition, definition, call);
  return { list: () => [bound] };
}

/**
 * Those of a server's tools that the definition allows, as `<label>__<name>`.
 *
 * @param skipped - Is told of tools that can't be offered: their name is no function's, or their schema is broken.
 */
export function mcpSource(
  definition: McpTool,
  connection: McpConnection,
  skipped: (tool: string, reason: string) => void,
): ToolSource {
  let listings: readonly McpListing[] | undefined;
  let bound: readonly BoundTool[] = [];
  const bindListing = (listing: McpListing): readonly BoundTool[] => {
    const { allowedTools } = definition;
    if (allowedTools?.includes(listing.name) === false) return [];
    const name = `${definition.name}__${listing.name}`.replaceAll(/[^A-Za-z0-9_-]/g, '_');
    try {
      if (!NAME.test(name)) throw new SchemaError(`${name} is too long for a function's name`);
      const callable = {
        name,
        description: listing.description,
        parameters: listing.inputSchema,
      };
      const call: ToolCall = (request, signal) => connection.call(listing.name, request, signal);
      return [bind(definition, callable, call)];
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
      skipped(listing.name, error.message);
      return [];
    }
  };
  return {
    list: () => {
      if (listings !== connection.listings) {
        listings = connection.listings;
        bound = listings.flatMap(bindListing);
      }
      return bound;
    },
  };
}

function bind(
  definition: ToolDefinition,
  { name, description, parameters }: Pick<SessionTool, 'name' | 'description' | 'parameters'>,
  call: ToolCall | undefined,
): BoundTool {
  const { timeoutMs, resultBytesMax, onInterruption, fillerAfterMs } = definition;
  const { needsConfirmation, confirmedBy = 'client' } = definition;
  if (!NAME.test(name)) throw new SchemaError(`'${name}' is no function's name`);
  const tool: SessionTool = {
    name,
    description,
    parameters,
    runsAt: definition.kind === 'client' ? 'client' : 'server',
    timeoutMs,
    resultBytesMax,
    onInterruption,
    fillerAfterMs,
    confirmedBy: needsConfirmation ? confirmedBy : undefined,
    check: compileCheck(parameters),
  };
  return { tool, call };
}
