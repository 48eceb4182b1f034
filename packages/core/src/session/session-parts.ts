import type { IdSource } from '../ids/id-source.ts';
import type { MonotonicMs } from '../time/clock.ts';
import { DeadlineTable } from '../time/deadline-table.ts';
import { SessionTimeline } from '../timeline/session-timeline.ts';
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
import { Seeding, type SeedingParts } from './seeding.ts';
import { ServerEvents } from './server-events.ts';
import type { OwnDeadlineReason, SessionOptions } from './session-contract.ts';
import { initialFormats } from './session-formats.ts';
import { SessionLife, type SessionLifeParts } from './session-life.ts';
import { SessionMove } from './session-move.ts';
import { SessionSettings } from './session-settings.ts';
import { type ToolDesk, toolDesk } from './tool-desk.ts';
import { TurnEnds } from './turn-ends.ts';
import { TurnTaking, type TurnTakingParts } from './turn-taking.ts';

/** What the parts are made from, and what they ask of the session as a whole. */
export interface SessionPartsNeeds {
  readonly options: SessionOptions;
  readonly ids: IdSource;
  /** Hands audio of the client on that was held. */
  readonly passAudio: (pcm: Int16Array, decision: HoldDecision, atMs: MonotonicMs) => void;
  /** The session has ended: what is left is told. */
  readonly ended: (atMs: MonotonicMs) => void;
}

/** The parts of a session, each made with those that it works with. What comes in is handed to them by the session. */
export class SessionParts {
  readonly #options: SessionOptions;
  readonly #needs: SessionPartsNeeds;
  readonly timeline: SessionTimeline | undefined;
  readonly outbox = new Outbox((effect) => this.timeline?.gave(effect));
  readonly deadlines = new DeadlineTable<OwnDeadlineReason>();
  readonly relay: EventRelay;
  readonly input: InputAudio;
  readonly turns: TurnTaking;
  readonly turnEnds: TurnEnds;
  readonly early: EarlyAudio;
  readonly pacing: ClientPacing | undefined;
  readonly responses = new ResponseTracker();
  readonly media: MediaPresence;
  readonly playout: AnswerPlayout;
  readonly initial: InitialSession;
  readonly sequencer: ResponseSequencer;
  readonly tools: ToolDesk | undefined;
  readonly door: ControllerDoor;
  readonly server: ServerEvents;
  readonly life: SessionLife;
  readonly limits: LimitWatch;
  readonly move: SessionMove;
  readonly seeding: Seeding | undefined;
  readonly due: DueWork;

  constructor(needs: SessionPartsNeeds, nowMs: MonotonicMs) {
    const { options, ids } = needs;
    this.#needs = needs;
    this.#options = options;
    if (options.recordsTimeline) this.timeline = new SessionTimeline(nowMs);
    const events = new EventMaker(ids);
    const voices = { outbox: this.outbox, events, audience: new Audience(options) };
    this.relay = new EventRelay(voices, options);
    this.input = this.#inputAudio();
    const hasMedia = options.audio === 'media';
    const { session, formats } = initialFormats(
      sessionWithTools(options.initialSession, options.tools),
      hasMedia,
    );
    const shared = {
      ...voices,
      relay: this.relay,
      options,
      input: this.input,
      responses: this.responses,
      deadlines: this.deadlines,
      formats,
      hasMedia,
      settings: new SessionSettings(options.initialSession),
    };
    this.turns = this.#turnTaking(shared);
    this.turnEnds = new TurnEnds(this.relay, this.input, this.deadlines);
    this.early = this.#earlyAudio(voices.audience);
    this.playout = new AnswerPlayout({ ...shared, turns: this.turns }, nowMs);
    this.media = new MediaPresence(shared);
    this.life = this.#openLife(shared);
    this.initial = new InitialSession(session, events);
    this.sequencer = new ResponseSequencer({
      ...shared,
      send: (text) => this.#sendCreate(text),
      hasResults: () => this.tools?.hasResults !== false,
    });
    this.pacing = clientPacing(options, this.relay, this.responses);
    const conversation = {
      ...shared,
      sequencer: this.sequencer,
      playout: this.playout,
      pacing: this.pacing,
    };
    this.tools = toolDesk(options.tools, conversation);
    this.server = new ServerEvents({ ...conversation, tools: this.tools });
    this.limits = this.#watchLimits(shared, nowMs);
    this.move = new SessionMove({ ...conversation, life: this.life, limits: this.limits });
    this.door = this.#openDoor(conversation);
    this.seeding = this.#restore({ ...conversation, tools: options.tools }, nowMs);
    this.due = new DueWork({
      ...conversation,
      life: this.life,
      turns: this.turns,
      turnEnds: this.turnEnds,
      early: this.early,
      tools: this.tools,
      limits: this.limits,
      move: this.move,
    });
  }

  /** True while an answer is played, or its events wait for their time. */
  get isPlaying(): boolean {
    return this.playout.output.wantsSlots || this.pacing?.isWaiting === true;
  }

  #sendCreate(text: string): void {
    // The model must know what was heard before it answers.
    this.playout.truncations.flush();
    this.limits.requested();
    this.relay.toUpstream(text);
  }

  #inputAudio(): InputAudio {
    const silence = (pcm: Int16Array): void => this.turns.silence(pcm);
    return new InputAudio(this.outbox, this.deadlines, { silence, ...this.#options });
  }

  #turnTaking(shared: Pick<TurnTakingParts, 'outbox' | 'relay'>): TurnTaking {
    return new TurnTaking({
      ...shared,
      policy: this.#options.turnTaking,
      cut: (trigger, atMs) => this.playout.interruption.cut(trigger, atMs),
      isInterruptible: () => this.playout.interruption.isOnSpeech,
    });
  }

  #earlyAudio({ clientPolicy }: Audience): EarlyAudio {
    const { audio, expectsEarlyAudio } = this.#options;
    return new EarlyAudio({
      deadlines: this.deadlines,
      isExpected:
        audio === 'media' &&
        expectsEarlyAudio &&
        clientPolicy.allowsClientType('prism.input.early'),
      emit: (pcm, atMs) => this.#needs.passAudio(pcm, 'pass', atMs),
      mute: (pcm) => this.turns.muteEarly(pcm),
    });
  }

  #openDoor(
    conversation: Omit<
      ControllerDoorParts,
      'turns' | 'turnEnds' | 'media' | 'early' | 'tools' | 'move' | 'hold'
    >,
  ): ControllerDoor {
    const { output } = this.playout;
    return new ControllerDoor({
      ...conversation,
      turns: this.turns,
      turnEnds: this.turnEnds,
      media: this.media,
      early: this.early,
      tools: this.tools,
      move: this.move,
      hold: new OutputHold({ ...conversation, output }),
    });
  }

  /** Goes on with the conversation from another process, if there is one. */
  #restore(parts: SeedingParts, nowMs: MonotonicMs): Seeding | undefined {
    const { restored } = this.#options;
    if (restored === undefined) return undefined;
    this.playout.restore(restored, nowMs);
    return new Seeding(restored, parts);
  }

  #openLife(shared: Omit<SessionLifeParts, 'playout' | 'ended'>): SessionLife {
    return new SessionLife({
      ...shared,
      playout: this.playout,
      ended: (atMs) => this.#needs.ended(atMs),
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
        sequencer: this.sequencer,
        interruption: this.playout.interruption,
        isLive: () => this.life.state === 'live',
        isPlaying: () => this.isPlaying,
        end: (reason, atMs) => this.life.end(reason, atMs),
      },
      nowMs,
    );
  }
}
