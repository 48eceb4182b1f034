import type { MonotonicMs, SessionTool, ToolOutcome } from '@prism/core';
import type { SessionId } from '@prism/protocol';

/** For whom a tool is called. */
export interface ToolCaller {
  readonly sessionId: SessionId;
  /** The application's name for who talks. */
  readonly user: string | undefined;
  readonly agent: string | undefined;
}

/** One call of a tool, its arguments checked. */
export interface ToolRequest {
  /** As the model calls it. */
  readonly tool: string;
  /** The wire's id of the call. */
  readonly callId: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** The same for every attempt at this call, and for no other call of any session. */
  readonly idempotencyKey: string;
  /** When nobody waits for an answer any more; `signal` is aborted then. */
  readonly deadlineAtMs: MonotonicMs;
  readonly caller: ToolCaller;
  /** The call's span, as a `traceparent` header; undefined if the session is in no trace. */
  readonly traceParent?: string | undefined;
}

/** Runs one tool. The contract is that of {@link ToolRunner.call}. */
export type ToolCall = (request: ToolRequest, signal: AbortSignal) => Promise<ToolOutcome>;

/** A tool as a Model Context Protocol server lists it. */
export interface McpListing {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

/** One Model Context Protocol server, for as long as the process lives, whether it is there or not. */
export interface McpConnection {
  /** As last listed; another array when it has changed. */
  readonly listings: readonly McpListing[];
  /** Calls a tool by the server's name for it. */
  call(name: string, request: ToolRequest, signal: AbortSignal): Promise<ToolOutcome>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** What runs tools. */
export interface ToolRunner {
  /** The tools of a session that starts now, as this agent. */
  toolsOf(agent: string | undefined): readonly SessionTool[];
  /**
   * Runs a tool. A rejection is a bug, and the call has failed.
   *
   * @param signal - Aborted when the outcome isn't wanted any more: what runs should stop, and needn't answer.
   */
  call(request: ToolRequest, signal: AbortSignal): Promise<ToolOutcome>;
}

/** A server without tools. */
export const NO_TOOLS: ToolRunner = {
  toolsOf: () => [],
  call: async ({ tool }) => ({
    type: 'failed',
    code: 'tool_failed',
    message: `${tool} can't be called.`,
  }),
};
