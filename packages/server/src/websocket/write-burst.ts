import type { Writable } from 'node:stream';

/**
 * Lets what is written in one turn of the event loop leave together: upstreams send events in bursts, and a system call
 * for each is most of what relaying them costs.
 */
export class WriteBurst {
  readonly #stream: Writable;
  #isOpen = false;
  readonly #end = (): void => {
    this.#isOpen = false;
    this.#stream.uncork();
  };

  /** @param stream - The transport below the WebSocket. */
  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /** Call before a write: it leaves, with those that follow, when the current callback of the event loop is over. */
  join(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#stream.cork();
    queueMicrotask(this.#end);
  }
}
