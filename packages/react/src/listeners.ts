/** Subscribers of one thing; each gets what happens until it leaves. */
export class Listeners<Args extends readonly unknown[]> {
  readonly #listeners = new Set<(...args: Args) => void>();

  /** How many there are. */
  get count(): number {
    return this.#listeners.size;
  }

  /** Adds one; the returned function takes it out again. */
  add(listener: (...args: Args) => void): () => void {
    // A function of its own for each, so that adding one twice needs leaving twice.
    const own = (...args: Args): void => {
      listener(...args);
    };
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  /** Tells all of them. */
  notify(...args: Args): void {
    for (const listener of [...this.#listeners]) listener(...args);
  }
}
