import type { ControllerId, KnownServerEvent } from '@prism/protocol';
import type { ConversationRecord } from '../handover/conversation-record.ts';
import { after, type MonotonicMs } from '../time/clock.ts';
import type { DeadlineTable } from '../time/deadline-table.ts';
import type { AnswerPlayout } from './answer-playout.ts';
import type { EventMaker } from './event-maker.ts';
import type { EventRelay } from './event-relay.ts';
import type { LimitWatch } from './limit-watch.ts';
import type { Outbox } from './outbox.ts';
import type { ResponseSequencer } from './response-sequencer.ts';
import type { ResponseTracker } from './response-tracker.ts';
import type { OwnDeadlineReason, SessionInput, SessionOptions } from './session-contract.ts';
import type { SessionLife } from './session-life.ts';
import type { SessionSettings } from './session-settings.ts';

type ControllerInput = Extract<SessionInput, { readonly controllerId: ControllerId }>;

/** How long an answer that is stopped, and the user's words, may take to be known as they are. */
const SETTLE_MS = 1_000;
/** How long a record may take to be kept. */
const KEEP_MS = 2_000;

export interface SessionMoveParts {
  readonly options: Pick<SessionOptions, 'audio' | 'canMove'>;
  readonly outbox: Outbox;
  readonly events: EventMaker;
  readonly relay: EventRelay;
  readonly playout: AnswerPlayout;
  readonly responses: ResponseTracker;
  readonly sequencer: ResponseSequencer;
  readonly settings: SessionSettings;
  readonly limits: LimitWatch;
  readonly life: SessionLife;
  readonly deadlines: DeadlineTable<OwnDeadlineReason>;
}

/**
 * A session on its way to another process: whatever is being said is stopped as an interruption stops it, what was said
 * settles, and the conversation is handed over as a record. Then the session ends.
 */
export class SessionMove {
  readonly #parts: SessionMoveParts;
  #state: 'none' | 'settling' | 'keeping' | 'over' = 'none';
  #by: 'client' | 'server' = 'server';
  #beganAtMs = 0 as MonotonicMs;
  #isAnswerDue = false;
  #isUserSpeaking = false;

  constructor(parts: SessionMoveParts) {
    this.#parts = parts;
  }

  /** Whether nothing new begins any more: neither audio nor events of anybody are taken. */
  get hasBegun(): boolean {
    return this.#state !== 'none';
  }

  /** Whether the record is made: what comes now would be in nobody's conversation. */
  get isRecorded(): boolean {
    return this.#state === 'keeping' || this.#state === 'over';
  }

  /** The server goes down in so many ms. */
  announce(leftMs: number): void {
    const fields = { deadline_ms: Math.round(leftMs), can_move: this.#canMove };
    this.#parts.relay.toPrismAware('prism.server.draining', fields);
  }

  /** Whether what a controller sends comes too late to be in the conversation; an event is answered then. */
  refuses(input: ControllerInput): boolean {
    if (this.#state === 'none') return false;
    if (input.type === 'controller.append') return true;
    if (input.type !== 'controller.event' && input.type !== 'controller.opaque') return false;
    // Who asked sends again what wasn't acknowledged, to the next process.
    if (this.#by === 'client') return true;
    const { outbox, events } = this.#parts;
    const { event_id: eventId } = input.event;
    const message = 'The conversation moves to another server; send it again there.';
    const clientEventId = typeof eventId === 'string' ? eventId : undefined;
    const text = events.error({ code: 'server_draining', message }, clientEventId);
    outbox.toController(input.controllerId, text);
    outbox.report({ type: 'controller.event_refused', code: 'server_draining' });
    return true;
  }

  observe(event: KnownServerEvent): void {
    if (event.type === 'input_audio_buffer.speech_started') this.#isUserSpeaking = true;
    if (event.type === 'input_audio_buffer.speech_stopped') this.#isUserSpeaking = false;
    if (event.type === 'input_audio_buffer.committed') this.#isUserSpeaking = false;
  }

  /** The client is ready to come back elsewhere, or the server waits no longer. */
  begin(by: 'client' | 'server', nowMs: MonotonicMs): void {
    const { life, deadlines, outbox, events } = this.#parts;
    if (this.#state !== 'none') return;
    if (life.state !== 'live' || this.#parts.options.audio !== 'media') {
      if (by === 'server') life.closeAsked('server_draining', nowMs);
      return;
    }
    this.#state = 'settling';
    this.#by = by;
    this.#beganAtMs = nowMs;
    deadlines.set('move.settle', after(nowMs, SETTLE_MS));
    // What was begun to be said becomes a turn of its own, whose words are awaited.
    if (this.#isUserSpeaking) outbox.push({ type: 'upstream.send', text: events.commitInput() });
    this.#isAnswerDue ||= this.#parts.sequencer.isAnswerAwaited;
    this.#stop(nowMs);
  }

  /** After every input: answers that have begun meanwhile are stopped; when all is settled, it is handed over. */
  follow(nowMs: MonotonicMs): void {
    if (this.#state !== 'settling') return;
    this.#stop(nowMs);
    const { responses, playout, life } = this.#parts;
    if (life.state !== 'live') {
      this.#state = 'over';
      return;
    }
    const isStopped = responses.stoppable(playout.ledger.responseIds).length === 0;
    if (isStopped && !playout.isUnsettled && !this.#isUserSpeaking) this.#handOver(nowMs);
  }

  /** It has taken long enough. */
  elapse(nowMs: MonotonicMs): void {
    if (this.#state === 'settling') this.#handOver(nowMs);
    else if (this.#state === 'keeping') this.done(false, nowMs);
  }

  /** The record is kept, or could not be. */
  done(isKept: boolean, nowMs: MonotonicMs): void {
    if (this.#state !== 'keeping') return;
    this.#state = 'over';
    const { relay, life, playout, deadlines } = this.#parts;
    deadlines.clear('move.settle');
    playout.isContinued = isKept;
    relay.toPrismAware('prism.session.moved', { is_kept: isKept });
    // Who asked knows why it ends.
    if (this.#by === 'client') life.end('server_draining', nowMs);
    else life.closeAsked('server_draining', nowMs);
  }

  get #canMove(): boolean {
    const { audio, canMove } = this.#parts.options;
    return audio === 'media' && canMove === true;
  }

  #stop(nowMs: MonotonicMs): void {
    const { responses, playout } = this.#parts;
    const isGenerating = responses
      .stoppable(playout.ledger.responseIds)
      .some((id) => !responses.isCancelRequested(id));
    const isPlaying = playout.output.playingResponseId !== undefined || playout.output.hasAudio;
    if (!isGenerating && !isPlaying) return;
    this.#isAnswerDue = true;
    playout.interruption.cut('move', nowMs);
  }

  #handOver(nowMs: MonotonicMs): void {
    const { outbox, deadlines } = this.#parts;
    const record = this.#canMove ? this.#record(nowMs) : undefined;
    this.#state = 'keeping';
    if (record === undefined) return this.done(false, nowMs);
    deadlines.set('move.settle', after(nowMs, KEEP_MS));
    const settledMs = nowMs - this.#beganAtMs;
    const { length: entryCount } = record.entries;
    outbox.report({ type: 'session.moved', by: this.#by, entryCount, settledMs });
    outbox.push({ type: 'handover', record });
  }

  #record(nowMs: MonotonicMs): ConversationRecord | undefined {
    const { playout, relay, settings, limits } = this.#parts;
    const conversation = playout.record(nowMs);
    if (conversation === undefined) return undefined;
    return {
      version: 1,
      ...conversation,
      ...relay.record,
      config: settings.config,
      limits: limits.left(nowMs),
      isAnswerDue: this.#isAnswerDue,
    };
  }
}
