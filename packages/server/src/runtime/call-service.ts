import type { AudioCodec, Clock, IdSource, SessionOptions } from '@prism/core';
import {
  type CallId,
  type CallIds,
  type CloseReason,
  type PrismErrorInfo,
  readOffer,
} from '@prism/protocol';
import type { MediaTick } from './media-tick.ts';
import type { PeerFactory } from './ports/peer.ts';
import type { ObserverFactory } from './ports/session-observer.ts';
import type { UpstreamDialer } from './ports/upstream.ts';
import type { CallRequest } from './session-request.ts';
import { SessionRunner } from './session-runner.ts';

export interface CallServiceParts {
  readonly clock: Clock;
  readonly tick: MediaTick;
  readonly ids: IdSource;
  readonly dialer: UpstreamDialer;
  readonly codec: AudioCodec;
  readonly peers: PeerFactory;
  readonly observers: ObserverFactory;
  readonly randomUint32: () => number;
}

export interface CallServiceOptions {
  readonly sessionCountMax: number;
  readonly session: Omit<SessionOptions, 'expectsController'>;
}

export type StartedCall =
  | { readonly isStarted: true; readonly ids: CallIds; readonly answerSdp: string }
  | { readonly isStarted: false; readonly error: PrismErrorInfo };

/** The live calls of this process, at most `sessionCountMax`. */
export class CallService {
  readonly #parts: CallServiceParts;
  readonly #options: CallServiceOptions;
  readonly #runners = new Map<CallId, SessionRunner>();
  #isDraining = false;
  #onEmpty: (() => void) | undefined;

  constructor(parts: CallServiceParts, options: CallServiceOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  get liveCount(): number {
    return this.#runners.size;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Answers a WebRTC offer. The upstream is dialled at the same time; the answer doesn't wait for it. */
  async start(offerSdp: string, request: CallRequest): Promise<StartedCall> {
    if (this.#isDraining) return refuse('server_draining', 'No new calls are taken.');
    if (this.#runners.size >= this.#options.sessionCountMax) {
      return refuse(
        'session_limit_reached',
        `All ${this.#options.sessionCountMax} sessions are in use.`,
      );
    }
    const read = readOffer(offerSdp);
    if (!read.isValid) return { isStarted: false, error: read.error };
    const { offer } = read;
    const ids = this.#parts.ids.nextCallIds();
    const runner = new SessionRunner(
      { ...this.#options.session, expectsController: offer.hasDataChannel },
      { ...this.#parts, observer: this.#parts.observers.observe(ids) },
      () => this.#forget(ids.callId),
    );
    this.#runners.set(ids.callId, runner);
    const accepted = await this.#parts.peers.accept(offer, runner.peerListener);
    if (!accepted.isAccepted) {
      this.#forget(ids.callId);
      return { isStarted: false, error: accepted.error };
    }
    runner.attach(accepted.peer);
    runner.begin();
    return { isStarted: true, ids, answerSdp: accepted.peer.answerSdp };
  }

  /** Ends a call; false if there is none of that id. */
  hangUp(callId: CallId): boolean {
    const runner = this.#runners.get(callId);
    if (runner === undefined) return false;
    runner.close('client_hangup');
    return true;
  }

  /** One call's state, without anything a person said; `undefined` if there is none of that id. */
  describe(callId: CallId): object | undefined {
    return this.#runners.get(callId)?.describe();
  }

  /** Takes no more calls and ends the live ones; resolves when the last is gone. */
  async drain(reason: CloseReason): Promise<void> {
    this.#isDraining = true;
    for (const runner of this.#runners.values()) runner.close(reason);
    if (this.#runners.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  #forget(callId: CallId): void {
    this.#runners.delete(callId);
    if (this.#runners.size === 0) this.#onEmpty?.();
  }
}

function refuse(code: PrismErrorInfo['code'], message: string): StartedCall {
  return { isStarted: false, error: { code, message } };
}
