import { PrismClientError, type PrismSession, type WireObject } from '@prism/client';

/** What the components on the page tell of the screen, for the call that is live: all of it in one object. */
export class PageScreen {
  readonly #parts: WireObject[] = [];
  #session: PrismSession | undefined;
  /** What was told last, as JSON; `undefined` while nothing is. */
  #told: string | undefined;
  #isUpdateDue = false;

  /** Adds a part; where two have a member in common the later counts. The returned function takes it out again. */
  add(part: WireObject): () => void {
    this.#parts.push(part);
    this.#changed();
    return () => {
      const index = this.#parts.indexOf(part);
      if (index < 0) return;
      this.#parts.splice(index, 1);
      this.#changed();
    };
  }

  /** A call is live, or none any more. */
  serve(session: PrismSession | undefined): void {
    this.#session = session;
    this.#told = undefined;
    this.#changed();
  }

  /** Once for all that changes in one go: components come and go together. */
  #changed(): void {
    if (this.#session === undefined || this.#isUpdateDue) return;
    this.#isUpdateDue = true;
    void Promise.resolve().then(() => {
      this.#isUpdateDue = false;
      this.#tell();
    });
  }

  #tell(): void {
    const context =
      this.#parts.length === 0
        ? undefined
        : this.#parts.reduce<WireObject>((all, part) => ({ ...all, ...part }), {});
    const text = context && JSON.stringify(context);
    if (this.#session === undefined || text === this.#told) return;
    try {
      this.#session.updateContext(context);
      this.#told = text;
    } catch (failure) {
      // A call that is just ending can't be told any more.
      if (!(failure instanceof PrismClientError)) throw failure;
    }
  }
}
