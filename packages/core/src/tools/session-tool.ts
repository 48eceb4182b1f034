/** What a session knows of the tools that Prism answers for, and of what became of a call. */

/** Why arguments don't fit their tool. */
export interface ArgumentsFault {
  /** Where, as a JSON pointer (RFC 6901); empty for the arguments as a whole. */
  readonly path: string;
  /** What is wrong there, without the value. */
  readonly message: string;
}

/** One function that the model may call and that Prism answers for. */
export interface SessionTool {
  /** As the model calls it: `[A-Za-z0-9_-]`, at most 64 characters (Realtime API, `tools`). */
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** `server`: Prism has it run. `client`: the client runs it, and Prism sees to it that there is an answer. */
  readonly runsAt: 'server' | 'client';
  readonly timeoutMs: number;
  /** UTF-8; a longer answer is cut. */
  readonly resultBytesMax: number;
  readonly onInterruption: 'continue' | 'cancel';
  /** `undefined`: nothing is said meanwhile. */
  readonly fillerAfterMs: number | undefined;
  /** Who agrees to the exact arguments first: the client by an event, or the user in words; `undefined`: nobody. */
  readonly confirmedBy: 'client' | 'spoken' | undefined;
  /** Whether arguments fit the schema; `undefined` if they do. Pure, and made once for a tool. */
  readonly check: (args: unknown) => ArgumentsFault | undefined;
}

/** Why a call has no result. The model reads it. */
export type ToolFailureCode =
  /** What runs it said no, or broke. */
  'tool_failed' | 'mcp_server_unavailable';

/** What came of a call that was run. */
export type ToolOutcome =
  | { readonly type: 'result'; readonly text: string }
  | {
      readonly type: 'failed';
      readonly code: ToolFailureCode;
      /** For the model, and so for the user's ears: nothing of the inside. */
      readonly message: string;
    };

/** How a call ended, for logs and counters. */
export type ToolEnd =
  | 'answered'
  | 'failed'
  | 'timed_out'
  | 'cancelled'
  /** Arguments that are no JSON, too long, or don't fit. */
  | 'invalid_arguments'
  | 'unknown_tool'
  | 'confirmation_required'
  /** Too many run already. */
  | 'refused'
  /** The session ended before it did. */
  | 'aborted';
