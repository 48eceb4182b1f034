import { TOOL_REMEMBERED_COUNT_MAX, TOOL_RUNNING_COUNT_MAX } from '@prism/protocol';
import { assertNever } from '../errors/invariant.ts';
import type { Description } from '../machine/machine.ts';
import { after, type MonotonicMs } from '../time/clock.ts';
import { CallBatches } from './call-batches.ts';
import { canonicalJson } from './canonical-json.ts';
import { type Confirmation, Confirmations } from './confirmations.ts';
import { readArguments } from './read-arguments.ts';
import type { SessionTool, ToolEnd, ToolOutcome } from './session-tool.ts';
import type { FinishedCall, ToolEffect, ToolInput } from './tool-contract.ts';
import {
  argumentsOutput,
  cancelledOutput,
  confirmationOutput,
  cutToBytes,
  decisionNote,
  errorOutput,
  timeoutOutput,
} from './tool-output.ts';

/** What a call's end depends on. */
interface Call extends Pick<FinishedCall, 'responseId' | 'callId' | 'name'> {
  readonly startedAtMs: MonotonicMs;
  /** The client stopped what this belongs to: its answer is written and not spoken of. */
  isMuted: boolean;
}

/** A call that has no answer yet. */
interface OpenCall extends Call {
  readonly tool: SessionTool;
  readonly timeoutAtMs: MonotonicMs;
  /** Undefined when it was said, or is never to be. */
  fillerAtMs: MonotonicMs | undefined;
}

/** What the model is told instead of a result. */
interface Refusal {
  readonly end: ToolEnd;
  readonly output: string;
}

/** What is known of a call id: nothing is done for it twice. */
export type CallState = 'open' | 'answered';

/**
 * The calls of a session's tools, from the model's finished call to its one answer.
 *
 * Each call id is answered exactly once, whatever happens, unless the session ends first: by its result, or by what the
 * model is told instead. Rules TOL1–TOL44 in spec/tools.md.
 */
export class ToolCalls {
  readonly #tools: ReadonlyMap<string, SessionTool>;
  readonly #confirmations: Confirmations;
  readonly #batches = new CallBatches();
  readonly #open = new Map<string, OpenCall>();
  /** Calls that are over, the newest last. */
  readonly #answeredIds = new Set<string>();
  #effects: ToolEffect[] = [];
  #nowMs = 0 as MonotonicMs;
  #calls = 0;
  #duplicates = 0;
  #lateResults = 0;
  #fillers = 0;
  readonly #ends: Partial<Record<ToolEnd, number>> = {};

  /** @param newConfirmationId - Nobody can guess its ids. */
  constructor(tools: readonly SessionTool[], newConfirmationId: () => string) {
    this.#tools = new Map(tools.map((tool) => [tool.name, tool]));
    this.#confirmations = new Confirmations(newConfirmationId);
  }

  handle(input: ToolInput, nowMs: MonotonicMs): void {
    this.#nowMs = nowMs;
    switch (input.type) {
      case 'call':
        return this.#called(input);
      case 'response.done':
        if (!input.hasFailed) this.#confirmations.modelSpoke(input.responseId);
        if (this.#batches.responseDone(input.responseId)) this.#effects.push({ type: 'respond' });
        return;
      case 'user.turn':
        return this.#confirmations.userSpoke();
      case 'result':
        return this.#result(input.callId, input.outcome);
      case 'client.answered':
        return this.#answeredByClient(input.callId);
      case 'interrupted':
        return this.#interrupted(input.by);
      case 'decided':
        return this.#decided(input.confirmationId, input.isApproved);
      case 'quiet':
        return this.#fill();
      case 'due':
        return this.#timeOut();
      case 'end':
        return this.#end();
      default:
        return assertNever(input, 'tool input');
    }
  }

  poll(): ToolEffect | undefined {
    return this.#effects.shift();
  }

  /** When `due` must be told at the latest. */
  get dueAtMs(): MonotonicMs | undefined {
    let dueAtMs: MonotonicMs | undefined;
    for (const { timeoutAtMs, fillerAtMs } of this.#open.values()) {
      if (dueAtMs === undefined || timeoutAtMs < dueAtMs) dueAtMs = timeoutAtMs;
      // One that is due and waits for quiet needs no waking.
      if (fillerAtMs !== undefined && fillerAtMs > this.#nowMs && fillerAtMs < dueAtMs)
        dueAtMs = fillerAtMs;
    }
    return dueAtMs;
  }

  /** Whether something is to be said as soon as it is quiet. */
  get wantsQuiet(): boolean {
    for (const { fillerAtMs } of this.#open.values())
      if (fillerAtMs !== undefined && fillerAtMs <= this.#nowMs) return true;
    return false;
  }

  toolNamed(name: string): SessionTool | undefined {
    return this.#tools.get(name);
  }

  /** What became of a call; `undefined` if it is none of Prism's. */
  stateOf(callId: string): CallState | undefined {
    if (this.#open.has(callId)) return 'open';
    return this.#answeredIds.has(callId) ? 'answered' : undefined;
  }

  /** The tool of a call that has no answer yet. */
  openToolOf(callId: string): SessionTool | undefined {
    return this.#open.get(callId)?.tool;
  }

  /** What the user hasn't decided yet. */
  undecided(nowMs: MonotonicMs): readonly Confirmation[] {
    return this.#confirmations.undecided(nowMs);
  }

  describe(): Description {
    return {
      toolCalls: this.#calls,
      toolsRunning: this.#open.size,
      toolDuplicateCalls: this.#duplicates,
      toolLateResults: this.#lateResults,
      toolFillers: this.#fillers,
      toolConfirmationsGivenUp: this.#confirmations.evictions,
      toolEnds: { ...this.#ends },
    };
  }

  #called(call: ToolInput & { readonly type: 'call' }): void {
    if (this.stateOf(call.callId) !== undefined) {
      this.#duplicates += 1;
      return;
    }
    this.#calls += 1;
    this.#batches.opened(call.responseId, call.callId);
    this.#effects.push({ type: 'called', tool: this.#reported(call.name), callId: call.callId });
    const refusal = this.#admit(call);
    if (refusal === undefined) return;
    this.#answer({ ...call, startedAtMs: this.#nowMs, isMuted: false }, refusal);
  }

  /** Has a call run, or says why not. */
  #admit(call: FinishedCall): Refusal | undefined {
    const tool = this.#tools.get(call.name);
    if (tool === undefined) {
      const output = errorOutput('unknown_tool', 'There is no such function.');
      return { end: 'unknown_tool', output };
    }
    const read = readArguments(tool, call.argumentsJson);
    if (!read.isValid) return { end: 'invalid_arguments', output: argumentsOutput(read.fault) };
    if (this.#open.size >= TOOL_RUNNING_COUNT_MAX) {
      const message = `${this.#open.size} calls are running. Wait for their results first.`;
      return { end: 'refused', output: errorOutput('tool_limit_reached', message) };
    }
    const output = this.#unconfirmed(tool, call.responseId, read.args);
    if (output !== undefined) return { end: 'confirmation_required', output };
    this.#run(tool, call);
    return undefined;
  }

  /** What the model is told of a call that nobody has agreed to; `undefined` if it may run. */
  #unconfirmed(tool: SessionTool, responseId: string, args: unknown): string | undefined {
    if (tool.confirmedBy === undefined) return undefined;
    const call = {
      responseId,
      tool: tool.name,
      argumentsJson: canonicalJson(args),
      by: tool.confirmedBy,
    };
    const verdict = this.#confirmations.take(call, this.#nowMs);
    if (verdict.type === 'confirmed') return undefined;
    const { confirmation, isNew } = verdict;
    if (isNew) this.#effects.push({ type: 'confirmation.required', confirmation });
    return confirmationOutput(tool, { id: confirmation.id, args });
  }

  #run(tool: SessionTool, call: FinishedCall): void {
    const timeoutAtMs = after(this.#nowMs, tool.timeoutMs);
    const { responseId, callId, name, argumentsJson } = call;
    this.#open.set(callId, {
      responseId,
      callId,
      name,
      tool,
      startedAtMs: this.#nowMs,
      timeoutAtMs,
      fillerAtMs:
        tool.fillerAfterMs === undefined ? undefined : after(this.#nowMs, tool.fillerAfterMs),
      isMuted: false,
    });
    if (tool.runsAt === 'client') return;
    this.#effects.push({ type: 'run', callId, name, argumentsJson, deadlineAtMs: timeoutAtMs });
  }

  #result(callId: string, outcome: ToolOutcome): void {
    const call = this.#open.get(callId);
    if (call === undefined) {
      this.#lateResults += 1;
      return;
    }
    const isResult = outcome.type === 'result';
    const text = isResult ? outcome.text : errorOutput(outcome.code, outcome.message);
    const output = cutToBytes(text, call.tool.resultBytesMax);
    this.#answer(call, { end: isResult ? 'answered' : 'failed', output });
  }

  #answeredByClient(callId: string): void {
    const call = this.#open.get(callId);
    if (call === undefined) return;
    this.#close(call, 'answered');
    if (this.#batches.answeredByClient(call.responseId, callId))
      this.#effects.push({ type: 'early' });
  }

  #timeOut(): void {
    for (const call of [...this.#open.values()]) {
      if (call.timeoutAtMs > this.#nowMs) continue;
      this.#abort(call);
      this.#answer(call, { end: 'timed_out', output: timeoutOutput(call.tool) });
    }
  }

  #interrupted(by: 'speech' | 'client'): void {
    for (const call of [...this.#open.values()]) {
      if (by === 'client') call.isMuted = true;
      if (call.tool.onInterruption === 'continue') continue;
      this.#abort(call);
      this.#answer(call, { end: 'cancelled', output: cancelledOutput() });
    }
  }

  #abort({ callId, tool }: OpenCall): void {
    if (tool.runsAt === 'server') this.#effects.push({ type: 'abort', callId });
  }

  /** One response says it for all that are late. */
  #fill(): void {
    if (!this.wantsQuiet) return;
    for (const call of this.#open.values())
      if (call.fillerAtMs !== undefined && call.fillerAtMs <= this.#nowMs)
        call.fillerAtMs = undefined;
    this.#fillers += 1;
    this.#effects.push({ type: 'filler' });
  }

  #decided(confirmationId: string, isApproved: boolean): void {
    const confirmation = this.#confirmations.decide(confirmationId, isApproved, this.#nowMs);
    if (confirmation === undefined) return;
    const text = decisionNote(confirmation.tool, { id: confirmation.id, isApproved });
    this.#effects.push({ type: 'note', text }, { type: 'respond' });
  }

  #end(): void {
    for (const call of [...this.#open.values()]) {
      this.#abort(call);
      this.#close(call, 'aborted');
    }
  }

  #answer(call: Call, { end, output }: Refusal): void {
    const { callId, responseId } = call;
    this.#effects.push({ type: 'output', callId, output });
    this.#close(call, end);
    // What was stopped is no news to whoever stopped it.
    const wantsSpeech = end !== 'cancelled' && !call.isMuted;
    if (this.#batches.answered(responseId, callId, wantsSpeech))
      this.#effects.push({ type: 'respond' });
  }

  #close({ responseId, callId, name, startedAtMs }: Call, end: ToolEnd): void {
    this.#open.delete(callId);
    this.#answeredIds.add(callId);
    const [oldest] = this.#answeredIds;
    if (this.#answeredIds.size > TOOL_REMEMBERED_COUNT_MAX && oldest !== undefined)
      this.#answeredIds.delete(oldest);
    this.#ends[end] = (this.#ends[end] ?? 0) + 1;
    const durationMs = this.#nowMs - startedAtMs;
    const tool = this.#reported(name);
    this.#effects.push({ type: 'finished', responseId, tool, callId, end, durationMs });
  }

  /** A name that the model made up may be anything that was said. */
  #reported(name: string): string {
    return this.#tools.has(name) ? name : 'unknown';
  }
}
