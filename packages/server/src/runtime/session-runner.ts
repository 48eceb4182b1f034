import {
  type AudioCodecs,
  after,
  assertNever,
  type Clock,
  type ControllerRole,
  type ConversationRecord,
  type EventRateLimits,
  type IdSource,
  Mailbox,
  type MonotonicMs,
  type ResponseEntry,
  Session,
  type SessionDeadlineReason,
  type SessionEffect,
  type SessionInput,
  type SessionOptions,
  type SetupStep,
  type SlotStamp,
  type TimelineSnapshot,
  type Timer,
} from '@prism/core';
import {
  CLIENT_EVENT_BYTES_MAX,
  type CloseReason,
  type ControllerId,
  type ControllerPolicy,
  decodeClientEvent,
} from '@prism/protocol';
import { ClientPeer, type Resumption } from './client-peer.ts';
import { admitterOf } from './controller-rate.ts';
import { Controllers } from './controllers.ts';
import type { MediaTick } from './media-tick.ts';
import type { ControllerListener, ControllerSink, SessionEnd } from './ports/controller.ts';
import type { SessionObserver } from './ports/session-observer.ts';
import type { ToolCaller, ToolRunner } from './ports/tools.ts';
import type { DialRequest, Upstream, UpstreamDialer, UpstreamListener } from './ports/upstream.ts';
import type { RequestArrival } from './session-request.ts';
import type { SessionTrace } from './session-trace.ts';
import type { SessionSpending } from './spending-desk.ts';
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
  /** Keeps the conversation for another process. */
  readonly keep: (record: ConversationRecord) => Promise<boolean>;
  /** Random start values for the outgoing RTP stream. */
  readonly randomUint32: () => number;
}

/** What a session is and what it asks of its upstream. */
export interface SessionPlan {
  readonly session: SessionOptions;
  readonly dial: DialRequest;
  /** For whom its tools run. */
  readonly caller: ToolCaller;
  /** Its place in a trace, if it has one. */
  readonly trace?: SessionTrace | undefined;
  /** How much each controller may send; any amount if undefined. */
  readonly eventRate: EventRateLimits | undefined;
}

/** A controller that comes in. */
export interface Joiner extends Resumption {
  readonly role: ControllerRole;
  readonly policy: ControllerPolicy;
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
  /** Where the client is whose audio is RTP. */
  readonly client: ClientPeer;
  readonly #controllers: Controllers;
  readonly #tools: RunningTools;
  readonly #onClosed: (reason: CloseReason, lastWords: object) => void;
  #upstream: Upstream | undefined;
  #timer: { readonly timer: Timer; readonly atMs: number } | undefined;
  /** What is posted in each slot: one for all, since it is handled before the next slot comes. */
  readonly #slotInput: { type: 'media.slot'; stamp: SlotStamp | undefined } = {
    type: 'media.slot',
    stamp: undefined,
  };
  /** Whether the media tick calls. */
  #isOnTick = false;
  #slot = 0;
  #slotAtMs = 0 as MonotonicMs;
  /** The last slot that a frame left in: each has at most one. */
  #usedSlot = -1;
  #isClosed = false;
  #eventsDropped = 0;

  constructor(
    plan: SessionPlan,
    parts: SessionRunnerParts,
    onClosed: (reason: CloseReason, lastWords: object) => void,
  ) {
    this.#parts = parts;
    this.#dialRequest = plan.dial;
    this.#eventRate = plan.eventRate;
    this.#controllers = new Controllers(parts.ids);
    this.#onClosed = onClosed;
    this.#tools = new RunningTools({
      runner: parts.tools,
      caller: plan.caller,
      trace: plan.trace,
      post: (input) => this.post(input),
      fault: (error) => parts.observer.toolFault(error),
    });
    const { policy } = plan.session.access;
    this.client = new ClientPeer({
      ...parts,
      post: (input) => this.post(input),
      guard: (action) => this.#guard(action),
      fault: (error) => this.#endByBug(error),
      isReturn: plan.session.restored !== undefined,
      join: (sink, resumption) => this.join(sink, { role: 'client', policy, ...resumption }),
      replaced: (last) => parts.observer.peerReplaced(last),
    });
    this.#session = new Session(plan.session, parts.ids, parts.clock.nowMs());
    this.#mailbox = new Mailbox(
      this.#session,
      (effect) => this.#perform(effect),
      () => parts.clock.nowMs(),
    );
  }

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

  /** Whether the conversation is on its way to another process, or has left for it. */
  get isMoving(): boolean {
    return this.#session.isMoving;
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

  get controllerCount(): number {
    return this.#controllers.size;
  }

  /**
   * Starts the conversation: from here on the upstream is dialled.
   *
   * @param arrival - Of the request that opens it, if its way in says.
   */
  begin(arrival?: RequestArrival): void {
    if (arrival !== undefined) this.#noteArrival(arrival);
    this.post({ type: 'open' });
  }

  /** A step of the set-up that the session doesn't see by itself is done. */
  step(step: SetupStep): void {
    this.post({ type: 'setup.step', step });
  }

  /** What has happened so far; undefined if nothing is recorded. */
  get timeline(): TimelineSnapshot | undefined {
    return this.#session.timeline;
  }

  /** What happened to responses since then (ms since the session opened), oldest first. */
  responsesSince(atMs: number): readonly ResponseEntry[] {
    return this.#session.responsesSince(atMs);
  }

  post(input: SessionInput): void {
    // Not by `#guard`: this is called for every packet, and a closure each time is garbage.
    try {
      if (this.#isClosed) return;
      if (!this.#mailbox.post(input)) throw new Error('The mailbox of the session is full.');
      this.#follow();
      if (this.#session.wantsNetworkSample) this.#sampleNetwork();
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
      ...this.client.describe(),
    };
  }

  #noteArrival({ elapsedMs, authorizedAfterMs }: RequestArrival): void {
    const cameAtMs = after(this.#parts.clock.nowMs(), -elapsedMs);
    this.post({ type: 'setup.step', step: 'requested', atMs: cameAtMs });
    const atMs = after(cameAtMs, authorizedAfterMs);
    this.post({ type: 'setup.step', step: 'authorized', atMs });
  }

  #sampleNetwork(): void {
    // What is posted while an input is handled would wait behind it, and be asked for again.
    if (this.#mailbox.isRunning) return;
    const stats = this.client.mediaStats();
    if (stats !== undefined) this.post({ type: 'network.sample', stats });
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
    if (this.#isClosed || this.#mailbox.isRunning || !this.#session.takeMoved()) return;
    if (this.#session.wantsSlotNow) this.#useSlotNow();
    if (this.#session.wantsSlots !== this.#isOnTick) this.#followTick();
    const atMs = this.#session.deadline()?.atMs;
    if (atMs !== this.#timer?.atMs) this.#arm(atMs);
  }

  /** Closures are in functions of their own: one that has them costs garbage with every call. */
  #arm(atMs: MonotonicMs | undefined): void {
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    if (atMs === undefined) return;
    const timer = this.#parts.clock.setTimer(atMs, () => {
      this.#timer = undefined;
      this.post({ type: 'deadline' });
    });
    this.#timer = { timer, atMs };
  }

  #followTick(): void {
    this.#isOnTick = !this.#isOnTick;
    if (this.#isOnTick) this.#parts.tick.add(this.#onSlot);
    else this.#parts.tick.remove(this.#onSlot);
  }

  /** An answer's first frame doesn't wait for the next slot, if the one that is on is still free. */
  #useSlotNow(): void {
    const { clock, tick } = this.#parts;
    const nowMs = clock.nowMs();
    this.#onSlot(Math.floor(tick.slotPositionAt(nowMs)), nowMs);
  }

  readonly #onSlot = (slot: number, nowMs: MonotonicMs): void => {
    // A tick that is late finds its slot used when audio came before it.
    if (slot <= this.#usedSlot) return;
    this.#slot = slot;
    this.#slotAtMs = nowMs;
    this.#slotInput.stamp = this.client.stampOf(slot);
    this.post(this.#slotInput);
  };

  #perform(effect: SessionEffect): void {
    switch (effect.type) {
      case 'media.frame':
        this.#usedSlot = this.#slot;
        this.client.sendFrame(effect.pcm, this.#slot, this.#slotAtMs);
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
      case 'handover':
        void this.#handOver(effect.record);
        return;
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

  async #handOver(record: ConversationRecord): Promise<void> {
    this.post({ type: 'handover.done', isKept: await this.#parts.keep(record) });
  }

  #dial(): Upstream {
    const listener: UpstreamListener = {
      ready: () => this.post({ type: 'upstream.ready' }),
      event: (decoded, text) => this.post({ type: 'upstream.event', decoded, text }),
      audio: (source, pcm) => this.post({ type: 'upstream.audio', source, pcm }),
      delta: (bytes, measured) => this.post({ type: 'upstream.delta', bytes, measured }),
      failed: (failure) => this.post({ type: 'upstream.failed', ...failure }),
    };
    return this.#parts.dialer.dial(listener, this.#dialRequest);
  }

  #stopMedia(): void {
    if (this.#isOnTick) this.#followTick();
    this.client.stopAudio();
  }

  #finish(end: SessionEnd): void {
    if (this.#isClosed) return;
    const lastWords = this.describe();
    this.#isClosed = true;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    this.#upstream?.close();
    this.#tools.abortAll();
    if (this.#isOnTick) this.#followTick();
    this.client.close(end);
    this.#controllers.end(end);
    this.#parts.observer.closed(end.reason, lastWords);
    this.#upstream = undefined;
    this.#onClosed(end.reason, lastWords);
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
