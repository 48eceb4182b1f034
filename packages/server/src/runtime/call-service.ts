import type { AudioCodecs, Clock, IdSource, SessionOptions } from '@prism/core';
import {
  type CallId,
  type CallIds,
  type CloseReason,
  type PrismErrorInfo,
  readOffer,
  SIDEBAND_COUNT_MAX,
} from '@prism/protocol';
import type { MediaTick } from './media-tick.ts';
import type { ControllerListener, ControllerSink } from './ports/controller.ts';
import type { PeerFactory } from './ports/peer.ts';
import type { ObserverFactory } from './ports/session-observer.ts';
import type { DialRequest, UpstreamDialer } from './ports/upstream.ts';
import type { CallRequest, SessionRequest } from './session-request.ts';
import { SessionRunner } from './session-runner.ts';

export interface CallServiceParts {
  readonly clock: Clock;
  readonly tick: MediaTick;
  readonly ids: IdSource;
  readonly dialer: UpstreamDialer;
  readonly codecs: AudioCodecs;
  readonly peers: PeerFactory;
  readonly observers: ObserverFactory;
  readonly randomUint32: () => number;
}

export interface CallServiceOptions {
  readonly sessionCountMax: number;
  readonly session: Omit<SessionOptions, 'audio' | 'initialSession' | 'expectsController'>;
}

export type StartedCall =
  | { readonly isStarted: true; readonly ids: CallIds; readonly answerSdp: string }
  | { readonly isStarted: false; readonly error: PrismErrorInfo };

export type Joined =
  | { readonly isJoined: true; readonly listener: ControllerListener }
  | { readonly isJoined: false; readonly error: PrismErrorInfo };

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

  /** Why no session can be taken right now; `undefined` if one can. */
  refusal(): PrismErrorInfo | undefined {
    if (this.#isDraining) return { code: 'server_draining', message: 'No new calls are taken.' };
    if (this.#runners.size < this.#options.sessionCountMax) return undefined;
    const message = `All ${this.#options.sessionCountMax} sessions are in use.`;
    return { code: 'session_limit_reached', message };
  }

  /** Answers a WebRTC offer. The upstream is dialled at the same time; the answer doesn't wait for it. */
  async start(offerSdp: string, request: CallRequest): Promise<StartedCall> {
    const refusal = this.refusal();
    if (refusal !== undefined) return { isStarted: false, error: refusal };
    const read = readOffer(offerSdp);
    if (!read.isValid) return { isStarted: false, error: read.error };
    const { offer } = read;
    const { ids, runner } = this.#open(request, {
      audio: 'media',
      expectsController: offer.hasDataChannel,
    });
    // Dialled first: the answer takes some milliseconds, and the upstream longer.
    runner.begin();
    const { dataChannelId } = request;
    const accepted = await this.#parts.peers.accept(offer, runner.peerListener, { dataChannelId });
    if (!accepted.isAccepted) {
      runner.close('client_hangup');
      return { isStarted: false, error: accepted.error };
    }
    runner.attach(accepted.peer);
    return { isStarted: true, ids, answerSdp: accepted.peer.answerSdp };
  }

  /** Opens the session of a Realtime WebSocket, whose client is its first controller. */
  openSocket(request: SessionRequest, sink: ControllerSink): Joined {
    const refusal = this.refusal();
    if (refusal !== undefined) return { isJoined: false, error: refusal };
    const { runner } = this.#open(request, { audio: 'socket', expectsController: true });
    runner.begin();
    return { isJoined: true, listener: runner.join(sink, 'client') };
  }

  /** Lets a sideband into a live call. */
  joinCall(callId: CallId, sink: ControllerSink): Joined {
    const runner = this.#runners.get(callId);
    if (runner === undefined) {
      const message = 'No session found for the provided call_id.';
      return { isJoined: false, error: { code: 'call_id_not_found', message, param: '' } };
    }
    if (runner.controllerCount >= SIDEBAND_COUNT_MAX) {
      const message = `The call has ${runner.controllerCount} controllers.`;
      return { isJoined: false, error: { code: 'controller_limit_reached', message } };
    }
    return { isJoined: true, listener: runner.join(sink, 'sideband') };
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

  #open(
    request: SessionRequest,
    kind: Pick<SessionOptions, 'audio' | 'expectsController'>,
  ): { readonly ids: CallIds; readonly runner: SessionRunner } {
    const ids = this.#parts.ids.nextCallIds();
    const dialRequest: DialRequest = {
      intent: request.intent,
      model: request.model ?? modelOf(request),
      headers: request.upstreamHeaders,
      audio: kind.audio === 'media' ? 'decoded' : 'as_sent',
    };
    const runner = new SessionRunner(
      {
        session: { ...this.#options.session, ...kind, initialSession: request.session },
        dial: dialRequest,
      },
      { ...this.#parts, observer: this.#parts.observers.observe(ids) },
      () => this.#forget(ids.callId),
    );
    this.#runners.set(ids.callId, runner);
    return { ids, runner };
  }

  #forget(callId: CallId): void {
    this.#runners.delete(callId);
    if (this.#runners.size === 0) this.#onEmpty?.();
  }
}

function modelOf({ session }: SessionRequest): string | undefined {
  return session?.type === 'realtime' ? session.model : undefined;
}
