import type { Action, PrismSession } from '@prism/client';

/** The actions of the components that are on the page, for the call that is live. */
export class PageActions {
  readonly #actions: Action[] = [];
  #session: PrismSession | undefined;
  readonly #takeBacks = new Map<Action, () => void>();

  /** Adds an action; of two with the same name the later counts. The returned function takes it out again. */
  add(action: Action): () => void {
    this.#actions.push(action);
    this.#offer(action);
    return () => {
      const index = this.#actions.indexOf(action);
      if (index < 0) return;
      this.#actions.splice(index, 1);
      this.#takeBacks.get(action)?.();
      this.#takeBacks.delete(action);
      const before = this.#actions.findLast(({ name }) => name === action.name);
      if (before !== undefined) this.#offer(before);
    };
  }

  /** A call is live, or none any more. */
  serve(session: PrismSession | undefined): void {
    this.#session = session;
    this.#takeBacks.clear();
    for (const action of this.#actions) this.#offer(action);
  }

  #offer(action: Action): void {
    const { name, handler, ...definition } = action;
    const takeBack = this.#session?.onAction(name, definition, handler);
    if (takeBack !== undefined) this.#takeBacks.set(action, takeBack);
  }
}
