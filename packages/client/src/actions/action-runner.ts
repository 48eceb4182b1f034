import { definedFields } from '../defined-fields.ts';
import { objectField, textField, type WireEvent, type WireObject } from '../wire-event.ts';
import type { Action } from './action.ts';
import { carryOut, refusal } from './carry-out.ts';

/** What the actions need of the session they serve. */
export interface ActionRunnerPort {
  /** Sends a client event; may do nothing when the call is gone. */
  readonly send: (event: WireEvent) => void;
  /** What the model can be offered has changed. */
  readonly onChange: () => void;
  /** Calls back after `delayMs`; the returned function cancels. */
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
}

/** Longest that a handler may take whose action doesn't say. */
export const ACTION_TIMEOUT_MS_DEFAULT = 30_000;

/** Calls that run at once; a further one is answered that there are too many. */
export const RUNNING_CALLS_COUNT_MAX = 16;

/** How many finished call ids are remembered, so that no call runs twice. */
const REMEMBERED_CALLS_COUNT = 200;

interface OpenResponse {
  runningCount: number;
  /** Whether `response.done` came with status `completed`. */
  isCompleted: boolean;
}

/**
 * Carries actions out for the model: a completed `function_call` item runs its handler and sends
 * `function_call_output`; when the response is done and all its outputs are sent, one `response.create` asks the model
 * to go on. Calls of functions that are no action here are left to others, and a cancelled response is not continued.
 */
export class ActionRunner {
  readonly #port: ActionRunnerPort;
  readonly #actions = new Map<string, Action>();
  readonly #responses = new Map<string, OpenResponse>();
  readonly #seenCallIds = new Set<string>();
  readonly #running = new Set<AbortController>();
  #activeResponseId: string | undefined;
  #isContinuationDue = false;

  constructor(port: ActionRunnerPort) {
    this.#port = port;
  }

  /** Adds an action, or replaces the one of the same name; the returned function takes it out again. */
  register(action: Action): () => void {
    this.#actions.set(action.name, action);
    this.#port.onChange();
    return () => {
      if (this.#actions.get(action.name) !== action) return;
      this.#actions.delete(action.name);
      this.#port.onChange();
    };
  }

  /** The tools by which the model is offered actions; those that the server's agent has are none of them. */
  offers(): readonly WireObject[] {
    return [...this.#actions.values()].flatMap(({ name, description, parameters }) =>
      parameters === undefined
        ? []
        : [definedFields({ type: 'function', name, description, parameters })],
    );
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

  /** Stops what runs; its results are dropped. */
  close(): void {
    for (const abort of this.#running) abort.abort();
    this.#running.clear();
    this.#responses.clear();
    this.#actions.clear();
  }

  #handleItem(event: WireEvent): void {
    const item = objectField(event, 'item');
    if (textField(item, 'type') !== 'function_call') return;
    if (textField(item, 'status') === 'incomplete') return;
    const action = this.#actions.get(textField(item, 'name') ?? '');
    const callId = textField(item, 'call_id');
    const responseId = textField(event, 'response_id');
    if (action === undefined || callId === undefined || responseId === undefined) return;
    if (this.#seenCallIds.has(callId)) return;
    this.#remember(callId);
    const response = this.#responses.get(responseId) ?? { runningCount: 0, isCompleted: false };
    response.runningCount += 1;
    this.#responses.set(responseId, response);
    void this.#run(action, callId, textField(item, 'arguments') ?? '').then((output) => {
      if (output !== undefined) this.#deliver(callId, responseId, output);
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

  /** Resolves to nothing if nobody waits for the output any more. */
  async #run(action: Action, callId: string, text: string): Promise<string | undefined> {
    if (this.#running.size >= RUNNING_CALLS_COUNT_MAX) {
      return refusal(
        'tool_limit_reached',
        `More than ${RUNNING_CALLS_COUNT_MAX} calls are running.`,
      );
    }
    const abort = new AbortController();
    this.#running.add(abort);
    const timeoutMs = action.timeoutMs ?? ACTION_TIMEOUT_MS_DEFAULT;
    const late = new Promise<string>((resolve) => {
      const cancelTimer = this.#port.setTimer(() => {
        resolve(refusal('tool_timeout', `The action took longer than ${timeoutMs} ms.`));
        abort.abort();
      }, timeoutMs);
      abort.signal.addEventListener('abort', cancelTimer);
    });
    const output = await Promise.race([
      late,
      carryOut(action, text, { callId, signal: abort.signal }),
    ]);
    const isWanted = this.#running.delete(abort);
    abort.abort();
    return isWanted ? output : undefined;
  }

  #deliver(callId: string, responseId: string, output: string): void {
    this.#port.send({
      type: 'conversation.item.create',
      item: { type: 'function_call_output', call_id: callId, output },
    });
    const response = this.#responses.get(responseId);
    if (response === undefined) return;
    response.runningCount -= 1;
    if (response.isCompleted) this.#continueAfter(responseId, response);
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
