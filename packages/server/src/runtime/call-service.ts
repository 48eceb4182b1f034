import {
  type AudioCodecs,
  after,
  type Clock,
  type ConversationRecord,
  type EventRateLimits,
  type IdSource,
  type SessionInput,
  type SessionOptions,
} from '@prism/core';
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
import type { Return } from './client-peer.ts';
import type { HandoverDesk } from './handover-desk.ts';
import type { MediaTick } from './media-tick.ts';
import { NO_SUCH_CALL } from './no-such-call.ts';
import type { ControllerListener, ControllerSink } from './ports/controller.ts';
import type { AnsweredOffer, Peer, PeerFactory, PeerListener } from './ports/peer.ts';
import type { Opener, SessionAdmission } from './ports/session-admission.ts';
import type { ObserverFactory, SessionTransport } from './ports/session-observer.ts';
import type { SessionFacts } from './ports/session-store.ts';
import type { ToolRunner } from './ports/tools.ts';
import type { DialRequest, UpstreamDialer } from './ports/upstream.ts';
import { type PreparedCall, PreparedCalls } from './prepared-calls.ts';
import type { CallRequest, RequestArrival, SessionRequest } from './session-request.ts';
import { SessionRunner } from './session-runner.ts';
import type { TraceSource } from './session-trace.ts';
import type { SessionArchive } from './sessions/session-archive.ts';
import type { LiveSessions } from './sessions/session-directory.ts';
import { type SessionMoment, storedOf } from './sessions/session-document.ts';
import type { SpendingDesk, SpendingRequest } from './spending-desk.ts';
import type { Successor } from './successor.ts';

export interface CallServiceParts {
  readonly clock: Clock;
  readonly tick: MediaTick;
  readonly ids: IdSource;
  readonly dialer: UpstreamDialer;
  readonly codecs: AudioCodecs;
  readonly peers: PeerFactory;
  readonly observers: ObserverFactory;
  readonly traces: TraceSource;
  readonly tools: ToolRunner;
  readonly admission: SessionAdmission;
  readonly spending: Pick<SpendingDesk, 'refusal' | 'open'>;
  /** Keeps sessions that are over. */
  readonly archive: Pick<SessionArchive, 'keep'>;
  /** Whether the process can do more. */
  readonly load: { refusal(): PrismErrorInfo | undefined };
  /** Where conversations go from here, and come from; undefined where they end with their process. */
  readonly handovers: Pick<HandoverDesk, 'keep' | 'find' | 'take'> | undefined;
  readonly randomUint32: () => number;
}

export interface CallServiceOptions {
  readonly sessionCountMax: number;
  /** How much each controller may send; any amount if undefined. */
  readonly eventRate: EventRateLimits | undefined;
  readonly session: Omit<
    SessionOptions,
    | 'audio'
    | 'initialSession'
    | 'access'
    | 'metering'
    | 'tools'
    | 'expectsController'
    | 'isClientFiltered'
    | 'restored'
    | 'canMove'
    | 'expectsEarlyAudio'
  >;
}

export type StartedCall =
  | { readonly isStarted: true; readonly ids: CallIds; readonly answerSdp: string }
  | { readonly isStarted: false; readonly error: PrismErrorInfo };

/** Makes the peer of a client that is connected already, and tells `listener` of it. */
export type ConnectedPeer = (listener: PeerListener, callId: CallId) => Peer;

export type Joined =
  | { readonly isJoined: true; readonly listener: ControllerListener }
  | { readonly isJoined: false; readonly error: PrismErrorInfo };

/** What must be known of a session to say whether it can be taken. */
type SessionWish = Opener & Pick<SessionRequest, 'intent' | 'model' | 'session'>;

type OpenedCall =
  | { readonly isOpened: true; readonly ids: CallIds; readonly runner: SessionRunner }
  | { readonly isOpened: false; readonly error: PrismErrorInfo };

/** What a session is by the way its client came. */
type SessionKind = Pick<
  SessionOptions,
  'expectsController' | 'isClientFiltered' | 'expectsEarlyAudio'
> & {
  readonly transport: SessionTransport;
};
const DRAINING: PrismErrorInfo = { code: 'server_draining', message: 'No new calls are taken.' };

interface LiveCall {
  readonly runner: SessionRunner;
  readonly access: SessionAccess;
  readonly facts: SessionFacts;
}

/** The live calls of this process, at most `sessionCountMax`. */
export class CallService implements LiveSessions {
  readonly #parts: CallServiceParts;
  readonly #options: CallServiceOptions;
  readonly #calls = new Map<CallId, LiveCall>();
  /** Calls that are being fetched from where another process left them. */
  readonly #returning = new Map<CallId, Promise<PrismErrorInfo | undefined>>();
  readonly #prepared: PreparedCalls;
  #isDraining = false;
  #onEnded: (() => void) | undefined;

  constructor(parts: CallServiceParts, options: CallServiceOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#prepared = new PreparedCalls({
      ...parts,
      timeoutMs: options.session.mediaConnectTimeoutMs,
      begin: (call, peer) => this.#beginPrepared(call, peer),
    });
  }

  get liveCount(): number {
    return this.#calls.size;
  }

  /** Live calls, and those that are answered and wait for their client. */
  get placeCount(): number {
    return this.#calls.size + this.#prepared.size;
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
    const way = { isChannelComing: offer.hasDataChannel, lastEventId };
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
    const opened = this.#open(request, {
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
    const runner = this.#find(callId, access);
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
    const opened = this.#open(request, {
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
    const runner = this.#find(callId, access);
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
    const runner = this.#find(callId, access);
    runner?.close('client_hangup');
    if (runner !== undefined) return true;
    const isPrepared = this.#prepared.has(callId, access);
    if (isPrepared) this.#prepared.end(callId);
    return isPrepared;
  }

  /** Whether there is a live call of that id for who asks. */
  has(callId: CallId, access: SessionAccess): boolean {
    return this.#find(callId, access) !== undefined;
  }

  liveSessions(): readonly SessionMoment[] {
    return [...this.#calls.values()].map(({ facts, runner }) => this.#momentOf(facts, runner));
  }

  liveSession(id: string): SessionMoment | undefined {
    const callId = parseCallId(id);
    const call = callId === undefined ? undefined : this.#calls.get(callId);
    return call && this.#momentOf(call.facts, call.runner);
  }

  endSession(id: string, access: SessionAccess): boolean {
    const callId = parseCallId(id);
    return callId !== undefined && this.hangUp(callId, access);
  }

  /** @param end - Why it is over, and what it had counted by then. */
  #momentOf(
    facts: SessionFacts,
    runner: SessionRunner,
    end?: { readonly reason: CloseReason; readonly counters: object },
  ): SessionMoment {
    return {
      facts,
      timeline: runner.timeline,
      counters: end?.counters ?? runner.describe(),
      atMs: this.#parts.clock.wallMs(),
      reason: end?.reason,
    };
  }

  /**
   * Why a call's client can't go on with it here; undefined if it can. A call that another process has left goes on in
   * this one from now on.
   */
  async refusalOfReturn(
    callId: CallId,
    access: SessionAccess,
  ): Promise<PrismErrorInfo | undefined> {
    const runner = this.#find(callId, access);
    if (runner !== undefined) return runner.isMoving ? DRAINING : undefined;
    if (this.#isDraining) return DRAINING;
    // Who asks twice at once, by socket and by HTTP, is one client.
    await this.#returning.get(callId);
    if (this.has(callId, access)) return undefined;
    const returning = this.#fetch(callId, access);
    this.#returning.set(callId, returning);
    const refusal = await returning;
    this.#returning.delete(callId);
    return refusal;
  }

  /**
   * Takes no more calls, tells the live ones, and ends them `drainMs` later unless they have ended by themselves;
   * resolves when the last is gone. `progress` is told how many are left, whenever one has gone.
   */
  async drain(drainMs: number, progress: (liveCount: number) => void): Promise<void> {
    this.#isDraining = true;
    this.#prepared.endAll();
    const { clock } = this.#parts;
    this.#post({ type: 'drain.announced', leftMs: drainMs });
    const over = clock.setTimer(after(clock.nowMs(), drainMs), () =>
      this.#post({ type: 'drain.over' }),
    );
    await this.#untilEmpty(() => progress(this.#calls.size));
    over.cancel();
  }

  /** Takes no more calls and ends the live ones now; resolves when the last is gone. */
  async end(reason: CloseReason): Promise<void> {
    this.#isDraining = true;
    this.#prepared.endAll();
    this.#post({ type: 'close', reason });
    await this.#untilEmpty(() => undefined);
  }

  #post(input: SessionInput): void {
    for (const { runner } of this.#calls.values()) runner.post(input);
  }

  async #untilEmpty(ended: () => void): Promise<void> {
    while (this.#calls.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onEnded = resolve;
      });
      ended();
    }
  }

  async #fetch(callId: CallId, access: SessionAccess): Promise<PrismErrorInfo | undefined> {
    const { handovers } = this.#parts;
    const handed = await handovers?.find(callId, access);
    if (handed === undefined) return NO_SUCH_CALL;
    const request = { ...handed.request, isReturn: true };
    const refusal = this.refusal(request);
    if (refusal !== undefined) return refusal;
    if ((await handovers?.take(callId)) !== true) return NO_SUCH_CALL;
    const { sessionId, isClientFiltered, record } = handed;
    const kind = {
      transport: 'webrtc',
      expectsController: true,
      isClientFiltered,
      expectsEarlyAudio: false,
    } as const;
    const opened = this.#open(request, kind, { ids: { callId, sessionId }, record });
    if (!opened.isOpened) return opened.error;
    opened.runner.begin();
    return undefined;
  }

  #openCall(offer: Offer, request: CallRequest, ids: CallIds): OpenedCall {
    const { isClientFiltered } = request;
    const kind = {
      transport: 'webrtc',
      expectsController: offer.hasDataChannel,
      isClientFiltered,
      expectsEarlyAudio: request.expectsEarlyAudio && offer.hasDataChannel,
    } as const;
    return this.#open(request, kind, { ids });
  }

  #open(
    request: SessionRequest,
    kind: SessionKind,
    {
      ids = this.#parts.ids.nextCallIds(),
      record,
    }: { readonly ids?: CallIds; readonly record?: ConversationRecord } = {},
  ): OpenedCall {
    const funded = this.#parts.spending.open(ids.callId, spendingOf(request));
    if (!funded.isOpened) {
      this.#parts.observers.refused(funded.error.code);
      return { isOpened: false, error: funded.error };
    }
    const { spending } = funded;
    this.#parts.admission.opened(request);
    const { user, agent, keyId } = request.access;
    const { archive, clock } = this.#parts;
    const { transport, ...ofSession } = kind;
    const audio = transport === 'realtime_websocket' ? 'socket' : 'media';
    const facts: SessionFacts = {
      id: ids.callId,
      kind: audio,
      startedAtMs: clock.wallMs(),
      keyId,
      user,
      agent,
      model: modelOf(request),
    };
    const pacingLeadMs = request.pacingLeadMs ?? this.#options.session.pacingLeadMs;
    const dialRequest: DialRequest = {
      intent: request.intent,
      model: modelOf(request),
      headers: request.upstreamHeaders,
      audio: audioFor(audio, pacingLeadMs),
    };
    const trace = this.#parts.traces.begin(request.access.traceParent);
    const observer = this.#parts.observers.observe({
      ids,
      transport,
      agent,
      user,
      model: modelOf(request),
      trace,
      describe: () => runner.describe(),
      timeline: () => runner.timeline,
    });
    const runner: SessionRunner = new SessionRunner(
      {
        session: {
          ...this.#options.session,
          ...ofSession,
          audio,
          initialSession: request.session,
          access: { ...request.access, limits: spending.limits },
          metering: spending.metering,
          tools: this.#parts.tools.toolsOf(agent),
          pacingLeadMs,
          restored: record,
          canMove: this.#parts.handovers !== undefined,
        },
        dial: dialRequest,
        caller: { sessionId: ids.sessionId, user, agent },
        trace,
        eventRate: this.#options.eventRate,
      },
      {
        ...this.#parts,
        spending,
        observer,
        keep: (made) => this.#keep({ ids, request, kind }, made),
      },
      (reason, counters) => {
        spending.close();
        this.#parts.admission.closed(request);
        this.#forget(ids.callId);
        archive.keep(() => storedOf(this.#momentOf(facts, runner, { reason, counters })));
      },
    );
    this.#calls.set(ids.callId, { runner, access: request.access, facts });
    return { isOpened: true, ids, runner };
  }

  async #keep(
    call: {
      readonly ids: CallIds;
      readonly request: SessionRequest;
      readonly kind: Pick<SessionOptions, 'isClientFiltered'>;
    },
    record: ConversationRecord,
  ): Promise<boolean> {
    const { ids, request, kind } = call;
    const kept = this.#parts.handovers?.keep(ids.callId, {
      sessionId: ids.sessionId,
      isClientFiltered: kind.isClientFiltered,
      request: {
        ...request,
        session: record.config,
        access: { ...request.access, limits: record.limits },
      },
      record,
    });
    return (await kept) ?? false;
  }

  /** A client secret controls the calls that were made with it; every other key controls all of them. */
  #find(callId: CallId, { tokenId }: SessionAccess): SessionRunner | undefined {
    const call = this.#calls.get(callId);
    return tokenId === undefined || call?.access.tokenId === tokenId ? call?.runner : undefined;
  }

  #forget(callId: CallId): void {
    this.#calls.delete(callId);
    this.#onEnded?.();
  }
}

/** Media and channel of a socket are there at once. */
function connected(listener: PeerListener): void {
  listener.connected();
  listener.channelOpened();
}

/** Audio that isn't paced needs no measure. */
function audioFor(audio: SessionOptions['audio'], pacingLeadMs: number): DialRequest['audio'] {
  if (audio === 'media') return 'decoded';
  return pacingLeadMs === 0 ? 'as_sent' : 'measured';
}

function modelOf({ model, session }: SessionWish): string | undefined {
  return model ?? (session?.type === 'realtime' ? session.model : undefined);
}

/** What a session asks of its account. */
function spendingOf(request: SessionWish): SpendingRequest {
  const { access, intent } = request;
  return { access, intent, model: modelOf(request) };
}
