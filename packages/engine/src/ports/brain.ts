/**
 * Brain: what decides the answer. Pure and synchronous: the same request gives the same answer, so that dialogue
 * state (lists, counters, pace) is what follows from the exchanges, and deleting an item also undoes its effect. It may
 * be asked for an answer that isn't given then, while a user who has said a whole sentence pauses.
 */

import type { EarGrammar } from './ears.ts';

export interface FunctionTool {
  readonly name: string;
  readonly description: string;
  /** JSON schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export type ToolChoice =
  | 'auto'
  | 'none'
  | 'required'
  | { readonly type: 'function'; readonly name: string };

/** One thing that happened in the conversation, oldest first. */
export type Exchange =
  | {
      readonly role: 'user';
      readonly text: string;
      /** True for typed text, and for speech that the ears were sure of. */
      readonly wasUnderstood: boolean;
      /** True for the turn that the server makes when the user has said nothing for the idle timeout. */
      readonly isSilence: boolean;
    }
  | { readonly role: 'assistant'; readonly text: string; readonly wasInterrupted: boolean }
  | { readonly role: 'system'; readonly text: string }
  | {
      readonly role: 'call';
      readonly callId: string;
      readonly name: string;
      readonly argumentsJson: string;
    }
  | { readonly role: 'output'; readonly callId: string; readonly output: string };

/** A reminder that waits to be spoken. */
export interface PendingReminder {
  readonly dueInMs: number;
  readonly text: string;
}

export interface BrainRequest {
  readonly instructions: string;
  readonly tools: readonly FunctionTool[];
  readonly toolChoice: ToolChoice;
  readonly exchanges: readonly Exchange[];
  readonly pendingReminders: readonly PendingReminder[];
  /** Whether the session can be spoken to; false if the ears failed to load. */
  readonly canHear: boolean;
  /** Wall time as the brain may speak of it. */
  readonly wallMs: number;
  /** Minutes east of UTC for spoken times. */
  readonly utcOffsetMinutes: number;
}

export interface PlannedCall {
  readonly name: string;
  readonly argumentsJson: string;
}

export interface PlannedReminder {
  readonly afterMs: number;
  readonly text: string;
}

export interface BrainReply {
  /** What to say; empty when only tools are called. */
  readonly text: string;
  readonly calls: readonly PlannedCall[];
  /** What to say later without being asked. */
  readonly reminders: readonly PlannedReminder[];
  /** True to forget every reminder that waits, before `reminders` are added. */
  readonly forgetsReminders: boolean;
  /** Pace of this answer; multiplies the session's speed. 1 is unchanged. */
  readonly speedRatio: number;
}

/** One session's brain. It keeps only what can be computed again. */
export interface Brain {
  /** What can be said to it now, for the ears. Depends on the scenario and the registered tools. */
  grammarFor(tools: readonly FunctionTool[]): EarGrammar;
  /** Whether a user who has said this much has said a whole sentence; semantic turn detection asks. */
  isComplete(text: string, tools: readonly FunctionTool[]): boolean;
  respond(request: BrainRequest): BrainReply;
}
