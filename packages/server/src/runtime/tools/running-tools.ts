import type { SessionEffect, SessionInput, ToolOutcome } from '@prism/core';
import { writeTraceParent } from '@prism/protocol';
import type { ToolCaller, ToolRunner } from '../ports/tools.ts';
import { type SessionTrace, toolSpanOf } from '../session-trace.ts';

export interface RunningToolsParts {
  readonly runner: ToolRunner;
  readonly caller: ToolCaller;
  /** The session's place in a trace, if it has one. */
  readonly trace?: SessionTrace | undefined;
  readonly post: (input: Extract<SessionInput, { readonly type: 'tool.result' }>) => void;
  /** A runner that throws is a bug in it, not in the session. */
  readonly fault: (error: unknown) => void;
}

/** The tool calls of one session that run now, at most as many as the session asks for at the same time. */
export class RunningTools {
  readonly #parts: RunningToolsParts;
  readonly #aborts = new Map<string, AbortController>();

  constructor(parts: RunningToolsParts) {
    this.#parts = parts;
  }

  start(call: Extract<SessionEffect, { readonly type: 'tool.call' }>): void {
    const abort = new AbortController();
    this.#aborts.set(call.callId, abort);
    void this.#run(call, abort);
  }

  abort(callId: string): void {
    const abort = this.#aborts.get(callId);
    this.#aborts.delete(callId);
    abort?.abort();
  }

  /** The session is over. */
  abortAll(): void {
    for (const callId of [...this.#aborts.keys()]) this.abort(callId);
  }

  async #run(
    call: Extract<SessionEffect, { readonly type: 'tool.call' }>,
    abort: AbortController,
  ): Promise<void> {
    const outcome = await this.#outcome(call, abort.signal);
    if (this.#aborts.get(call.callId) === abort) this.#aborts.delete(call.callId);
    this.#parts.post({ type: 'tool.result', callId: call.callId, outcome });
  }

  async #outcome(
    {
      callId,
      tool,
      argumentsJson,
      deadlineAtMs,
    }: Extract<SessionEffect, { readonly type: 'tool.call' }>,
    signal: AbortSignal,
  ): Promise<ToolOutcome> {
    const { runner, caller, trace, fault } = this.#parts;
    const args = (argumentsJson.trim() === '' ? {} : JSON.parse(argumentsJson)) as Readonly<
      Record<string, unknown>
    >;
    // An upstream's call ids need to be unique within its sessions only.
    const idempotencyKey = `${caller.sessionId}.${callId}`;
    const inTrace =
      trace === undefined ? {} : { traceParent: writeTraceParent(toolSpanOf(trace, callId)) };
    try {
      return await runner.call(
        { tool, callId, args, idempotencyKey, deadlineAtMs, caller, ...inTrace },
        signal,
      );
    } catch (error) {
      if (!signal.aborted) fault(error);
      return { type: 'failed', code: 'tool_failed', message: `${tool} failed.` };
    }
  }
}
