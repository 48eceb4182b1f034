import type { ControllerId, DecodedServerEvent, KnownServerEvent } from '@prism/protocol';
import { assertNever } from '../errors/invariant.ts';
import type { IdSource } from '../ids/id-source.ts';
import type { Description, Machine } from '../machine/machine.ts';
import { after, type MonotonicMs } from '../time/clock.ts';
import { type Deadline, DeadlineTable, sooner } from '../time/deadline-table.ts';
import { SessionTimeline, type TimelineSnapshot } from '../timeline/session-timeline.ts';
import type { ResponseEntry } from '../timeline/timeline-entry.ts';
import { turnFields } from '../timeline/turn-fields.ts';
import type { TurnMeasured } from '../timeline/turn-measured.ts';
import { sessionWithTools } from '../tools/session-with-tools.ts';
import type { HoldDecision } from '../turn-taking/input-hold.ts';
import { AnswerPlayout } from './answer-playout.ts';
import { Audience } from './audience.ts';
import { type ClientPacing, clientPacing } from './client-pacing.ts';
import { ControllerDoor, type ControllerDoorParts } from './controller-door.ts';
import { DueWork } from './due-work.ts';
import { EarlyAudio } from './early-audio.ts';
import { EventMaker } from './event-maker.ts';
import { EventRelay } from './event-relay.ts';
import { InitialSession } from './initial-session.ts';
import { InputAudio } from './input-audio.ts';
import { LimitWatch, type LimitWatchParts } from './limit-watch.ts';
import { MediaPresence } from './media-presence.ts';
import { Outbox } from './outbox.ts';
import { OutputHold } from './output-hold.ts';
import { ResponseSequencer } from './response-sequencer.ts';
import { ResponseTracker } from './response-tracker.ts';
import { followWaits } from './response-waits.ts';
import { Seeding, type SeedingParts } from './seeding.ts';
import { ServerEvents, type ServerEventToTell } from './server-events.ts';
import type {
  OwnDeadlineReason,
  SessionDeadlineReason,
  SessionEffect,
  SessionInput,
  SessionOptions,
  SlotStamp,
} from './session-contract.ts';
import { initialFormats } from './session-formats.ts';
import { SessionLife, type SessionLifeParts } from './session-life.ts';
import { SessionMove } from './session-move.ts';
import { SessionSettings } from './session-settings.ts';
import { type ToolDesk, toolDesk } from './tool-desk.ts';
import { TurnEnds } from './turn-ends.ts';
import { TurnTaking, type TurnTakingParts } from './turn-taking.ts';

/**
 * One conversation: a media attachment, its controllers and one upstream.
 *
 * The facade: it keeps the lifecycle and hands every input to the part that decides. It owns no socket and no clock.
 */
export class Session implements Machine<SessionInput, SessionEffect, SessionDeadlineReason> {
  readonly #options: SessionOptions;
  readonly #timeline: SessionTimeline | undefined;
  readonly #outbox = new Outbox((effect) => this.#timeline?.gave(effect));
  readonly #deadlines = new DeadlineTable<OwnDeadlineReason>();
  readonly #relay: EventRelay;
  readonly #input: InputAudio;
  readonly #turns: TurnTaking;
  readonly #turnEnds: TurnEnds;
  readonly #early: EarlyAudio;
  readonly #pacing: ClientPacing | undefined;
  readonly #responses = new ResponseTracker();
  readonly #media: MediaPresence;
  readonly #playout: AnswerPlayout;
  readonly #initial: InitialSession;
  readonly #sequencer: ResponseSequencer;
  readonly #tools: ToolDesk | undefined;
  readonly #door: ControllerDoor;
  readonly #server: ServerEvents;
  readonly #openedAtMs: MonotonicMs;
  readonly #life: SessionLife;
  readonly #limits: LimitWatch;
  readonly #move: SessionMove;
  readonly #seeding: Seeding | undefined;
  readonly #due: DueWork;
  #isUpstreamReady = false;
  #hasMoved = false;

  constructor(options: SessionOptions, ids: IdSource, nowMs: MonotonicMs) {
    this.#options = options;
    this.#openedAtMs = nowMs;
    if (options.recordsTimeline) this.#timeline = new SessionTimeline(nowMs);
    const events = new EventMaker(ids);
    const voices = { outbox: this.#outbox, events, audience: new Audience(options) };
    this.#relay = new EventRelay(voices, options);
    this.#input = this.#inputAudio();
    const hasMedia = options.audio === 'media';
    const { session, formats } = initialFormats(
      sessionWithTools(options.initialSession, options.tools),
      hasMedia,
    );
    const shared = {
      ...voices,
      relay: this.#relay,
      options,
      input: this.#input,
      responses: this.#responses,
      deadlines: this.#deadlines,
      formats,
      hasMedia,
      settings: new SessionSettings(options.initialSession),
    };
    this.#turns = this.#turnTaking(shared);
    this.#turnEnds = new TurnEnds(this.#relay, this.#input, this.#deadlines);
    this.#early = this.#earlyAudio(voices.audience);
    this.#playout = new AnswerPlayout({ ...shared, turns: this.#turns }, nowMs);
    this.#media = new MediaPresence(shared);
    this.#life = this.#openLife(shared);
    this.#initial = new InitialSession(session, events);
    this.#sequencer = new ResponseSequencer({
      ...shared,
      send: (text) => this.#sendCreate(text),
      hasResults: () => this.#tools?.hasResults !== false,
    });
    this.#pacing = clientPacing(options, this.#relay, this.#responses);
    const conversation = {
      ...shared,
      sequencer: this.#sequencer,
      playout: this.#playout,
      pacing: this.#pacing,
    };
    this.#tools = toolDesk(options.tools, conversation);
    this.#server = new ServerEvents({ ...conversation, tools: this.#tools });
    this.#limits = this.#watchLimits(shared, nowMs);
    this.#move = new SessionMove({ ...conversation, life: this.#life, limits: this.#limits });
    this.#door = this.#openDoor(conversation);
    this.#seeding = this.#restore({ ...conversation, tools: options.tools }, nowMs);
    this.#due = new DueWork({
      ...conversation,
      life: this.#life,
      turns: this.#turns,
      turnEnds: this.#turnEnds,
      early: this.#early,
      tools: this.#tools,
      limits: this.#limits,
      move: this.#move,
    });
  }

  #ended(atMs: MonotonicMs): void {
    this.#tools?.end(atMs);
    this.#limits.end(atMs);
    this.#tellTurns(this.#timeline?.close());
  }

  /** True while the session has audio for the next media slot. */
  get wantsSlots(): boolean {
    return this.#life.state === 'live' && this.#media.isHere && this.#isPlaying;
  }

  get #isPlaying(): boolean {
    return this.#playout.output.wantsSlots || this.#pacing?.isWaiting === true;
  }

  /** True while there is audio that may take the slot that is on, if that has had no frame yet. */
  get wantsSlotNow(): boolean {
    return this.#life.state === 'live' && this.#media.isHere && this.#playout.output.wantsSlotNow;
  }

  /** Whether slots and deadline may be wanted otherwise than when this was asked last. */
  takeMoved(): boolean {
    const hasMoved = this.#hasMoved || this.#deadlines.hasChanged;
    this.#hasMoved = false;
    return hasMoved;
  }

  /** What has happened so far; undefined if nothing is recorded. */
  get timeline(): TimelineSnapshot | undefined {
    return this.#timeline?.snapshot();
  }

  /** What happened to responses since then (ms since the session opened), oldest first; nothing if it isn't recorded. */
  responsesSince(atMs: number): readonly ResponseEntry[] {
    return this.#timeline?.responsesSince(atMs) ?? [];
  }

  /** True when the timeline wants to know how the client's media does. */
  get wantsNetworkSample(): boolean {
    return this.#timeline?.wantsSample === true;
  }

  /** True from when the conversation is stopped to be handed over, until the session has ended. */
  get isMoving(): boolean {
    return this.#move.hasBegun;
  }

  handle(input: SessionInput, nowMs: MonotonicMs): void {
    if (this.#life.state === 'closed') return;
    this.#timeline?.took(input, nowMs);
    this.#playout.clock(nowMs);
    this.#take(input, nowMs);
    // Audio that is handed on as it came moves nothing but the limits.
    if (input.type === 'controller.append' && this.#limits.takesInput) return;
    this.#hasMoved = true;
    if (this.#life.state === 'live') this.#tellTurns(this.#timeline?.settle());
    this.#turns.follow(this.#playout.output.playingResponseId, nowMs);
    this.#followWork(nowMs);
    this.#limits.follow(nowMs);
  }

  poll(): SessionEffect | undefined {
    return this.#outbox.poll();
  }

  deadline(): Deadline<SessionDeadlineReason> | undefined {
    const next = sooner(this.#deadlines.next(), this.#turns.deadline);
    return this.#life.state === 'live' ? sooner(next, this.#timeline?.deadline) : next;
  }

  describe(): Description {
    return {
      state: this.#life.state,
      closeReason: this.#life.closeReason,
      isUpstreamReady: this.#isUpstreamReady,
      isMediaHere: this.#media.isHere,
      mediaAbsences: this.#media.absences,
      inputReceivedMs: this.#input.receivedMs,
      inputDroppedMs: this.#input.droppedMs,
      inputSilencedMs: this.#input.silencedMs,
      inputUndecidedMs: this.#input.undecidedMs,
      ...this.#playout.describe(),
      lateDeltas: this.#responses.lateDeltas,
      responsesWaiting: this.#sequencer.queuedCount,
      ...this.#turnEnds.describe(),
      ...this.#early.describe(),
      ...this.#turns.describe(),
      ...this.#pacing?.describe(),
      ...this.#tools?.describe(),
      ...this.#limits.describe(),
      ...this.#relay.counters,
      ...this.#door.describe(),
    };
  }

  #inputAudio(): InputAudio {
    const silence = (pcm: Int16Array): void => this.#turns.silence(pcm);
    return new InputAudio(this.#outbox, this.#deadlines, { silence, ...this.#options });
  }

  #turnTaking(shared: Pick<TurnTakingParts, 'outbox' | 'relay'>): TurnTaking {
    return new TurnTaking({
      ...shared,
      policy: this.#options.turnTaking,
      cut: (trigger, atMs) => this.#playout.interruption.cut(trigger, atMs),
      isInterruptible: () => this.#playout.interruption.isOnSpeech,
    });
  }

  #earlyAudio({ clientPolicy }: Audience): EarlyAudio {
    const { audio, expectsEarlyAudio } = this.#options;
    return new EarlyAudio({
      deadlines: this.#deadlines,
      isExpected:
        audio === 'media' &&
        expectsEarlyAudio &&
        clientPolicy.allowsClientType('prism.input.early'),
      emit: (pcm, atMs) => this.#passAudio(pcm, 'pass', atMs),
      mute: (pcm) => this.#turns.muteEarly(pcm),
    });
  }

  #openDoor(
    conversation: Omit<
      ControllerDoorParts,
      'turns' | 'turnEnds' | 'media' | 'early' | 'tools' | 'move' | 'hold'
    >,
  ): ControllerDoor {
    const { output } = this.#playout;
    return new ControllerDoor({
      ...conversation,
      turns: this.#turns,
      turnEnds: this.#turnEnds,
      media: this.#media,
      early: this.#early,
      tools: this.#tools,
      move: this.#move,
      hold: new OutputHold({ ...conversation, output }),
    });
  }

  /** Goes on with the conversation from another process, if there is one. */
  #restore(parts: SeedingParts, nowMs: MonotonicMs): Seeding | undefined {
    const { restored } = this.#options;
    if (restored === undefined) return undefined;
    this.#playout.restore(restored, nowMs);
    return new Seeding(restored, parts);
  }

  #openLife(shared: Omit<SessionLifeParts, 'playout' | 'ended'>): SessionLife {
    return new SessionLife({
      ...shared,
      playout: this.#playout,
      ended: (atMs) => this.#ended(atMs),
    });
  }

  #watchLimits(
    shared: Pick<
      LimitWatchParts,
      'outbox' | 'relay' | 'events' | 'options' | 'deadlines' | 'responses'
    >,
    nowMs: MonotonicMs,
  ): LimitWatch {
    return new LimitWatch(
      {
        ...shared,
        sequencer: this.#sequencer,
        interruption: this.#playout.interruption,
        isLive: () => this.#life.state === 'live',
        isPlaying: () => this.#isPlaying,
        end: (reason, atMs) => this.#life.end(reason, atMs),
      },
      nowMs,
    );
  }

  #take(input: SessionInput, nowMs: MonotonicMs): void {
    // What comes between the record and the end would be in nobody's conversation.
    if (this.#move.isRecorded && isOfUpstream(input)) return;
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
        if (this.#media.isKept) return this.#mediaLost(nowMs);
        return this.#life.end('client_closed', nowMs);
      case 'upstream.audio':
        if (this.#life.state === 'lingering') return;
        this.#limits.said(input.source.responseId, input.pcm.length, nowMs);
        return this.#playout.receive(input.source, input.pcm);
      case 'upstream.delta':
        this.#limits.relayed(input, nowMs);
        return this.#server.delta(input.bytes, input.measured, nowMs);
      case 'upstream.event':
        return this.#upstreamEvent(input.decoded, input.text, nowMs);
      case 'upstream.ready':
        return this.#upstreamReady(nowMs);
      case 'tool.result':
        return this.#tools?.result(input.callId, input.outcome, nowMs);
      case 'upstream.failed':
        this.#pacing?.flush();
        return this.#life.upstreamFailed(input, nowMs);
      case 'network.sample':
      case 'setup.step':
        return;
      case 'drain.announced':
        return this.#move.announce(input.leftMs);
      case 'drain.over':
        return this.#move.begin('server', nowMs);
      case 'handover.done':
        return this.#move.done(input.isKept, nowMs);
      case 'budget.news':
        return this.#life.state === 'lingering' ? undefined : this.#limits.news(input.news, nowMs);
      case 'deadline':
        return this.#due.elapse(nowMs);
      case 'close':
        this.#pacing?.flush();
        return this.#life.closeAsked(input.reason, nowMs);
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
    if (this.#life.state === 'lingering' || this.#limits.refuses(input, nowMs)) return;
    if (this.#move.refuses(input)) return;
    this.#door.take(input, nowMs);
  }

  #sendCreate(text: string): void {
    // The model must know what was heard before it answers.
    this.#playout.truncations.flush();
    this.#limits.requested();
    this.#relay.toUpstream(text);
  }

  #tellTurns(turns: readonly TurnMeasured[] = []): void {
    for (const turn of turns) {
      this.#outbox.report({ type: 'turn.measured', turn });
      // The next process doesn't know it, and so not what a client that had it last has missed.
      if (this.#move.isRecorded) continue;
      this.#relay.toPrismAware('prism.turn.latency', turnFields(turn));
    }
  }

  #followWork(nowMs: MonotonicMs): void {
    if (this.#life.state === 'closed') return;
    if (this.#life.state !== 'lingering') this.#tools?.follow(nowMs);
    this.#move.follow(nowMs);
    followWaits(this.#sequencer, this.#deadlines, nowMs);
  }

  #open(nowMs: MonotonicMs): void {
    this.#deadlines.set('upstream.connect', after(nowMs, this.#options.upstreamConnectTimeoutMs));
    this.#media.opened(nowMs);
    this.#outbox.push({ type: 'upstream.dial' });
  }

  #receiveAudio(pcm: Int16Array, nowMs: MonotonicMs): void {
    if (this.#life.state === 'lingering' || !this.#limits.takesInput || this.#move.hasBegun) return;
    const decision = this.#turns.hear(pcm, nowMs);
    if (this.#early.isHolding) this.#early.hold(pcm, nowMs);
    else this.#passAudio(pcm, decision, nowMs);
  }

  #passAudio(pcm: Int16Array, decision: HoldDecision, nowMs: MonotonicMs): void {
    if (this.#life.state === 'lingering' || !this.#limits.takesInput || this.#move.hasBegun) return;
    this.#limits.heard(pcm.length, nowMs);
    this.#input.decide(decision);
    this.#turnEnds.receive(pcm, nowMs);
    this.#input.watch(nowMs);
  }

  #slot(stamp: SlotStamp | undefined, nowMs: MonotonicMs): void {
    if (!this.wantsSlots) return;
    this.#pacing?.advance(nowMs);
    this.#playout.slot(stamp, nowMs);
  }

  #upstreamEvent(decoded: DecodedServerEvent, text: string, nowMs: MonotonicMs): void {
    if (decoded.kind === 'garbage') {
      this.#outbox.report({ type: 'upstream.garbage', reason: decoded.reason });
      return;
    }
    const initial = this.#initial.observe(decoded);
    switch (initial.type) {
      case 'keep':
        if (initial.send !== undefined) this.#relay.toUpstream(initial.send);
        return;
      case 'refused':
        return this.#life.upstreamFailed(
          { reason: 'session_refused', error: initial.error },
          nowMs,
        );
      case 'configured':
        // A client that goes on with a conversation has its session.
        if (this.#seeding === undefined) this.#tell(initial.decoded, initial.created, nowMs);
        else this.#follow(initial.decoded.event, nowMs);
        return this.#beginConversation(nowMs);
      case 'pass':
        if (this.#seeding?.keeps(decoded.event) === true) return;
        return this.#tell(decoded, text, nowMs);
      default:
        return assertNever(initial, 'initial verdict');
    }
  }

  /** Tells the controllers, and follows what the event says. */
  #tell(decoded: ServerEventToTell, text: string, nowMs: MonotonicMs): void {
    if (!this.#server.tell(decoded, text, nowMs)) return this.#life.end('backlog_overflow', nowMs);
    if (decoded.kind !== 'known') return this.#tools?.observeOther(decoded.event);
    this.#follow(decoded.event, nowMs);
  }

  #follow(event: KnownServerEvent, nowMs: MonotonicMs): void {
    this.#playout.observe(event, nowMs);
    this.#server.follow(event, nowMs);
    this.#move.observe(event);
    this.#limits.observe(event, nowMs);
  }

  #upstreamReady(nowMs: MonotonicMs): void {
    if (this.#life.state !== 'opening') return;
    this.#isUpstreamReady = true;
    this.#outbox.report({ type: 'upstream.ready', waitedMs: nowMs - this.#openedAtMs });
    if (this.#initial.isOver) this.#beginConversation(nowMs);
  }

  /** The upstream is there, and configured: what waited for it goes. */
  #beginConversation(nowMs: MonotonicMs): void {
    this.#deadlines.clear('upstream.connect');
    this.#seeding?.begin();
    this.#relay.release();
    this.#input.upstreamReady();
    this.#becomeLiveWhenReady(nowMs);
  }

  #mediaConnected(nowMs: MonotonicMs): void {
    if (this.#life.state === 'lingering' || !this.#media.connected(nowMs)) return;
    this.#outbox.report({ type: 'media.connected', waitedMs: nowMs - this.#openedAtMs });
    this.#becomeLiveWhenReady(nowMs);
  }

  #mediaLost(nowMs: MonotonicMs): void {
    if (this.#life.state === 'lingering') return this.#life.end('media_lost', nowMs);
    this.#early.release(nowMs);
    const reason = this.#media.lost(nowMs);
    if (reason !== undefined) this.#life.end(reason, nowMs);
  }

  #mediaReplaced(isChannelComing: boolean, nowMs: MonotonicMs): void {
    if (this.#life.state === 'lingering') return;
    this.#early.replaced(nowMs);
    this.#media.replaced(isChannelComing, nowMs);
  }

  #becomeLiveWhenReady(nowMs: MonotonicMs): void {
    if (!this.#isUpstreamReady || !this.#initial.isOver || !this.#media.hasConnected) return;
    this.#life.partsReady();
    this.#outbox.report({ type: 'session.ready', waitedMs: nowMs - this.#openedAtMs });
  }

  #controllerOpened(
    opened: Extract<SessionInput, { readonly type: 'controller.opened' }>,
    nowMs: MonotonicMs,
  ): void {
    this.#relay.controllerOpened(opened);
    this.#life.controllerOpened(nowMs);
  }

  /** With media, a client may close its channel and talk on; a Realtime WebSocket is all there is of its client. */
  #controllerClosed(controllerId: ControllerId, nowMs: MonotonicMs): void {
    const role = this.#relay.controllerClosed(controllerId);
    if (role === 'client' && this.#options.audio === 'socket')
      this.#life.end('client_closed', nowMs);
  }
}

function isOfUpstream({ type }: SessionInput): boolean {
  return type.startsWith('upstream.') || type === 'tool.result';
}
