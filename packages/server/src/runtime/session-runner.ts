import {
  type AudioCodecs,
  assertNever,
  type Clock,
  type ControllerRole,
  type EventRateLimits,
  type IdSource,
  Mailbox,
  type MediaStats,
  type MonotonicMs,
  Session,
  type SessionDeadlineReason,
  type SessionEffect,
  type SessionInput,
  type SessionOptions,
  type SlotStamp,
  type Timer,
} from '@prism/core';
import {
  CLIENT_EVENT_BYTES_MAX,
  type CloseReason,
  type ControllerId,
  type ControllerPolicy,
  decodeClientEvent,
  type Offer,
} from '@prism/protocol';
import { AudioAttachment } from './audio/audio-attachment.ts';
import { admitterOf } from './controller-rate.ts';
import { Controllers } from './controllers.ts';
import type { MediaTick } from './media-tick.ts';
import type { ControllerListener, ControllerSink, SessionEnd } from './ports/controller.ts';
import type { AnsweredOffer, Peer, PeerListener } from './ports/peer.ts';
import type { SessionObserver } from './ports/session-observer.ts';
import type { ToolCaller, ToolRunner } from './ports/tools.ts';
import type { DialRequest, Upstream, UpstreamDialer, UpstreamListener } from './ports/upstream.ts';
import type { SessionSpending } from './spending-desk.ts';
import { Successor } from './successor.ts';
import { RunningTools } from './tools/running-tools.ts';

export interface SessionRunnerParts {
  readonly clock: Clock;
  readonly tick: MediaTick;
  readonly ids: IdSource;
  readonly dialer: UpstreamDialer;
  readonly codecs: AudioCodecs;
  readonly observer: SessionObserver;
  readonly spending: Pick<SessionSpending, 'take'>;
  readonly tools: ToolRunner;
  /** Random start values for the outgoing RTP stream. */
  readonly randomUint32: () => number;
}

/** What a session is and what it asks of its upstream. */
export interface SessionPlan {
  readonly session: SessionOptions;
  readonly dial: DialRequest;
  /** For whom its tools run. */
  readonly caller: ToolCaller;
  /** How much each controller may send; any amount if undefined. */
  readonly eventRate: EventRateLimits | undefined;
}

/** A controller that comes in. */
export interface Joiner {
  readonly role: ControllerRole;
  readonly policy: ControllerPolicy;
  /** The last event that it had before its connection broke. */
  readonly lastEventId?: string | undefined;
}

/** A client that comes back on a new peer. */
export interface Return {
  readonly isChannelComing: boolean;
  readonly lastEventId: string | undefined;
}

/**
 * Binds one session machine to its peer, its upstream, the media tick and the clock. The only caller of the machine.
 *
 * A throw from the machine or from performing an effect is a bug: it ends this session and no other.
 */
export class SessionRunner {
  readonly #parts: SessionRunnerParts;
  readonly #session: Session;
  readonly #mailbox: Mailbox<SessionInput, SessionEffect, SessionDeadlineReason>;
  readonly #dialRequest: DialRequest;
  readonly #eventRate: EventRateLimits | undefined;
  /** Of the controller that the session is opened with. */
  readonly #policy: ControllerPolicy;
  readonly #controllers: Controllers;
  readonly #tools: RunningTools;
  readonly #onClosed: (reason: CloseReason) => void;
  #upstream: Upstream | undefined;
  #peer: Peer | undefined;
  #peerListener: PeerListener | undefined;
  #audio: AudioAttachment | undefined;
  #timer: { readonly timer: Timer; readonly atMs: number } | undefined;
  /** What is posted in each slot: one for all, since it is handled before the next slot comes. */
  readonly #slotInput: { type: 'media.slot'; stamp: SlotStamp | undefined } = {
    type: 'media.slot',
    stamp: undefined,
  };
  #slot = 0;
  #slotAtMs = 0 as MonotonicMs;
  /** The last slot that a frame left in: each has at most one. */
  #usedSlot = -1;
  #channel: ControllerListener | undefined;
  /** What a client that comes back had last, until its channel is open. */
  #lastEventId: string | undefined;
  #successor: Successor | undefined;
  #isClosed = false;
  #eventsDropped = 0;

  constructor(
    plan: SessionPlan,
    parts: SessionRunnerParts,
    onClosed: (reason: CloseReason) => void,
  ) {
    this.#parts = parts;
    this.#dialRequest = plan.dial;
    this.#eventRate = plan.eventRate;
    this.#policy = plan.session.access.policy;
    this.#controllers = new Controllers(parts.ids);
    this.#onClosed = onClosed;
    this.#tools = new RunningTools({
      runner: parts.tools,
      caller: plan.caller,
      post: (input) => this.post(input),
      fault: (error) => parts.observer.toolFault(error),
    });
    this.#session = new Session(plan.session, parts.ids, parts.clock.nowMs());
    this.#mailbox = new Mailbox(
      this.#session,
      (effect) => this.#perform(effect),
      () => parts.clock.nowMs(),
    );
  }

  /** What a peer that is being accepted will tell this session, from `attach` until the next one is attached. */
  newPeerListener(): PeerListener {
    const whileAttached =
      (action: () => void): (() => void) =>
      () => {
        if (this.#peerListener === listener) action();
      };
    const listener: PeerListener = {
      connected: whileAttached(() => this.post({ type: 'media.connected' })),
      closed: whileAttached(() => this.post({ type: 'media.closed' })),
      lost: whileAttached(() => this.post({ type: 'media.lost' })),
      packet: (bytes) => {
        if (this.#peerListener !== listener) return;
        this.#guard(() => this.#audio?.packet(bytes, this.#parts.clock.nowMs()));
      },
      channelOpened: whileAttached(() => {
        const rttMs = this.#peer?.describe().rttMs;
        if (rttMs !== undefined) this.#audio?.channelRtt(rttMs);
        const lastEventId = this.#lastEventId;
        this.#lastEventId = undefined;
        const opener = { role: 'client', policy: this.#policy, lastEventId } as const;
        this.#channel = this.join(this.#channelSink, opener);
      }),
      channelMessage: (text) => {
        if (this.#peerListener === listener) this.#channel?.message(text);
      },
      channelClosed: whileAttached(() => this.#closeChannel()),
    };
    return listener;
  }

  /** The peer's data channel, which ends with the peer. */
  readonly #channelSink: ControllerSink = {
    send: (text) => this.#peer?.sendText(text) ?? 'unsent',
    relay: () => 'unsent',
    end: () => undefined,
  };

  /** Lets a controller in. It is told to end when the session does, at once if that is over. */
  join(sink: ControllerSink, joiner: Joiner): ControllerListener {
    const controllerId = this.#controllers.add(sink);
    if (this.#isClosed)
      this.#controllers.end({ reason: 'client_hangup', upstreamClose: undefined });
    this.post({ type: 'controller.opened', controllerId, ...joiner });
    const admits = this.#admitterOf(controllerId, joiner.role);
    return {
      message: (text) => {
        if (admits(text.length)) this.#clientMessage(controllerId, text);
      },
      append: (bytes) => {
        if (admits(bytes.length)) this.post({ type: 'controller.append', controllerId, bytes });
      },
      closed: () => {
        this.#controllers.remove(controllerId);
        this.post({ type: 'controller.closed', controllerId });
      },
    };
  }

  /** Whether a controller may send so many bytes now. What is too much isn't even read. */
  #admitterOf(controllerId: ControllerId, role: ControllerRole): (sizeBytes: number) => boolean {
    return admitterOf(this.#eventRate, this.#parts.clock, {
      dropped: () => {
        this.#eventsDropped += 1;
      },
      tell: (error) =>
        this.post({ type: 'controller.refused', controllerId, error, clientEventId: undefined }),
      end: (reason) => {
        if (role === 'client') this.close(reason);
        else this.#controllers.endOne(controllerId, { reason, upstreamClose: undefined });
      },
    });
  }

  /** Whether the client's audio is RTP, on a peer. */
  get hasMedia(): boolean {
    return this.#peer !== undefined;
  }

  get controllerCount(): number {
    return this.#controllers.size;
  }

  /** Attaches the accepted peer. Called once, before the peer can have connected. */
  attach(peer: Peer, listener: PeerListener): void {
    if (this.#isClosed) {
      peer.close();
      return;
    }
    this.#peer = peer;
    this.#peerListener = listener;
    this.#openAudio(peer);
  }

  /** Puts a new peer of the same client in the place of the one before, which is closed. */
  replace(peer: Peer, listener: PeerListener, { isChannelComing, lastEventId }: Return): void {
    if (!this.#isClosed) {
      this.#closeChannel();
      this.#audio?.close(this.#parts.clock.nowMs());
      this.#peer?.close();
    }
    this.attach(peer, listener);
    this.#lastEventId = lastEventId;
    this.post({ type: 'media.replaced', isChannelComing });
  }

  /** A peer that is to take over when it is connected; one that was to before it is given up. */
  newSuccessor(way: Return, connectTimeoutMs: number): Successor {
    this.#successor?.giveUp();
    const listener = this.newPeerListener();
    this.#successor = new Successor({
      clock: this.#parts.clock,
      connectTimeoutMs,
      listener,
      takeOver: (peer) => this.replace(peer, listener, way),
    });
    return this.#successor;
  }

  /** Answers an ICE restart of the peer there is; undefined if the offer asks for a new one. */
  restart(offer: Offer): AnsweredOffer | undefined {
    return this.#peer?.restart(offer);
  }

  #closeChannel(): void {
    this.#channel?.closed();
    this.#channel = undefined;
  }

  #openAudio(peer: Peer): void {
    const { clock, tick } = this.#parts;
    this.#audio = new AudioAttachment({
      codecs: this.#parts.codecs,
      audio: peer.audio,
      setTimer: (atMs, fire) => this.#setMediaTimer(atMs, fire),
      wallOffsetMs: clock.wallMs() - clock.nowMs(),
      tick,
      start: {
        sequenceNumber: this.#parts.randomUint32() & 0x7fff,
        timestamp: this.#parts.randomUint32(),
      },
      receive: (pcm) => this.post({ type: 'media.audio', pcm }),
      send: (bytes) => peer.sendPacket(bytes),
    });
  }

  /** Starts the conversation: from here on the upstream is dialled. */
  begin(): void {
    this.post({ type: 'open' });
  }

  post(input: SessionInput): void {
    // Not by `#guard`: this is called for every packet, and a closure each time is garbage.
    try {
      if (this.#isClosed) return;
      if (!this.#mailbox.post(input)) throw new Error('The mailbox of the session is full.');
      this.#follow();
    } catch (error) {
      this.#endByBug(error);
    }
  }

  close(reason: CloseReason): void {
    this.post({ type: 'close', reason });
  }

  describe(): object {
    return {
      ...this.#session.describe(),
      controllers: this.#controllers.size,
      messagesUnsent: this.#controllers.messagesUnsent,
      eventsDropped: this.#eventsDropped,
      upstreamBufferedBytes: this.#upstream?.bufferedBytes,
      media: this.#mediaStats(),
      peer: this.#peer?.describe(),
    };
  }

  #mediaStats(): MediaStats | undefined {
    const stats = this.#audio?.stats();
    if (stats === undefined) return undefined;
    const { missedSlots, latenessMsMax } = this.#parts.tick.counters();
    return { ...stats, tick: { missedSlots, latenessMsMax } };
  }

  #clientMessage(controllerId: ControllerId, text: string): void {
    if (text.length > CLIENT_EVENT_BYTES_MAX) {
      const error = {
        code: 'event_too_large',
        message: `The event has ${text.length} characters.`,
      } as const;
      this.post({ type: 'controller.refused', controllerId, error, clientEventId: undefined });
      return;
    }
    const decoded = decodeClientEvent(text);
    switch (decoded.kind) {
      case 'known':
        return this.post({ type: 'controller.event', controllerId, event: decoded.event, text });
      case 'opaque':
        return this.post({ type: 'controller.opaque', controllerId, event: decoded.event, text });
      case 'prism':
        return this.post({ type: 'controller.prism', controllerId, event: decoded.event });
      case 'garbage': {
        const { error, clientEventId } = decoded;
        return this.post({ type: 'controller.refused', controllerId, error, clientEventId });
      }
      default:
        return assertNever(decoded, 'client event');
    }
  }

  /** After an input: the tick and the timer follow what the session wants now. */
  #follow(): void {
    // An input posted meanwhile is followed up after the one that is being handled.
    if (this.#isClosed || this.#mailbox.isRunning) return;
    if (this.#session.wantsSlotNow) this.#useSlotNow();
    if (this.#session.wantsSlots) this.#parts.tick.add(this.#onSlot);
    else this.#parts.tick.remove(this.#onSlot);
    const next = this.#session.deadline();
    if (next?.atMs === this.#timer?.atMs) return;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    if (next === undefined) return;
    const timer = this.#parts.clock.setTimer(next.atMs, () => {
      this.#timer = undefined;
      this.post({ type: 'deadline' });
    });
    this.#timer = { timer, atMs: next.atMs };
  }

  /** An answer's first frame doesn't wait for the next slot, if the one that is on is still free. */
  #useSlotNow(): void {
    const { clock, tick } = this.#parts;
    const nowMs = clock.nowMs();
    this.#onSlot(Math.floor(tick.slotPositionAt(nowMs)), nowMs);
  }

  #setMediaTimer(atMs: MonotonicMs, fire: (nowMs: MonotonicMs) => void): Timer {
    const { clock } = this.#parts;
    return clock.setTimer(atMs, () => this.#guard(() => fire(clock.nowMs())));
  }

  readonly #onSlot = (slot: number, nowMs: MonotonicMs): void => {
    // A tick that is late finds its slot used when audio came before it.
    if (slot <= this.#usedSlot) return;
    this.#slot = slot;
    this.#slotAtMs = nowMs;
    this.#slotInput.stamp = this.#audio?.stampOf(slot);
    this.post(this.#slotInput);
  };

  #perform(effect: SessionEffect): void {
    switch (effect.type) {
      case 'media.frame':
        this.#usedSlot = this.#slot;
        this.#audio?.sendFrame(effect.pcm, this.#slot, this.#slotAtMs);
        return;
      case 'upstream.append':
        this.#upstream?.append(effect.pcm);
        return;
      case 'upstream.send':
        this.#upstream?.send(effect.text);
        return;
      case 'controller.send':
        this.#controllers.send(effect.controllerId, effect.text);
        return;
      case 'controller.relay':
        this.#controllers.relay(effect.controllerId, effect.bytes);
        return;
      case 'upstream.relay':
        this.#upstream?.relay(effect.bytes);
        return;
      case 'upstream.dial':
        this.#upstream = this.#dial();
        return;
      case 'upstream.close':
        this.#upstream?.close();
        return;
      case 'media.close':
        this.#stopMedia();
        return;
      case 'spending': {
        const news = this.#parts.spending.take(effect.report);
        if (news !== undefined) this.post({ type: 'budget.news', news });
        return;
      }
      case 'tool.call':
        this.#tools.start(effect);
        return;
      case 'tool.abort':
        this.#tools.abort(effect.callId);
        return;
      case 'report':
        this.#parts.observer.fact(effect.fact);
        return;
      case 'closed':
        this.#finish({ reason: effect.reason, upstreamClose: effect.upstreamClose });
        return;
      default:
        assertNever(effect, 'session effect');
    }
  }

  #dial(): Upstream {
    const listener: UpstreamListener = {
      ready: () => this.post({ type: 'upstream.ready' }),
      event: (decoded, text) => this.post({ type: 'upstream.event', decoded, text }),
      audio: (source, pcm) => this.post({ type: 'upstream.audio', source, pcm }),
      delta: (bytes, measured) => this.post({ type: 'upstream.delta', bytes, measured }),
      failed: (reason, error, close) =>
        this.post({ type: 'upstream.failed', reason, error, close }),
    };
    return this.#parts.dialer.dial(listener, this.#dialRequest);
  }

  #stopMedia(): void {
    this.#parts.tick.remove(this.#onSlot);
    this.#audio?.close(this.#parts.clock.nowMs());
  }

  #finish(end: SessionEnd): void {
    if (this.#isClosed) return;
    const lastWords = this.describe();
    this.#isClosed = true;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    this.#upstream?.close();
    this.#tools.abortAll();
    this.#stopMedia();
    this.#successor?.giveUp();
    this.#peer?.close(end);
    this.#controllers.end(end);
    this.#parts.observer.closed(end.reason, lastWords);
    this.#upstream = undefined;
    this.#peer = undefined;
    this.#peerListener = undefined;
    this.#audio = undefined;
    this.#onClosed(end.reason);
  }

  /** Runs `action`; a throw ends this session as a bug in Prism. */
  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#endByBug(error);
    }
  }

  #endByBug(error: unknown): void {
    this.#parts.observer.fault(error);
    this.#finish({ reason: 'internal_error', upstreamClose: undefined });
  }
}
