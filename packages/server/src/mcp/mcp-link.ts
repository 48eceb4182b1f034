import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CallToolResultSchema,
  McpError,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { after, type Clock, type MonotonicMs, type Timer, type ToolOutcome } from '@prism/core';
import type { McpConnection, McpListing, ToolRequest } from '../runtime/ports/tools.ts';
import { outcomeOf } from './mcp-result.ts';

/** How long a server may take to start, to say hello, and to list its tools. */
const HANDSHAKE_MS = 10_000;
/** Before the first attempt at a new connection; twice as long each time, up to the longest. */
const RECONNECT_WAIT_MS = 500;
const RECONNECT_WAIT_MS_MAX = 30_000;
/** A connection that has lasted so long was a good one: waits begin anew. */
const STABLE_MS = 30_000;
/** Pages of a list, and tools altogether; the rest is left out. */
const PAGE_COUNT_MAX = 32;
const TOOL_COUNT_MAX = 256;

export interface McpLinkOptions {
  readonly label: string;
  /** A new way to the server: a transport is used once. */
  readonly newTransport: () => Transport;
  /** Prism's own version. */
  readonly version: string;
  readonly clock: Clock;
  readonly report: (report: McpReport) => void;
}

/** What happened to a server, for the log. */
export interface McpReport {
  readonly type: 'connected' | 'lost' | 'unreachable' | 'listed' | 'error';
  readonly label: string;
  readonly detail?: string;
  readonly toolCount?: number;
}

/**
 * One MCP server for the whole process. When the connection is lost it is made again, later each time; what is called
 * meanwhile fails with `mcp_server_unavailable`, and what was being called when it was lost does too: nobody knows
 * whether it was done.
 */
export class McpLink implements McpConnection {
  readonly #options: McpLinkOptions;
  #client: Client | undefined;
  #listings: readonly McpListing[] = [];
  #readyAtMs: MonotonicMs | undefined;
  #failures = 0;
  #timer: Timer | undefined;

  private constructor(options: McpLinkOptions) {
    this.#options = options;
  }

  /** Resolves after the first attempt, whether it succeeded or not. */
  static async open(options: McpLinkOptions): Promise<McpLink> {
    const link = new McpLink(options);
    await link.#connect();
    return link;
  }

  get listings(): readonly McpListing[] {
    return this.#listings;
  }

  async call(name: string, request: ToolRequest, signal: AbortSignal): Promise<ToolOutcome> {
    const client = this.#client;
    if (client === undefined || this.#readyAtMs === undefined) return unavailable(request.tool);
    const timeout = Math.max(request.deadlineAtMs - this.#options.clock.nowMs(), 1);
    try {
      const result = await client.callTool(
        {
          name,
          arguments: { ...request.args },
          _meta: {
            'prism/idempotencyKey': request.idempotencyKey,
            ...(request.traceParent === undefined ? {} : { traceparent: request.traceParent }),
          },
        },
        CallToolResultSchema,
        { signal, timeout, maxTotalTimeout: timeout },
      );
      return outcomeOf(CallToolResultSchema.parse(result));
    } catch (error) {
      return this.#failed(client, { error, tool: request.tool, isAborted: signal.aborted });
    }
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    const client = this.#client;
    this.#client = undefined;
    await client?.close();
  }

  async #connect(): Promise<void> {
    const { label, version, newTransport, clock } = this.#options;
    const client = new Client({ name: 'prism', version });
    this.#client = client;
    client.onclose = () => this.#lost(client, 'The connection has ended.');
    client.onerror = (error) => this.#report('error', { detail: error.message });
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => this.#list(client));
    try {
      await client.connect(newTransport(), { timeout: HANDSHAKE_MS });
      await this.#list(client);
    } catch (error) {
      this.#lost(client, detailOf(error));
      return;
    }
    if (this.#client !== client) return;
    this.#readyAtMs = clock.nowMs();
    this.#options.report({ type: 'connected', label, toolCount: this.#listings.length });
  }

  async #list(client: Client): Promise<void> {
    const listings: McpListing[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < PAGE_COUNT_MAX; page += 1) {
      const listed = await client.listTools(cursor === undefined ? {} : { cursor }, {
        timeout: HANDSHAKE_MS,
      });
      for (const { name, description = '', inputSchema } of listed.tools)
        listings.push({ name, description, inputSchema });
      cursor = listed.nextCursor;
      if (cursor === undefined) break;
    }
    if (this.#client !== client) return;
    this.#listings = listings.slice(0, TOOL_COUNT_MAX);
    this.#report('listed', { toolCount: this.#listings.length });
  }

  /** A server that answers with an error is there; one that doesn't answer at all is not. */
  #failed(
    client: Client,
    { error, tool, isAborted }: { error: unknown; tool: string; isAborted: boolean },
  ): ToolOutcome {
    // The code of a closed connection is also one that servers use for what they like.
    const isAnswer = error instanceof McpError && this.#client === client;
    if (isAborted || isAnswer) {
      if (!isAborted) this.#report('error', { detail: detailOf(error) });
      return { type: 'failed', code: 'tool_failed', message: `${tool} failed.` };
    }
    this.#lost(client, detailOf(error));
    return unavailable(tool);
  }

  #lost(client: Client, detail: string): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    const { clock } = this.#options;
    const wasReady = this.#readyAtMs !== undefined;
    const isStable = wasReady && clock.nowMs() - (this.#readyAtMs ?? 0) >= STABLE_MS;
    this.#readyAtMs = undefined;
    this.#failures = isStable ? 1 : this.#failures + 1;
    this.#report(wasReady ? 'lost' : 'unreachable', { detail });
    void client.close().catch((error: unknown) => {
      this.#report('error', { detail: detailOf(error) });
    });
    const waitMs = Math.min(RECONNECT_WAIT_MS * 2 ** (this.#failures - 1), RECONNECT_WAIT_MS_MAX);
    this.#timer = clock.setTimer(after(clock.nowMs(), waitMs), () => void this.#connect());
  }

  #report(type: McpReport['type'], more: Omit<McpReport, 'type' | 'label'>): void {
    this.#options.report({ type, label: this.#options.label, ...more });
  }
}

function unavailable(tool: string): ToolOutcome {
  const message = `${tool} is not available right now.`;
  return { type: 'failed', code: 'mcp_server_unavailable', message };
}

function detailOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500);
}
