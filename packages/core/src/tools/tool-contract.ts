import type { MonotonicMs } from '../time/clock.ts';
import type { Confirmation } from './confirmations.ts';
import type { ToolEnd, ToolOutcome } from './session-tool.ts';

/** What the tools of a session are told, and what they want done. */

/** A function call as the model has finished it. */
export interface FinishedCall {
  readonly responseId: string;
  /** The wire's id of the call, `call_…`. */
  readonly callId: string;
  readonly name: string;
  readonly argumentsJson: string;
}

export type ToolInput =
  | ({ readonly type: 'call' } & FinishedCall)
  /** A response of the conversation is over: it makes no further calls. */
  | { readonly type: 'response.done'; readonly responseId: string; readonly hasFailed: boolean }
  /** The user has had a turn, in words or typed. */
  | { readonly type: 'user.turn' }
  | { readonly type: 'result'; readonly callId: string; readonly outcome: ToolOutcome }
  /** The client has answered a call of its own; what it wrote goes upstream by itself. */
  | { readonly type: 'client.answered'; readonly callId: string }
  /** The user speaks over what goes on, or the client stops it. */
  | { readonly type: 'interrupted'; readonly by: 'speech' | 'client' }
  | { readonly type: 'decided'; readonly confirmationId: string; readonly isApproved: boolean }
  /** Nobody speaks, and no answer is being made: something may be said. */
  | { readonly type: 'quiet' }
  | { readonly type: 'due' }
  | { readonly type: 'end' };

export type ToolEffect =
  /** Have it run; the outcome comes back as a `result`. */
  | ({ readonly type: 'run'; readonly deadlineAtMs: MonotonicMs } & Omit<
      FinishedCall,
      'responseId'
    >)
  /** Its outcome isn't wanted any more. */
  | { readonly type: 'abort'; readonly callId: string }
  /** The one `function_call_output` of a call. */
  | { readonly type: 'output'; readonly callId: string; readonly output: string }
  /** The model may go on with what it asked for. */
  | { readonly type: 'respond' }
  /** The client, which asks for the response after its answer, does so while other calls are open. */
  | { readonly type: 'early' }
  /** The model is to say that something still runs. */
  | { readonly type: 'filler' }
  /** For the model, as a system message. */
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'confirmation.required'; readonly confirmation: Confirmation }
  | { readonly type: 'called'; readonly tool: string; readonly callId: string }
  | {
      readonly type: 'finished';
      readonly responseId: string;
      readonly tool: string;
      readonly callId: string;
      readonly end: ToolEnd;
      readonly durationMs: number;
    };
