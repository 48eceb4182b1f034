/** What every tool has that the model may call and Prism answers for. */
interface ToolBase {
  /** As the model calls it; for `mcp` the label of the server, which is put before the names of its tools. */
  readonly name: string;
  /** How long it may take; after it the model is told that it took too long. */
  readonly timeoutMs: number;
  /** The answer is cut off beyond it. */
  readonly resultBytesMax: number;
  /** What becomes of a running call when the user interrupts. */
  readonly onInterruption: 'continue' | 'cancel';
  /** After how long the model is asked to say that it is still working; `undefined`: never. */
  readonly fillerAfterMs: number | undefined;
  /** Whether the user has to agree to the exact arguments first. */
  readonly needsConfirmation: boolean;
  /**
   * How the user agrees: by an event of the client (`client`, the default), or also in words that the model judges
   * (`spoken`).
   */
  readonly confirmedBy?: 'client' | 'spoken' | undefined;
}

/** What the model is told of a function (Realtime API, `tools`). */
interface Callable {
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** A function in the process that runs Prism as a library. */
export interface FunctionTool extends ToolBase, Callable {
  readonly kind: 'function';
}

/** An HTTP endpoint of the operator's. */
export interface WebhookTool extends ToolBase, Callable {
  readonly kind: 'webhook';
  readonly url: string;
  /** The environment variable with the secret that requests are signed with; unsigned if undefined. */
  readonly secretEnv?: string | undefined;
}

/** A function that the client carries out, like something that happens on its screen. */
export interface ClientTool extends ToolBase, Callable {
  readonly kind: 'client';
}

/** Where a Model Context Protocol server is. */
export type McpServer =
  | {
      readonly transport: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      /** Environment variables of Prism's that it gets, by name, besides PATH, HOME and the like. */
      readonly env?: readonly string[] | undefined;
    }
  | {
      readonly transport: 'http';
      readonly url: string;
      /** The environment variable with the bearer token for it; none is sent if undefined. */
      readonly bearerEnv?: string | undefined;
    };

/** All tools of a Model Context Protocol server, or those of them that are named. */
export interface McpTool extends ToolBase {
  readonly kind: 'mcp';
  readonly server: McpServer;
  readonly allowedTools: readonly string[] | undefined;
}

/** A tool of an agent. */
export type ToolDefinition = FunctionTool | WebhookTool | ClientTool | McpTool;
