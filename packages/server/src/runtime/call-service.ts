import { after } from '@prism/core';
import {
  type CallId,
  type CallIds,
  type CloseReason,
  type Offer,
  type PrismErrorInfo,
  parseCallId,
  readOffer,
  type SessionAccess,
  SIDEBAND_COUNT_MAX,
  type TakeOverMoment,
} from '@prism/protocol';
import { CallTable } from './calls/call-table.ts';
import { ReturningCalls } from './calls/returning-calls.ts';
import {
  type OpenedCall,
  SessionOpener,
  type SessionOpenerOptions,
  type SessionOpenerParts,
  type SessionWish,
  spendingOf,
} from './calls/session-opener.ts';
import type { Return } from './client-peer.ts';
import type { HandoverDesk } from './handover-desk.ts';
import { NO_SUCH_CALL } from './no-such-call.ts';
import type { ControllerListener, ControllerSink } from './ports/controller.ts';
import type { AnsweredOffer, Peer, PeerFactory, PeerListener } from './ports/peer.ts';
import { type PreparedCall, PreparedCalls } from './prepared-calls.ts';
import type { CallRequest, RequestArrival, SessionRequest } from './session-request.ts';
import type { SessionRunner } from './session-runner.ts';
import type { LiveSessions } from './sessions/session-directory.ts';
import type { SessionMoment } from './sessions/session-document.ts';
import type { SpendingDesk } from './spending-desk.ts';
import type { Successor } from './successor.ts';

export interface CallServiceParts extends SessionOpenerParts {
  readonly peers: PeerFactory;
  readonly spending: Pick<SpendingDesk, 'refusal' | 'open'>;
  /** Whether the process can do more. */
  readonly load: { refusal(): PrismErrorInfo | undefined };
  /** Where conversations go from here, and come from; undefined where they end with their process. */
  readonly handovers: Pick<HandoverDesk, 'keep' | 'find' | 'take'> | undefined;
}

export interface CallServiceOptions extends SessionOpenerOptions {
  readonly sessionCountMax: number;
}

export type StartedCall =
  | { readonly isStarted: true; readonly ids: CallIds; readonly answerSdp: string }
  | { readonly isStarted: false; readonly error: PrismErrorInfo };

/** Makes the peer of a client that is connected already, and tells `listener` of it. */
export type ConnectedPeer = (listener: PeerListener, callId: CallId) => Peer;

export type Joined =
  | { readonly isJoined: true; readonly listener: ControllerListener }
  | { readonly isJoined: false; readonly error: PrismErrorInfo };

const DRAINING: PrismErrorInfo = { code: 'server_draining', message: 'No new calls are taken.' };

/** The live calls of this process, at most `sessionCountMax`. */
export class CallService implements LiveSessions {
  readonly #parts: CallServiceParts;
  readonly #options: CallServiceOptions;
  readonly #table: CallTable;
  readonly #opener: SessionOpener;
  readonly #returning: ReturningCalls;
  readonly #prepared: PreparedCalls;
  #isDraining = false;

  constructor(parts: CallServiceParts, options: CallServiceOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#table = new CallTable(parts.clock);
    this.#opener = new SessionOpener(parts, options, this.#table);
    this.#returning = new ReturningCalls({
      handovers: parts.handovers,
      opener: this.#opener,
      isLive: (callId, access) => this.has(callId, access),
      refusal: (wish) => this.refusal(wish),
    });
    this.#prepared = new PreparedCalls({
      ...parts,
      timeoutMs: options.session.mediaConnectTimeoutMs,
      begin: (call, peer) => this.#beginPrepared(call, peer),
    });
  }

  get liveCount(): number {
    return this.#table.size;
  }

  /** Live calls, and those that are answered and wait for their client. */
  get placeCount(): number {
    return this.#table.size + this.#prepared.size;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Why such a session can't be taken right now, which is counted; `undefined` if it can. */
  refusal(request: SessionWish): PrismErrorInfo | undefined {
    const error = this.#refusalOf(request);
    if (error !== undefined) this.#parts.observers.refused(error.code);
    return error;
  }

  #refusalOf(request: SessionWish): PrismErrorInfo | undefined {
    if (this.#isDraining) return DRAINING;
    const { admission, spending, load } = this.#parts;
    if (this.placeCount < this.#options.sessionCountMax)
      return load.refusal() ?? admission.refusal(request) ?? spending.refusal(spendingOf(request));
    const message = `All ${this.#options.sessionCountMax} sessions are in use.`;
    return { code: 'session_limit_reached', message };
  }

  /** Answers a WebRTC offer. The upstream is dialled at the same time; the answer doesn't wait for it. */
  async start(
    offerSdp: string,
    request: CallRequest,
    arrival?: RequestArrival,
  ): Promise<StartedCall> {
    const refusal = this.refusal(request);
    if (refusal !== undefined) return { isStarted: false, error: refusal };
    const read = readOffer(offerSdp);
    if (!read.isValid) return { isStarted: false, error: read.error };
    const { offer } = read;
    if (request.isPrepared) return this.#prepare(offer, request);
    const opened = this.#openCall(offer, request, this.#parts.ids.nextCallIds());
    if (!opened.isOpened) return { isStarted: false, error: opened.error };
    const { ids, runner } = opened;
    // Dialled first: the answer takes some milliseconds, and the upstream longer.
    runner.begin(arrival);
    const { dataChannelId, clientAddress } = request;
    const listener = runner.client.newListener();
    const accepted = await this.#parts.peers.accept(offer, listener, {
      dataChannelId,
      clientAddress,
      reached: () => runner.step('ice.connected'),
    });
    if (!accepted.isAccepted) {
      runner.close('client_hangup');
      return { isStarted: false, error: accepted.error };
    }
    runner.client.attach(accepted.peer, listener, { lastEventId: request.lastEventId });
    runner.step('answer.sent');
    return { isStarted: true, ids, answerSdp: accepted.answerSdp };
  }

  async #prepare(offer: Offer, request: CallRequest): Promise<StartedCall> {
    const ids = this.#parts.ids.nextCallIds();
    const answered = await this.#prepared.prepare({ ids, offer, request });
    if (!answered.isAnswered) return { isStarted: false, error: answered.error };
    return { isStarted: true, ids, answerSdp: answered.answerSdp };
  }

  #beginPrepared({ ids, offer, request }: PreparedCall, peer: Peer): PeerListener | undefined {
    if (this.refusal(request) !== undefined) return undefined;
    const opened = this.#openCall(offer, request, ids);
    if (!opened.isOpened) return undefined;
    const { runner } = opened;
    runner.begin();
    runner.step('ice.connected');
    const listener = runner.client.newListener();
    runner.client.attach(peer, listener);
    return listener;
  }

  /**
   * Answers a further offer of a call's client: an ICE restart goes on with the peer there is, every other offer gets
   * a new peer in its place. The session, its upstream and its sidebands know nothing of it.
   */
  async reattach(
    callId: CallId,
    offerSdp: string,
    request: Pick<CallRequest, 'access' | 'dataChannelId' | 'clientAddress'> & {
      readonly lastEventId?: string | undefined;
      /** When the new peer takes the place of the one there is. */
      readonly takeOver: TakeOverMoment;
    },
  ): Promise<AnsweredOffer> {
    const read = readOffer(offerSdp);
    if (!read.isValid) return { isAnswered: false, error: read.error };
    const { offer } = read;
    const runner = this.#callToReturnTo(callId, request.access);
    if ('code' in runner) return { isAnswered: false, error: runner };
    const restarted = runner.client.restart(offer);
    if (restarted !== undefined) return restarted;
    const { dataChannelId, clientAddress, lastEventId } = request;
    const way = { isChannelComing: offer.channel !== undefined, lastEventId };
    const successor = this.#successorOf(runner, way, request.takeOver);
    const listener = successor?.listener ?? runner.client.newListener();
    const accepted = await this.#parts.peers.accept(offer, listener, {
      dataChannelId,
      clientAddress,
    });
    if (!accepted.isAccepted) {
      successor?.giveUp();
      return { isAnswered: false, error: accepted.error };
    }
    if (successor === undefined) runner.client.replace(accepted.peer, listener, way);
    else successor.accepted(accepted.peer);
    return { isAnswered: true, answerSdp: accepted.answerSdp };
  }

  /** Opens the session of a media WebSocket, over which its client is connected already. */
  startConnected(request: SessionRequest, connect: ConnectedPeer): PrismErrorInfo | undefined {
    const refusal = this.refusal(request);
    if (refusal !== undefined) return refusal;
    const opened = this.#opener.open(request, {
      transport: 'media_websocket',
      expectsController: true,
      isClientFiltered: false,
      expectsEarlyAudio: false,
    });
    if (!opened.isOpened) return opened.error;
    const { ids, runner } = opened;
    runner.begin();
    const listener = runner.client.newListener();
    runner.client.attach(connect(listener, ids.callId), listener, {
      lastEventId: request.lastEventId,
    });
    connected(listener);
    return undefined;
  }

  /** Lets a call's client go on over a media WebSocket, whatever its media went over before. */
  reattachConnected(
    callId: CallId,
    who: {
      readonly access: SessionAccess;
      readonly lastEventId: string | undefined;
      readonly takeOver: TakeOverMoment;
    },
    connect: ConnectedPeer,
  ): PrismErrorInfo | undefined {
    const runner = this.#callToReturnTo(callId, who.access);
    if ('code' in runner) return runner;
    const way = { isChannelComing: true, lastEventId: who.lastEventId };
    const successor = this.#successorOf(runner, way, who.takeOver);
    const listener = successor?.listener ?? runner.client.newListener();
    const peer = connect(listener, callId);
    if (successor === undefined) runner.client.replace(peer, listener, way);
    else successor.accepted(peer);
    connected(listener);
    return undefined;
  }

  /** The call that its client comes back to, or why it can't here. */
  #callToReturnTo(callId: CallId, access: SessionAccess): SessionRunner | PrismErrorInfo {
    const runner = this.#table.find(callId, access);
    // Its conversation goes on elsewhere, though the session is still ending here.
    if (runner?.isMoving === true) return DRAINING;
    if (runner?.client.isThere === true) return runner;
    return runner === undefined && this.#isDraining ? DRAINING : NO_SUCH_CALL;
  }

  /** Who is to take over later, if that is so. */
  #successorOf(
    { client }: SessionRunner,
    way: Return,
    moment: TakeOverMoment,
  ): Successor | undefined {
    const { mediaConnectTimeoutMs } = this.#options.session;
    return moment === 'now' ? undefined : client.newSuccessor(way, moment, mediaConnectTimeoutMs);
  }

  /** Opens the session of a Realtime WebSocket, whose client is its first controller. */
  openSocket(request: SessionRequest, sink: ControllerSink): Joined {
    const refusal = this.refusal(request);
    if (refusal !== undefined) return { isJoined: false, error: refusal };
    const opened = this.#opener.open(request, {
      transport: 'realtime_websocket',
      expectsController: true,
      isClientFiltered: false,
      expectsEarlyAudio: false,
    });
    if (!opened.isOpened) return { isJoined: false, error: opened.error };
    const { runner } = opened;
    runner.begin();
    return {
      isJoined: true,
      listener: runner.join(sink, { role: 'client', policy: request.access.policy }),
    };
  }

  /** Lets a sideband into a live call; `access` is of who asks. */
  joinCall(callId: CallId, access: SessionAccess, sink: ControllerSink): Joined {
    const runner = this.#table.find(callId, access);
    if (runner === undefined) {
      return { isJoined: false, error: NO_SUCH_CALL };
    }
    if (runner.controllerCount >= SIDEBAND_COUNT_MAX) {
      const message = `The call has ${runner.controllerCount} controllers.`;
      return { isJoined: false, error: { code: 'controller_limit_reached', message } };
    }
    return {
      isJoined: true,
      listener: runner.join(sink, { role: 'sideband', policy: access.policy }),
    };
  }

  /** Ends a call; false if there is none of that id for who asks. */
  hangUp(callId: CallId, access: SessionAccess): boolean {
    const runner = this.#table.find(callId, access);
    runner?.close('client_hangup');
    if (runner !== undefined) return true;
    const isPrepared = this.#prepared.has(callId, access);
    if (isPrepared) this.#prepared.end(callId);
    return isPrepared;
  }

  /** Whether there is a live call of that id for who asks. */
  has(callId: CallId, access: SessionAccess): boolean {
    return this.#table.find(callId, access) !== undefined;
  }

  liveSessions(): readonly SessionMoment[] {
    return this.#table.moments();
  }

  liveSession(id: string): SessionMoment | undefined {
    return this.#table.moment(id);
  }

  endSession(id: string, access: SessionAccess): boolean {
    const callId = parseCallId(id);
    return callId !== undefined && this.hangUp(callId, access);
  }

  /**
   * Why a call's client can't go on with it here; undefined if it can. A call that another process has left goes on in
   * this one from now on.
   */
  async refusalOfReturn(
    callId: CallId,
    access: SessionAccess,
  ): Promise<PrismErrorInfo | undefined> {
    const runner = this.#table.find(callId, access);
    if (runner !== undefined) return runner.isMoving ? DRAINING : undefined;
    return this.#isDraining ? DRAINING : this.#returning.refusalOf(callId, access);
  }

  /**
   * Takes no more calls, tells the live ones, and ends them `drainMs` later unless they have ended by themselves;
   * resolves when the last is gone. `progress` is told how many are left, whenever one has gone.
   */
  async drain(drainMs: number, progress: (liveCount: number) => void): Promise<void> {
    this.#isDraining = true;
    this.#prepared.endAll();
    const { clock } = this.#parts;
    this.#table.post({ type: 'drain.announced', leftMs: drainMs });
    const over = clock.setTimer(after(clock.nowMs(), drainMs), () =>
      this.#table.post({ type: 'drain.over' }),
    );
    await this.#table.untilEmpty(() => progress(this.#table.size));
    over.cancel();
  }

  /** Takes no more calls and ends the live ones now; resolves when the last is gone. */
  async end(reason: CloseReason): Promise<void> {
    this.#isDraining = true;
    this.#prepared.endAll();
    this.#table.post({ type: 'close', reason });
    await this.#table.untilEmpty(() => undefined);
  }

  #openCall(offer: Offer, request: CallRequest, ids: CallIds): OpenedCall {
    const { isClientFiltered } = request;
    const kind = {
      transport: 'webrtc',
      expectsController: offer.channel !== undefined,
      isClientFiltered,
      expectsEarlyAudio: request.expectsEarlyAudio && offer.channel !== undefined,
    } as const;
    return this.#opener.open(request, kind, { ids });
  }
}

/** Media and channel of a socket are there at once. */
function connected(listener: PeerListener): void {
  listener.connected();
  listener.channelOpened();
}
