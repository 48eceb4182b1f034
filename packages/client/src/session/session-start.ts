import type { PrismClientError } from '../client-error.ts';

/** Waits for a session to exist: for `session.created`, the end of the session, or the time that it has for that. */
export class SessionStart {
  readonly #setTimer: (callback: () => void, delayMs: number) => () => void;
  #settle: ((error: PrismClientError | undefined) => void) | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(setTimer: (callback: () => void, delayMs: number) => () => void) {
    this.#setTimer = setTimer;
  }

  /** Resolves with `created`, rejects with the error of `failed`; `onTimeout` is to call the latter. Called once. */
  wait(timeoutMs: number, onTimeout: () => void): Promise<void> {
    this.#cancelTimer = this.#setTimer(onTimeout, timeoutMs);
    return new Promise((resolve, reject) => {
      this.#settle = (error) => {
        this.#settle = undefined;
        this.#cancelTimer?.();
        if (error === undefined) resolve();
        else reject(error);
      };
    });
  }

  created(): void {
    this.#settle?.(undefined);
  }

  failed(error: PrismClientError): void {
    this.#settle?.(error);
  }
}
