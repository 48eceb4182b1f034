import type { PrismClientError } from '../client-error.ts';
import type { SessionListeners } from '../session-options.ts';

/** Calls the page's listeners; what one throws is the page's error, not the call's. */
export class ListenerCalls {
  readonly #listeners: SessionListeners;
  readonly #reportError: (failure: unknown) => void;

  constructor(listeners: SessionListeners, reportError: (failure: unknown) => void) {
    this.#listeners = listeners;
    this.#reportError = reportError;
  }

  tell(call: (listeners: SessionListeners) => void): void {
    try {
      call(this.#listeners);
    } catch (failure) {
      this.#reportError(failure);
    }
  }

  /** Something failed that doesn't end the call. */
  failed(error: PrismClientError): void {
    this.tell((page) => page.onError?.(error));
  }
}
