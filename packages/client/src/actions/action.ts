import type { WireObject } from '../wire-event.ts';

/** What the model is told of an action, and how it is held to it. */
export interface ActionDefinition {
  /** What the action does and when to take it, for the model. */
  readonly description?: string | undefined;
  /**
   * JSON Schema of the arguments, an object's; the handler gets none that don't fit (`schema-problem.ts` has the
   * keywords that are read). With it the action is offered to the model as a tool of the session; without it the
   * agent of the server must have a client-side tool of that name, and checks its arguments.
   */
  readonly parameters?: WireObject | undefined;
  /** Longest that the handler may take, in milliseconds; 30 s if absent. Then the model is told that it took too long. */
  readonly timeoutMs?: number | undefined;
}

/** One call of an action. */
export interface ActionCall {
  /** The model's id of the call. */
  readonly callId: string;
  /** Aborted when nobody waits for the result any more: it took too long, or the call has ended. */
  readonly signal: AbortSignal;
}

/**
 * Carries an action out. Its value is the result that the model is told: text as it is, everything else as JSON, and
 * that it is done if there is none. A throw or rejection is told as a failure, with its message.
 */
export type ActionHandler = (input: WireObject, call: ActionCall) => unknown;

/** Something that the model can do on this page. */
export interface Action extends ActionDefinition {
  readonly name: string;
  readonly handler: ActionHandler;
}
