import type { SessionObject } from '@prism/protocol';

/** Names in client's creates that are remembered; the oldest goes beyond it. */
const RESPONSE_NAME_COUNT_MAX = 256;

/** Which functions the model was told of, so that a name that it made up can be told apart. */
export class ToolNames {
  /** Undefined until the upstream has said which tools its session has. */
  #session: ReadonlySet<string> | undefined;
  /** Of tools that clients gave for one response. */
  readonly #responses = new Set<string>();

  sessionIs(session: SessionObject): void {
    const tools = session['tools'];
    if (Array.isArray(tools)) this.#session = new Set(namesOf(tools));
  }

  /** @param response - The parameters of a client's `response.create`. */
  responseAsked(response: unknown): void {
    if (typeof response !== 'object' || response === null || !('tools' in response)) return;
    if (!Array.isArray(response.tools)) return;
    for (const name of namesOf(response.tools)) {
      this.#responses.add(name);
      const [oldest] = this.#responses;
      if (this.#responses.size > RESPONSE_NAME_COUNT_MAX && oldest !== undefined)
        this.#responses.delete(oldest);
    }
  }

  /** Whether no session and no response had a function of this name. */
  isMadeUp(name: string): boolean {
    return this.#session?.has(name) === false && !this.#responses.has(name);
  }
}

function namesOf(tools: readonly unknown[]): string[] {
  return tools.flatMap((tool) =>
    typeof tool === 'object' && tool !== null && 'name' in tool && typeof tool.name === 'string'
      ? [tool.name]
      : [],
  );
}
