import type { ControllerId, DecodedServerEvent, KnownServerEvent } from '@prism/protocol';
import { assertNever } from '../errors/invariant.ts';
import type { IdSource } from '../ids/id-source.ts';
import type { Description, Machine } from '../machine/machine.ts';
import { after, type MonotonicMs } from '../time/clock.ts';
import { type Deadline, sooner } from '../time/deadline-table.ts';
import type { TimelineSnapshot } from '../timeline/session-timeline.ts';
import type { ResponseEntry } from '../timeline/timeline-entry.ts';
import { turnFields } from '../timeline/turn-fields.ts';
import type { TurnMeasured } from '../timeline/turn-measured.ts';
import type { HoldDecision } from '../turn-taking/input-hold.ts';
import { followWaits } from './response-waits.ts';
import type { ServerEventToTell } from './server-events.ts';
import type {
  SessionDeadlineReason,
  SessionEffect,
  SessionInput,
  SessionOptions,
  SlotStamp,
} from './session-contract.ts';
import { SessionParts, type SessionPartsNeeds } from './session-parts.ts';

/**
 * One conversation: a media attachment, its controllers and one upstream.
 *
 * The facade: it keeps the lifecycle and hands every input to the part that decides. It owns no socket and no clock.
 */
export class Session implements Machine<SessionInput, SessionEffect, SessionDeadlineReason> {
  readonly #options: SessionOptions;
  readonly #openedAtMs: MonotonicMs;
  readonly #parts: SessionParts;
  #isUpstreamReady = false;
  #hasMoved = false;

  constructor(options: SessionOptions, ids: IdSource, nowMs: MonotonicMs) {
    this.#options = options;
    this.#openedAtMs = nowMs;
    const needs: SessionPartsNeeds = {
      options,
      ids,
      passAudio: (pcm, decision, atMs) => this.#passAudio(pcm, decision, atMs),
      ended: (atMs) => this.#ended(atMs),
    };
    this.#parts = new SessionParts(needs, nowMs);
  }

  #ended(atMs: MonotonicMs): void {
    this.#parts.tools?.end(atMs);
    this.#parts.limits.end(atMs);
    this.#tellTurns(this.#parts.timeline?.close());
  }

  /** True while the session has audio for the next media slot. */
  get wantsSlots(): boolean {
    return this.#parts.life.state === 'live' && this.#parts.media.isHere && this.#parts.isPlaying;
  }

  /** True while there is audio that may take the slot that is on, if that has had no frame yet. */
  get wantsSlotNow(): boolean {
    return (
      this.#parts.life.state === 'live' &&
      this.#parts.media.isHere &&
      this.#parts.playout.output.wantsSlotNow
    );
  }

  /** Whether slots and deadline may be wanted otherwise than when this was asked last. */
  takeMoved(): boolean {
    const hasMoved = this.#hasMoved || this.#parts.deadlines.hasChanged;
    this.#hasMoved = false;
    return hasMoved;
  }

  /** What has happened so far; undefined if nothing is recorded. */
  get timeline(): TimelineSnapshot | undefined {
    return this.#parts.timeline?.snapshot();
  }

  /** What happened to responses since then (ms since the session opened), oldest first; nothing if it isn't recorded. */
  responsesSince(atMs: number): readonly ResponseEntry[] {
    return this.#parts.timeline?.responsesSince(atMs) ?? [];
  }

  /** True when the timeline wants to know how the client's media does. */
  get wantsNetworkSample(): boolean {
    return this.#parts.timeline?.wantsSample === true;
  }

  /** True from when the conversation is stopped to be handed over, until the session has ended. */
  get isMoving(): boolean {
    return this.#parts.move.hasBegun;
  }

  handle(input: SessionInput, nowMs: MonotonicMs): void {
    if (this.#parts.life.state === 'closed') return;
    this.#parts.timeline?.took(input, nowMs);
    this.#parts.playout.clock(nowMs);
    this.#take(input, nowMs);
    // Audio that is handed on as it came moves nothing but the limits.
    if (input.type === 'controller.append' && this.#parts.limits.takesInput) return;
    this.#hasMoved = true;
    if (this.#parts.life.state === 'live') this.#tellTurns(this.#parts.timeline?.settle());
    this.#parts.turns.follow(this.#parts.playout.output.playingResponseId, nowMs);
    this.#followWork(nowMs);
    this.#parts.limits.follow(nowMs);
  }

  poll(): SessionEffect | undefined {
    return this.#parts.outbox.poll();
  }

  deadline(): Deadline<SessionDeadlineReason> | undefined {
    const next = sooner(this.#parts.deadlines.next(), this.#parts.turns.deadline);
    return this.#parts.life.state === 'live' ? sooner(next, this.#parts.timeline?.deadline) : next;
  }

  describe(): Description {
    return {
      state: this.#parts.life.state,
      closeReason: this.#parts.life.closeReason,
      isUpstreamReady: this.#isUpstreamReady,
      isMediaHere: this.#parts.media.isHere,
      mediaAbsences: this.#parts.media.absences,
      inputReceivedMs: this.#parts.input.receivedMs,
      inputDroppedMs: this.#parts.input.droppedMs,
      inputSilencedMs: this.#parts.input.silencedMs,
      inputUndecidedMs: this.#parts.input.undecidedMs,
      ...this.#parts.playout.describe(),
      lateDeltas: this.#parts.responses.lateDeltas,
      responsesWaiting: this.#parts.sequencer.queuedCount,
      ...this.#parts.turnEnds.describe(),
      ...this.#parts.early.describe(),
      ...this.#parts.turns.describe(),
      ...this.#parts.pacing?.describe(),
      ...this.#parts.tools?.describe(),
      ...this.#parts.limits.describe(),
      ...this.#parts.relay.counters,
      ...this.#parts.door.describe(),
    };
  }

  #take(input: SessionInput, nowMs: MonotonicMs): void {
    // What comes between the record and the end would be in nobody's conversation.
    if (this.#parts.move.isRecorded && isOfUpstream(input)) return;
    switch (input.type) {
      case 'open':
        return this.#open(nowMs);
      case 'media.audio':
        return this.#receiveAudio(input.pcm, nowMs);
      case 'media.slot':
        return this.#slot(input.stamp, nowMs);
      case 'media.connected':
        return this.#mediaConnected(nowMs);
      case 'media.lost':
        return this.#mediaLost(nowMs);
      case 'media.replaced':
        return this.#mediaReplaced(input.isChannelComing, nowMs);
      case 'media.closed':
        if (this.#parts.media.isKept) return this.#mediaLost(nowMs);
        return this.#parts.life.end('client_closed', nowMs);
      case 'upstream.audio':
        if (this.#parts.life.state === 'lingering') return;
        this.#parts.limits.said(input.source.responseId, input.pcm.length, nowMs);
        return this.#parts.playout.receive(input.source, input.pcm);
      case 'upstream.delta':
        this.#parts.limits.relayed(input, nowMs);
        return this.#parts.server.delta(input.bytes, input.measured, nowMs);
      case 'upstream.event':
        return this.#upstreamEvent(input.decoded, input.text, nowMs);
      case 'upstream.ready':
        return this.#upstreamReady(nowMs);
      case 'tool.result':
        return this.#parts.tools?.result(input.callId, input.outcome, nowMs);
      case 'upstream.failed':
        this.#parts.pacing?.flush();
        return this.#parts.life.upstreamFailed(input, nowMs);
      case 'network.sample':
      case 'setup.step':
        return;
      case 'drain.announced':
        return this.#parts.move.announce(input.leftMs);
      case 'drain.over':
        return this.#parts.move.begin('server', nowMs);
      case 'handover.done':
        return this.#parts.move.done(input.isKept, nowMs);
      case 'budget.news':
        return this.#parts.life.state === 'lingering'
          ? undefined
          : this.#parts.limits.news(input.news, nowMs);
      case 'deadline':
        return this.#parts.due.elapse(nowMs);
      case 'close':
        this.#parts.pacing?.flush();
        return this.#parts.life.closeAsked(input.reason, nowMs);
      default:
        return this.#takeFromController(input, nowMs);
    }
  }

  #takeFromController(
    input: Extract<SessionInput, { readonly controllerId: ControllerId }>,
    nowMs: MonotonicMs,
  ): void {
    if (input.type === 'controller.opened') return this.#controllerOpened(input, nowMs);
    if (input.type === 'controller.closed')
      return this.#controllerClosed(input.controllerId, nowMs);
    if (this.#parts.life.state === 'lingering' || this.#parts.limits.refuses(input, nowMs)) return;
    if (this.#parts.move.refuses(input)) return;
    this.#parts.door.take(input, nowMs);
  }

  #tellTurns(turns: readonly TurnMeasured[] = []): void {
    for (const turn of turns) {
      this.#parts.outbox.report({ type: 'turn.measured', turn });
      // The next process doesn't know it, and so not what a client that had it last has missed.
      if (this.#parts.move.isRecorded) continue;
      this.#parts.relay.toPrismAware('prism.turn.latency', turnFields(turn));
    }
  }

  #followWork(nowMs: MonotonicMs): void {
    if (this.#parts.life.state === 'closed') return;
    if (this.#parts.life.state !== 'lingering') this.#parts.tools?.follow(nowMs);
    this.#parts.move.follow(nowMs);
    followWaits(this.#parts.sequencer, this.#parts.deadlines, nowMs);
  }

  #open(nowMs: MonotonicMs): void {
    this.#parts.deadlines.set(
      'upstream.connect',
      after(nowMs, this.#options.upstreamConnectTimeoutMs),
    );
    this.#parts.media.opened(nowMs);
    this.#parts.outbox.push({ type: 'upstream.dial' });
  }

  #receiveAudio(pcm: Int16Array, nowMs: MonotonicMs): void {
    if (
      this.#parts.life.state === 'lingering' ||
      !this.#parts.limits.takesInput ||
      this.#parts.move.hasBegun
    )
      return;
    const decision = this.#parts.turns.hear(pcm, nowMs);
    if (this.#parts.early.isHolding) this.#parts.early.hold(pcm, nowMs);
    else this.#passAudio(pcm, decision, nowMs);
  }

  #passAudio(pcm: Int16Array, decision: HoldDecision, nowMs: MonotonicMs): void {
    if (
      this.#parts.life.state === 'lingering' ||
      !this.#parts.limits.takesInput ||
      this.#parts.move.hasBegun
    )
      return;
    this.#parts.limits.heard(pcm.length, nowMs);
    this.#parts.input.decide(decision);
    this.#parts.turnEnds.receive(pcm, nowMs);
    this.#parts.input.watch(nowMs);
  }

  #slot(stamp: SlotStamp | undefined, nowMs: MonotonicMs): void {
    if (!this.wantsSlots) return;
    this.#parts.pacing?.advance(nowMs);
    this.#parts.playout.slot(stamp, nowMs);
  }

  #upstreamEvent(decoded: DecodedServerEvent, text: string, nowMs: MonotonicMs): void {
    if (decoded.kind === 'garbage') {
      this.#parts.outbox.report({ type: 'upstream.garbage', reason: decoded.reason });
      return;
    }
    const initial = this.#parts.initial.observe(decoded);
    switch (initial.type) {
      case 'keep':
        if (initial.send !== undefined) this.#parts.relay.toUpstream(initial.send);
        return;
      case 'refused':
        return this.#parts.life.upstreamFailed(
          { reason: 'session_refused', error: initial.error },
          nowMs,
        );
      case 'configured':
        // A client that goes on with a conversation has its session.
        if (this.#parts.seeding === undefined) this.#tell(initial.decoded, initial.created, nowMs);
        else this.#follow(initial.decoded.event, nowMs);
        return this.#beginConversation(nowMs);
      case 'pass':
        if (this.#parts.seeding?.keeps(decoded.event) === true) return;
        return this.#tell(decoded, text, nowMs);
      default:
        return assertNever(initial, 'initial verdict');
    }
  }

  /** Tells the controllers, and follows what the event says. */
  #tell(decoded: ServerEventToTell, text: string, nowMs: MonotonicMs): void {
    if (!this.#parts.server.tell(decoded, text, nowMs))
      return this.#parts.life.end('backlog_overflow', nowMs);
    if (decoded.kind !== 'known') return this.#parts.tools?.observeOther(decoded.event);
    this.#follow(decoded.event, nowMs);
  }

  #follow(event: KnownServerEvent, nowMs: MonotonicMs): void {
    this.#parts.playout.observe(event, nowMs);
    this.#parts.server.follow(event, nowMs);
    this.#parts.move.observe(event);
    this.#parts.limits.observe(event, nowMs);
  }

  #upstreamReady(nowMs: MonotonicMs): void {
    if (this.#parts.life.state !== 'opening') return;
    this.#isUpstreamReady = true;
    this.#parts.outbox.report({ type: 'upstream.ready', waitedMs: nowMs - this.#openedAtMs });
    if (this.#parts.initial.isOver) this.#beginConversation(nowMs);
  }

  /** The upstream is there, and configured: what waited for it goes. */
  #beginConversation(nowMs: MonotonicMs): void {
    this.#parts.deadlines.clear('upstream.connect');
    this.#parts.seeding?.begin();
    this.#parts.relay.release();
    this.#parts.input.upstreamReady();
    this.#becomeLiveWhenReady(nowMs);
  }

  #mediaConnected(nowMs: MonotonicMs): void {
    if (this.#parts.life.state === 'lingering' || !this.#parts.media.connected(nowMs)) return;
    this.#parts.outbox.report({ type: 'media.connected', waitedMs: nowMs - this.#openedAtMs });
    this.#becomeLiveWhenReady(nowMs);
  }

  #mediaLost(nowMs: MonotonicMs): void {
    if (this.#parts.life.state === 'lingering') return this.#parts.life.end('media_lost', nowMs);
    this.#parts.early.release(nowMs);
    const reason = this.#parts.media.lost(nowMs);
    if (reason !== undefined) this.#parts.life.end(reason, nowMs);
  }

  #mediaReplaced(isChannelComing: boolean, nowMs: MonotonicMs): void {
    if (this.#parts.life.state === 'lingering') return;
    this.#parts.early.replaced(nowMs);
    this.#parts.media.replaced(isChannelComing, nowMs);
  }

  #becomeLiveWhenReady(nowMs: MonotonicMs): void {
    if (!this.#isUpstreamReady || !this.#parts.initial.isOver || !this.#parts.media.hasConnected)
      return;
    this.#parts.life.partsReady();
    this.#parts.outbox.report({ type: 'session.ready', waitedMs: nowMs - this.#openedAtMs });
  }

  #controllerOpened(
    opened: Extract<SessionInput, { readonly type: 'controller.opened' }>,
    nowMs: MonotonicMs,
  ): void {
    this.#parts.relay.controllerOpened(opened);
    this.#parts.life.controllerOpened(nowMs);
  }

  /** With media, a client may close its channel and talk on; a Realtime WebSocket is all there is of its client. */
  #controllerClosed(controllerId: ControllerId, nowMs: MonotonicMs): void {
    const role = this.#parts.relay.controllerClosed(controllerId);
    if (role === 'client' && this.#options.audio === 'socket')
      this.#parts.life.end('client_closed', nowMs);
  }
}

function isOfUpstream({ type }: SessionInput): boolean {
  return type.startsWith('upstream.') || type === 'tool.result';
}
