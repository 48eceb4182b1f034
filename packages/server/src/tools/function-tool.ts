import type { ToolOutcome } from '@prism/core';
import type { FunctionTool } from '@prism/protocol';
import type { ToolCall } from '../runtime/ports/tools.ts';

/** What a handler knows of the call besides its arguments. */
export interface ToolHandlerContext {
  /** The wire's id of the call. */
  readonly callId: string;
  /** The same for no other call of any session: for effects that must happen once. */
  readonly idempotencyKey: string;
  readonly sessionId: string;
  /** The application's name for who talks. */
  readonly user: string | undefined;
  readonly agent: string | undefined;
  /** The call's span as a `traceparent` header, for what the tool asks of others; undefined without a trace. */
  readonly traceParent?: string | undefined;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/**
 * Does what a tool does. What it returns is told to the model, text as it is and everything else as JSON. A
 * {@link ToolError} tells the model its message; every other throw is logged, and the model is told that it failed.
 */
export type ToolHandler = (
  args: Readonly<Record<string, unknown>>,
  context: ToolHandlerContext,
) => unknown;

/** A tool with what it does. */
export interface DefinedTool {
  /** For the `tools` of an agent in the settings. */
  readonly definition: FunctionTool;
  readonly handler: ToolHandler;
}

/** A failure that the model may know of, and so the user. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}

/** What is usual for tools, where a definition says nothing. */
const DEFAULTS = {
  description: '',
  timeoutMs: 20_000,
  resultBytesMax: 32_768,
  onInterruption: 'continue',
  fillerAfterMs: undefined,
  needsConfirmation: false,
} as const;

/**
 * A function tool in code: its definition is for the tools of an agent, and all of it for `createPrism`.
 *
 * @param tool - Name, parameters as JSON Schema and handler; what else a tool has is optional.
 */
export function defineTool({
  handler,
  ...definition
}: Pick<FunctionTool, 'name' | 'parameters'> &
  Partial<Omit<FunctionTool, 'kind'>> & { readonly handler: ToolHandler }): DefinedTool {
  return { definition: { ...DEFAULTS, ...definition, kind: 'function' }, handler };
}

/** Calls a handler of the process. */
export function functionCall(handler: ToolHandler): ToolCall {
  return async ({ tool, callId, args, idempotencyKey, caller, traceParent }, signal) => {
    const { sessionId, user, agent } = caller;
    try {
      const inTrace = traceParent === undefined ? {} : { traceParent };
      const context = { callId, idempotencyKey, sessionId, user, agent, ...inTrace, signal };
      return resultOf(await handler(args, context));
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      const message = error.message === '' ? `${tool} failed.` : error.message;
      return { type: 'failed', code: 'tool_failed', message };
    }
  };
}

function resultOf(value: unknown): ToolOutcome {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? { status: 'done' });
  return { type: 'result', text: text ?? '' };
}
