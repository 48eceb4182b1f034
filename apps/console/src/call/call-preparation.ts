import type { ConnectOptions, PreparedCall } from '@prism/client';

/** How long the SDK keeps what it has prepared. */
const USABLE_MS = 25_000;

/** What the server calls the keys that may be good for one call alone. */
const CLIENT_SECRET_PREFIX = 'ek_';

/** The part of a prepared call that this needs. */
export type Prepared = Pick<PreparedCall, 'close'>;

export interface CallPreparationParts<Call extends Prepared> {
  /** The call as the page is set. */
  readonly options: () => ConnectOptions;
  readonly prepare: (options: ConnectOptions) => Call;
  readonly nowMs: () => number;
}

/**
 * The call that the server answers while a user is about to press the button: one at most. None where it would be in
 * vain, as over a WebSocket, and none with a client secret, whose use it may be.
 */
export class CallPreparation<Call extends Prepared> {
  readonly #parts: CallPreparationParts<Call>;
  #prepared: { readonly call: Call; readonly untilMs: number } | undefined;

  constructor(parts: CallPreparationParts<Call>) {
    this.#parts = parts;
  }

  /** The user may call soon. */
  begin(): void {
    const { options, prepare, nowMs } = this.#parts;
    if (this.#prepared !== undefined && nowMs() < this.#prepared.untilMs) return;
    this.close();
    const wanted = options();
    if (wanted.transport === 'websocket') return;
    if (wanted.token?.startsWith(CLIENT_SECRET_PREFIX) === true) return;
    this.#prepared = { call: prepare(wanted), untilMs: nowMs() + USABLE_MS };
  }

  /** What there is, for a call; whoever takes it closes it. */
  take(): Call | undefined {
    const call = this.#prepared?.call;
    this.#prepared = undefined;
    return call;
  }

  /** It isn't wanted any more, or its call would be another. Idempotent. */
  close(): void {
    this.take()?.close();
  }
}
