import { type ClientErrorCode, PrismClientError } from '../client-error.ts';
import type { LinkFailure } from '../connection/link-failure.ts';
import type { SessionState } from './session-state.ts';

/** An error event explains the end of a live call only if it came this shortly before. */
const CLOSING_ERROR_AGE_MS_MAX = 2000;

/** What ends a live call for want of a way to it. */
const CODE_BY_FAILURE: Readonly<Partial<Record<LinkFailure, ClientErrorCode>>> = {
  network: 'connection_lost',
  call_gone: 'call_gone',
  draining: 'server_draining',
};

/** Says why a call ended, as a person should be told. */
export class ClosingReasons {
  readonly #state: SessionState;
  readonly #nowMs: () => number;
  #last: { readonly error: PrismClientError; readonly atMs: number } | undefined;

  constructor(state: SessionState, nowMs: () => number) {
    this.#state = state;
    this.#nowMs = nowMs;
  }

  /** The server told an error, which may be the reason of what follows. */
  serverError(error: PrismClientError): void {
    this.#last = { error, atMs: this.#nowMs() };
  }

  /** Why the session didn't come in time. */
  timeout(): PrismClientError {
    return this.#last?.error ?? new PrismClientError('connect_timeout');
  }

  /** Why the call has no way to the server any more. */
  explain(failure: LinkFailure, error: PrismClientError): PrismClientError {
    if (failure === 'closed') return this.#closing();
    const { isLive, isClosed, callId } = this.#state;
    if (!isLive && !isClosed) {
      const isOnItsWay = callId !== undefined && failure === 'network';
      return isOnItsWay && this.#last !== undefined ? this.#closing() : error;
    }
    const code = CODE_BY_FAILURE[failure];
    return code === undefined ? error : new PrismClientError(code, { cause: error });
  }

  /**
   * Why the server may have closed the call: an error just before it is the better answer. A call that never became
   * live ends because of its error, however long the end takes to be noticed on a busy machine.
   */
  #closing(): PrismClientError {
    const last = this.#last;
    const ageMs = last === undefined ? 0 : this.#nowMs() - last.atMs;
    if (last === undefined || (this.#state.isLive && ageMs > CLOSING_ERROR_AGE_MS_MAX)) {
      return new PrismClientError('connection_closed');
    }
    const { serverCode, message } = last.error;
    return new PrismClientError('connection_closed', { serverCode, message, cause: last.error });
  }
}
