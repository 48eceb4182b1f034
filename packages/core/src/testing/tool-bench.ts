import type { SessionEffect, SessionOptions } from '../session/session-contract.ts';
import type { SessionTool, ToolOutcome } from '../tools/session-tool.ts';
import { SessionBench, serverEvent } from './session-bench.ts';

/** A tool that takes everything, where it doesn't matter. */
export function someTool(name: string, more: Partial<SessionTool> = {}): SessionTool {
  return {
    name,
    description: `Does ${name}.`,
    parameters: { type: 'object' },
    runsAt: 'server',
    timeoutMs: 5_000,
    resultBytesMax: 10_000,
    onInterruption: 'continue',
    fillerAfterMs: undefined,
    confirmedBy: undefined,
    check: () => undefined,
    ...more,
  };
}

/** A live session with tools, whose model and runner are played by hand. */
export class ToolBench {
  readonly bench: SessionBench;

  constructor(tools: readonly SessionTool[], options: Partial<SessionOptions> = {}) {
    this.bench = SessionBench.live({ audio: 'socket', tools, ...options });
    this.bench.post(serverEvent({ type: 'session.created', session: { id: 'sess_up' } }));
    this.sessionIs(tools.map(({ name }) => name));
    this.bench.effects.length = 0;
  }

  /** What the upstream says of its session. */
  sessionIs(names: readonly string[], more: object = {}): void {
    const tools = names.map((name) => ({ type: 'function', name }));
    this.bench.post(serverEvent({ type: 'session.updated', session: { tools, ...more } }));
  }

  responseCreated(id = 'resp_1', more: object = {}): void {
    const response = { id, status: 'in_progress', ...more };
    this.bench.post(serverEvent({ type: 'response.created', response }));
  }

  /** The model has finished a call. */
  calls(
    name: string,
    callId: string,
    {
      args = '{}',
      responseId = 'resp_1',
    }: { readonly args?: string; readonly responseId?: string } = {},
  ): void {
    const item = {
      id: `item_${callId}`,
      type: 'function_call',
      status: 'completed',
      name,
      call_id: callId,
      arguments: args,
    };
    for (const type of ['conversation.item.done', 'response.output_item.done'])
      this.bench.post(serverEvent({ type, response_id: responseId, output_index: 0, item }));
  }

  responseDone(id = 'resp_1', status = 'completed'): void {
    this.bench.post(serverEvent({ type: 'response.done', response: { id, status } }));
  }

  /** A whole response that calls one tool. */
  turn(name: string, callId: string, args = '{}'): void {
    const responseId = `resp_${callId}`;
    this.responseCreated(responseId);
    this.calls(name, callId, { args, responseId });
    this.responseDone(responseId);
  }

  /** A whole response that calls nothing. */
  speaks(id: string): void {
    this.responseCreated(id);
    this.responseDone(id);
  }

  userTypes(id: string): void {
    const item = { id, type: 'message', role: 'user', content: [] };
    this.bench.post(serverEvent({ type: 'conversation.item.added', item }));
  }

  /** The upstream has put the outputs so far into the conversation. */
  outputsAdded(): void {
    for (const [callId] of this.outputs) {
      const item = { id: `out_${callId}`, type: 'function_call_output', call_id: callId };
      this.bench.post(serverEvent({ type: 'conversation.item.added', item }));
    }
  }

  result(callId: string, text = 'done'): void {
    this.outcome(callId, { type: 'result', text });
  }

  outcome(callId: string, outcome: ToolOutcome): void {
    this.bench.post({ type: 'tool.result', callId, outcome });
  }

  /** Outputs that the upstream was sent: call id and text, in order. */
  get outputs(): readonly (readonly [string, string])[] {
    return this.bench.toUpstream.flatMap((event) => {
      const item = event['item'] as Record<string, unknown> | undefined;
      return item?.['type'] === 'function_call_output'
        ? [[String(item['call_id']), String(item['output'])] as const]
        : [];
    });
  }

  outputOf(callId: string): Record<string, unknown> {
    const text = this.outputs.find(([id]) => id === callId)?.[1];
    return JSON.parse(text ?? 'null') as Record<string, unknown>;
  }

  /** The code of the error that the model was told of a call. */
  errorOf(callId: string): unknown {
    const error = this.outputOf(callId)['error'] as Record<string, unknown> | undefined;
    return error?.['code'];
  }

  /** Responses that the upstream was asked for: `plain`, or their instructions. */
  get creates(): readonly string[] {
    return this.bench.toUpstream.flatMap((event) => {
      if (event['type'] !== 'response.create') return [];
      const response = event['response'] as Record<string, unknown> | undefined;
      return [response === undefined ? 'plain' : String(response['instructions'])];
    });
  }

  /** Calls that are to run, in order. */
  get runs(): readonly Extract<SessionEffect, { type: 'tool.call' }>[] {
    return this.bench.effects.flatMap((effect) => (effect.type === 'tool.call' ? [effect] : []));
  }

  get aborts(): readonly string[] {
    return this.bench.effects.flatMap((effect) =>
      effect.type === 'tool.abort' ? [effect.callId] : [],
    );
  }

  /** Codes of the errors that controllers were told. */
  get errors(): readonly unknown[] {
    return this.bench.toController.flatMap((event) => {
      const error = event['error'] as Record<string, unknown> | undefined;
      return error === undefined ? [] : [error['code']];
    });
  }

  /** How calls ended: `call_1 answered`. */
  get ends(): readonly string[] {
    return this.bench.facts.flatMap((fact) =>
      fact.type === 'tool.finished' ? [`${fact.toolCallId} ${fact.outcome}`] : [],
    );
  }
}
