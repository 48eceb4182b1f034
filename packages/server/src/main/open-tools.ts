import type { Agent, FunctionTool, McpServer, McpTool, ToolDefinition } from '@prism/protocol';
import type { Logger } from '../observability/logger.ts';
import type { McpConnection, ToolCall, ToolRunner } from '../runtime/ports/tools.ts';
import { systemClock } from '../runtime/system-clock.ts';
import { type DefinedTool, functionCall, type ToolHandler } from '../tools/function-tool.ts';
import { SchemaError } from '../tools/schema-check.ts';
import { mcpSource, singleSource, type ToolSource } from '../tools/tool-source.ts';
import { Toolbox } from '../tools/toolbox.ts';
import { webhookCall } from '../webhooks/webhook-call.ts';
import { StartError } from './start-error.ts';

/** The tools of all agents, with what has to be closed at the end. */
export interface OpenTools {
  readonly runner: ToolRunner;
  close(): Promise<void>;
}

export interface OpenToolsOptions {
  readonly agents: Iterable<Pick<Agent, 'name' | 'tools'>>;
  /** What function tools do that have no handler of their own, by name. */
  readonly tools: Readonly<Record<string, ToolHandler>>;
  /** Where secrets of webhooks and MCP servers are. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Prism's own. */
  readonly version: string;
  readonly logger: Logger;
}

/**
 * Binds the tools of all agents to what runs them, and connects MCP servers, each once. Throws {@link StartError} for
 * what can never work; an MCP server that isn't there is tried again as long as Prism runs.
 */
export async function openTools(options: OpenToolsOptions): Promise<OpenTools> {
  const servers = new McpServers(options);
  const sources = new Map<string, readonly ToolSource[]>();
  try {
    for (const { name, tools } of options.agents) {
      refuseSameNames(name, tools);
      const ofAgent: ToolSource[] = [];
      for (const tool of tools)
        ofAgent.push(await sourceOf({ agent: name, tool }, servers, options));
      sources.set(name, ofAgent);
    }
  } catch (error) {
    await servers.close();
    throw error;
  }
  return { runner: new Toolbox(sources), close: () => servers.close() };
}

function refuseSameNames(agent: string, tools: readonly ToolDefinition[]): void {
  const names = new Set<string>();
  for (const { name } of tools) {
    if (names.has(name)) throw new StartError(`Agent '${agent}' has two tools named '${name}'.`);
    names.add(name);
  }
}

async function sourceOf(
  { agent, tool }: { readonly agent: string; readonly tool: ToolDefinition },
  servers: McpServers,
  options: OpenToolsOptions,
): Promise<ToolSource> {
  const { logger } = options;
  const where = `Tool '${tool.name}' of agent '${agent}'`;
  if (tool.kind === 'mcp') {
    const connection = await servers.open(where, tool);
    return mcpSource(tool, connection, (name, reason) =>
      logger.warn({ server: tool.name, tool: name, reason }, 'an MCP tool is left out'),
    );
  }
  try {
    return singleSource(tool, callOf(where, tool, options));
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new StartError(`${where}: ${error.message}.`, { cause: error });
  }
}

function callOf(
  where: string,
  tool: Exclude<ToolDefinition, McpTool>,
  { tools: handlers, environment, logger }: OpenToolsOptions,
): ToolCall | undefined {
  switch (tool.kind) {
    case 'client':
      return undefined;
    case 'webhook': {
      const { url, secretEnv, resultBytesMax } = tool;
      return webhookCall({
        url,
        secret: secretEnv === undefined ? undefined : variable(where, secretEnv, environment),
        resultBytesMax,
        clock: systemClock,
        failed: (failure) => logger.warn(failure, 'a webhook has failed'),
      });
    }
    case 'function': {
      const named = Object.hasOwn(handlers, tool.name) ? handlers[tool.name] : undefined;
      const handler = isDefined(tool) ? tool.handler : named;
      if (handler !== undefined) return functionCall(handler);
      throw new StartError(
        `${where} has no handler: start Prism as a library and give it one, or make it a webhook.`,
      );
    }
  }
}

/** Whether a tool was made with `defineTool`. */
function isDefined(tool: FunctionTool): tool is DefinedTool {
  return 'handler' in tool && typeof tool.handler === 'function';
}

function variable(
  where: string,
  name: string,
  environment: OpenToolsOptions['environment'],
): string {
  const value = environment[name];
  if (value !== undefined && value !== '') return value;
  throw new StartError(`${where} needs the environment variable ${name}, which is not set.`);
}

/** The MCP servers of this process, each with one connection. */
class McpServers {
  readonly #options: OpenToolsOptions;
  readonly #connections = new Map<string, McpConnection>();

  constructor(options: OpenToolsOptions) {
    this.#options = options;
  }

  async open(where: string, { name, server }: McpTool): Promise<McpConnection> {
    const key = JSON.stringify(server);
    const open = this.#connections.get(key);
    if (open !== undefined) return open;
    const { version, logger } = this.#options;
    // Read only where there is one: the protocol's package is large.
    const { McpLink } = await import('../mcp/mcp-link.ts');
    const newTransport = await this.#transports(where, name, server);
    const connection = await McpLink.open({
      label: name,
      newTransport,
      version,
      clock: systemClock,
      report: ({ type, ...fields }) => {
        const isFine = type === 'connected' || type === 'listed';
        logger[isFine ? 'info' : 'warn']({ ...fields, event: type }, 'MCP server');
      },
    });
    this.#connections.set(key, connection);
    return connection;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#connections.values()].map((connection) => connection.close()));
  }

  async #transports(where: string, label: string, server: McpServer) {
    const { environment, logger } = this.#options;
    const { childTransport, httpTransport } = await import('../mcp/mcp-transport.ts');
    if (server.transport === 'http') {
      const { url, bearerEnv } = server;
      const token = bearerEnv === undefined ? undefined : variable(where, bearerEnv, environment);
      return () => httpTransport(url, token);
    }
    const { command, args, env = [] } = server;
    const values = env.map((name) => [name, variable(where, name, environment)] as const);
    return () =>
      childTransport({
        command,
        args,
        env: Object.fromEntries(values),
        said: (text) =>
          logger.debug({ server: label, text: text.slice(0, 2_000) }, 'MCP server said'),
      });
  }
}
