import { objectField, textField, type WireEvent, type WireObject } from './wire-event.ts';

/** A function the model may call in the browser. */
export interface FunctionTool {
  readonly name: string;
  /** What the function does and when to call it, for the model. */
  readonly description?: string;
  /** JSON schema of the arguments. */
  readonly parameters: WireObject;
  /**
   * Runs the call. Its value becomes the output: text as it is, anything else as JSON. A throw
   * or rejection becomes an output with an `error`, so that the model can tell the user.
   */
  readonly handler: (input: WireObject) => unknown;
}

/** What the tools need from the session they serve. */
export interface FunctionToolsPort {
  /** Sends a client event; may do nothing when the call is gone. */
  readonly send: (event: WireEvent) => void;
  /** Calls back after `delayMs`; the returned function cancels. */
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
}

/** Longest a handler may take; later its call gets an error as output. */
export const HANDLER_TIMEOUT_MS = 30_000;

/** How many finished call ids are remembered, so that no call runs twice. */
const REMEMBERED_CALLS_COUNT = 200;

interface OpenResponse {
  runningCount: number;
  /** Whether `response.done` came with status `completed`. */
  isCompleted: boolean;
}

/**
 * Runs client-side functions for the model: a completed `function_call` item runs its handler and
 * sends `function_call_output`; when the response is done and all its outputs are sent, one
 * `response.create` asks the model to go on. Calls of functions not registered here are left to
 * others, and a cancelled response is not continued.
 */
export class FunctionTools {
  readonly #port: FunctionToolsPort;
  readonly #tools = new Map<string, FunctionTool>();
  readonly #responses = new Map<string, OpenResponse>();
  readonly #seenCallIds = new Set<string>();
  readonly #timers = new Set<() => void>();
  #activeResponseId: string | undefined;
  #isContinuationDue = false;
  #isClosed = false;

  constructor(port: FunctionToolsPort) {
    this.#port = port;
  }

  /** Adds a function, or replaces the one of the same name. */
  register(tool: FunctionTool): void {
    this.#tools.set(tool.name, tool);
  }

  /** How many functions are registered. */
  get count(): number {
    return this.#tools.size;
  }

  /** The `tools` list of a `session.update`: `others` that are not replaced, then ours. */
  definitions(others: readonly WireObject[]): readonly WireObject[] {
    const kept = others.filter((tool) => !this.#tools.has(textField(tool, 'name') ?? ''));
    const own = [...this.#tools.values()].map(({ name, description, parameters }) => ({
      type: 'function',
      name,
      ...(description === undefined ? {} : { description }),
      parameters,
    }));
    return [...kept, ...own];
  }

  /** Takes one server event. */
  handle(event: WireEvent): void {
    switch (event.type) {
      case 'response.created':
        this.#activeResponseId = textField(objectField(event, 'response'), 'id');
        return;
      case 'response.output_item.done':
        this.#handleItem(event);
        return;
      case 'response.done':
        this.#handleDone(event);
        return;
      default:
        return;
    }
  }

  /** Cancels all timers; outputs of handlers that still run are dropped. */
  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#responses.clear();
  }

  #handleItem(event: WireEvent): void {
    const item = objectField(event, 'item');
    if (textField(item, 'type') !== 'function_call') return;
    if (textField(item, 'status') === 'incomplete') return;
    const tool = this.#tools.get(textField(item, 'name') ?? '');
    const callId = textField(item, 'call_id');
    const responseId = textField(event, 'response_id');
    if (tool === undefined || callId === undefined || responseId === undefined) return;
    if (this.#seenCallIds.has(callId)) return;
    this.#remember(callId);
    const response = this.#responses.get(responseId) ?? { runningCount: 0, isCompleted: false };
    response.runningCount += 1;
    this.#responses.set(responseId, response);
    void this.#run(tool, textField(item, 'arguments') ?? '').then((output) => {
      this.#deliver({ callId, responseId, output });
    });
  }

  #remember(callId: string): void {
    this.#seenCallIds.add(callId);
    if (this.#seenCallIds.size <= REMEMBERED_CALLS_COUNT) return;
    for (const oldest of this.#seenCallIds) {
      this.#seenCallIds.delete(oldest);
      return;
    }
  }

  #run(tool: FunctionTool, argumentsText: string): Promise<string> {
    return new Promise((resolve) => {
      const cancel = this.#port.setTimer(() => {
        this.#timers.delete(cancel);
        resolve(errorOutput(`The function took longer than ${HANDLER_TIMEOUT_MS} ms.`));
      }, HANDLER_TIMEOUT_MS);
      this.#timers.add(cancel);
      void runHandler(tool, argumentsText).then((output) => {
        cancel();
        this.#timers.delete(cancel);
        resolve(output);
      });
    });
  }

  #deliver(call: {
    readonly callId: string;
    readonly responseId: string;
    readonly output: string;
  }): void {
    if (this.#isClosed) return;
    this.#port.send({
      type: 'conversation.item.create',
      item: { type: 'function_call_output', call_id: call.callId, output: call.output },
    });
    const response = this.#responses.get(call.responseId);
    if (response === undefined) return;
    response.runningCount -= 1;
    if (response.isCompleted) this.#continueAfter(call.responseId, response);
  }

  #handleDone(event: WireEvent): void {
    const object = objectField(event, 'response');
    const responseId = textField(object, 'id') ?? '';
    if (this.#activeResponseId === responseId) this.#activeResponseId = undefined;
    const response = this.#responses.get(responseId);
    if (response !== undefined && textField(object, 'status') === 'completed') {
      response.isCompleted = true;
      this.#continueAfter(responseId, response);
    } else {
      this.#responses.delete(responseId);
    }
    this.#sendContinuation();
  }

  #continueAfter(responseId: string, response: OpenResponse): void {
    if (response.runningCount > 0) return;
    this.#responses.delete(responseId);
    this.#isContinuationDue = true;
    this.#sendContinuation();
  }

  /** Asks for the next response, but never while another one is being generated. */
  #sendContinuation(): void {
    if (!this.#isContinuationDue || this.#activeResponseId !== undefined) return;
    this.#isContinuationDue = false;
    this.#port.send({ type: 'response.create' });
  }
}

function errorOutput(message: string): string {
  return JSON.stringify({ error: { message } });
}

async function runHandler(tool: FunctionTool, argumentsText: string): Promise<string> {
  let input: unknown;
  try {
    input = JSON.parse(argumentsText === '' ? '{}' : argumentsText);
  } catch {
    // The model is told, so that it can call again with arguments that parse.
    return errorOutput('The arguments are no valid JSON.');
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return errorOutput('The arguments are no JSON object.');
  }
  try {
    const output = await tool.handler({ ...input });
    return typeof output === 'string' ? output : (JSON.stringify(output) ?? 'null');
  } catch (failure) {
    return errorOutput(failure instanceof Error ? failure.message : 'The function failed.');
  }
}
