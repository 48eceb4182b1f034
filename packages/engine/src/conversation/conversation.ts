import type { Brain } from '../ports/brain.ts';
import type { ClientEvent, ClientEventOf } from '../wire/client-event.ts';
import { decodeClientEvent } from '../wire/decode-client-event.ts';
import type { SessionObject } from '../wire/session-object.ts';
import { invalidRequest, type WireError } from '../wire/wire-error.ts';
import type { Effect } from './effect.ts';
import { functionToolsOf } from './exchanges.ts';
import { Hearings } from './hearings.ts';
import type { IdSource } from './id-source.ts';
import { IdleTimer } from './idle-timer.ts';
import type { Deadline, Input } from './input.ts';
import { InputAudio } from './input-audio.ts';
import { ItemDesk } from './item-desk.ts';
import { Outbox } from './outbox.ts';
import type { Response } from './response.ts';
import { ResponseDesk } from './response-desk.ts';
import type { Responses } from './responses.ts';
import { applySessionUpdate } from './session-config.ts';
import { SessionState } from './session-state.ts';
import { spelledDuration } from './spelled-duration.ts';

/** How long a session may last, as at OpenAI. */
const SESSION_MS_MAX = 3_600_000;

export interface ConversationOptions {
  readonly session: SessionObject;
  readonly brain: Brain;
  readonly ids: IdSource;
  /** Whether ears and voice are there; without them the session works with text. */
  readonly canHear: boolean;
  readonly canSpeak: boolean;
  /** The clock at the time of `open`, and the wall time that it stands for. */
  readonly openedAt: { readonly nowMs: number; readonly wallMs: number };
  readonly utcOffsetMinutes: number;
  readonly sessionMsMax?: number | undefined;
  /** How many times faster than real time audio is sent; absent for as fast as it is made. */
  readonly outputPaceRatio?: number | undefined;
}

/** What {@link Conversation.describe} tells. Counts and lengths only; nothing that anybody said. */
export interface ConversationDescription {
  readonly sessionId: string;
  readonly sessionType: 'realtime' | 'transcription';
  readonly isClosed: boolean;
  readonly isUserSpeaking: boolean;
  readonly itemCount: number;
  readonly responseCount: number;
  readonly hearingCount: number;
  readonly reminderCount: number;
  readonly bufferedMs: number;
  readonly droppedMs: number;
  readonly forgottenAudioCount: number;
  readonly deadline: Deadline | undefined;
}

/**
 * One Realtime session: client events and audio in, server events out (OpenAI Realtime GA, WebSocket). It does
 * nothing by itself: every input comes with the time, and what it wants done is taken with {@link poll}.
 */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #outbox: Outbox;
  readonly #session: SessionState;
  readonly #hearings: Hearings;
  readonly #desk: ItemDesk;
  readonly #audio: InputAudio;
  readonly #responses: ResponseDesk;
  readonly #idle = new IdleTimer();
  readonly #expiresAtMs: number;
  #playbackEndMs = 0;
  #isClosed = false;

  constructor(options: ConversationOptions) {
    this.#options = options;
    const { ids, canHear } = options;
    const outbox = new Outbox(ids);
    const session = new SessionState(options.session);
    const hearings = new Hearings({
      outbox,
      canHear,
      transcription: () => session.transcription,
    });
    const desk = new ItemDesk({ outbox, ids, session, hearings });
    this.#outbox = outbox;
    this.#session = session;
    this.#hearings = hearings;
    this.#desk = desk;
    this.#audio = new InputAudio({
      outbox,
      ids,
      session,
      hearings,
      desk,
      canHear,
      onSpeechStarted: (nowMs) => this.#onSpeechStarted(nowMs),
      onTurnCommitted: (nowMs) => this.#onTurnCommitted(nowMs),
    });
    const { brain, canSpeak, openedAt, utcOffsetMinutes, outputPaceRatio } = options;
    this.#responses = new ResponseDesk({
      outbox,
      ids,
      session,
      hearings,
      desk,
      brain,
      canHear,
      canSpeak,
      wallMsAt: (nowMs) => openedAt.wallMs + (nowMs - openedAt.nowMs),
      utcOffsetMinutes,
      outputPaceRatio,
      onDone: (response, nowMs) => this.#onResponseDone(response, nowMs),
    });
    this.#expiresAtMs = options.openedAt.nowMs + (options.sessionMsMax ?? SESSION_MS_MAX);
  }

  /** Takes one input. Times never go back. */
  handle(input: Input, nowMs: number): void {
    if (this.#isClosed) {
      return;
    }
    this.#take(input, nowMs);
    this.#advance(nowMs);
  }

  /** The next thing to do, oldest first; `undefined` when there is nothing left. */
  poll(): Effect | undefined {
    return this.#outbox.poll();
  }

  /** When it wants to be given `time` next, and why. */
  deadline(): Deadline | undefined {
    if (this.#isClosed) {
      return undefined;
    }
    const candidates: readonly (readonly [Deadline['reason'], number | undefined])[] = [
      ['session_expiry', this.#expiresAtMs],
      ['idle_timeout', this.#idle.deadlineMs],
      ['hearing_overdue', this.#hearings.overdueMs],
      ['reminder_due', this.#reminderDeadlineMs],
      ['paced_output', this.#running.nextReleaseMs],
    ];
    return candidates.reduce<Deadline | undefined>((first, [reason, atMs]) => {
      if (atMs === undefined || (first !== undefined && first.atMs <= atMs)) {
        return first;
      }
      return { atMs, reason };
    }, undefined);
  }

  describe(): ConversationDescription {
    return {
      sessionId: this.#session.object.id,
      sessionType: this.#session.object.type,
      isClosed: this.#isClosed,
      isUserSpeaking: this.#audio.isSpeaking,
      itemCount: this.#desk.items.count,
      responseCount: this.#running.count,
      hearingCount: this.#hearings.count,
      reminderCount: this.#responses.reminderCount,
      ...this.#audio.describe(),
      forgottenAudioCount: this.#desk.forgottenAudioCount,
      deadline: this.deadline(),
    };
  }

  #take(input: Input, nowMs: number): void {
    switch (input.type) {
      case 'open':
        this.#tellGrammar();
        this.#outbox.send({ type: 'session.created', session: this.#session.object });
        return;
      case 'client_message':
        this.#onMessage(input.text, nowMs);
        return;
      case 'client_binary':
        this.#outbox.sendError(invalidRequest('invalid_event', 'Binary messages are not read.'));
        return;
      case 'ear_activity':
        this.#audio.activity(input.firstSample, input.speechProbabilities, nowMs);
        return;
      case 'ear_partial':
        this.#onPartial(input.utteranceId, input.text, nowMs);
        return;
      case 'ear_final':
        this.#hearings.final(input.utteranceId, input.hearing);
        return;
      case 'ear_failed':
        this.#hearings.failed(input.utteranceId);
        return;
      case 'voice_chunk':
        this.#session.hasAssistantAudio = true;
        this.#running.chunk(input.speechId, input.chunk, nowMs);
        return;
      case 'voice_finished':
        this.#running.finished(input.speechId, nowMs);
        return;
      case 'voice_failed':
        this.#running.failed(input.speechId, input.reason, nowMs);
        return;
      case 'time':
        return;
    }
  }

  /** Does what has become due or possible. */
  #advance(nowMs: number): void {
    if (nowMs >= this.#expiresAtMs) {
      this.#expire();
      return;
    }
    this.#hearings.failOverdue(nowMs);
    this.#running.advance(nowMs);
    const silentSince = this.#idle.expire(nowMs, this.#audio.endSample);
    if (silentSince !== undefined) {
      this.#audio.commitSilence(silentSince);
      this.#startResponse(nowMs);
    }
    const reminderDeadlineMs = this.#reminderDeadlineMs;
    if (reminderDeadlineMs !== undefined && reminderDeadlineMs <= nowMs) {
      this.#responses.remind(nowMs);
    }
  }

  #expire(): void {
    const lengthMs = this.#options.sessionMsMax ?? SESSION_MS_MAX;
    const message = `Your session hit the maximum duration of ${spelledDuration(lengthMs)}.`;
    this.#outbox.sendError(invalidRequest('session_expired', message));
    this.#isClosed = true;
    this.#outbox.push({ type: 'close', code: 1001, reason: message });
  }

  #onMessage(text: string, nowMs: number): void {
    const decoded = decodeClientEvent(text);
    if (!decoded.ok) {
      this.#outbox.sendError(decoded.error);
      return;
    }
    const error = this.#serve(decoded.event, nowMs);
    if (error !== undefined) {
      this.#outbox.sendError({ ...error, event_id: decoded.event.event_id ?? null });
    }
  }

  #serve(event: ClientEvent, nowMs: number): WireError | undefined {
    switch (event.type) {
      case 'session.update':
        return this.#updateSession(event);
      case 'input_audio_buffer.append':
        return this.#audio.append(event.audio);
      case 'input_audio_buffer.commit':
        return this.#audio.commit(nowMs);
      case 'input_audio_buffer.clear':
        this.#audio.clear();
        return undefined;
      case 'conversation.item.create':
        return this.#desk.create(event, nowMs);
      case 'conversation.item.retrieve':
        return this.#desk.retrieve(event.item_id);
      case 'conversation.item.delete':
        return this.#desk.delete(event.item_id);
      case 'conversation.item.truncate':
        return this.#truncate(event, nowMs);
      case 'response.create':
        return this.#createResponse(event, nowMs);
      case 'response.cancel':
        return this.#running.cancel(event.response_id, 'client_cancelled', nowMs);
      case 'output_audio_buffer.clear':
        return invalidRequest(
          'invalid_event',
          "'output_audio_buffer.clear' is for WebRTC and SIP; over WebSocket the client plays the audio.",
          'type',
        );
    }
  }

  #truncate(
    event: ClientEventOf<'conversation.item.truncate'>,
    nowMs: number,
  ): WireError | undefined {
    const error = this.#desk.truncate(event);
    if (error === undefined) {
      // A client truncates what it has stopped playing.
      this.#playbackEndMs = Math.min(this.#playbackEndMs, nowMs);
    }
    return error;
  }

  #updateSession(event: ClientEventOf<'session.update'>): WireError | undefined {
    const before = this.#session.object;
    const result = applySessionUpdate(before, event.session, {
      hasInputAudio: this.#audio.hasAudio,
      hasAssistantAudio: this.#session.hasAssistantAudio,
      canSpeak: this.#options.canSpeak,
    });
    if (!result.ok) {
      return result.error;
    }
    this.#session.object = result.session;
    this.#audio.reconfigure();
    if (event.session.type === 'realtime' && event.session.tools !== undefined) {
      this.#tellGrammar();
    }
    if (this.#idleTimeoutMs === undefined) {
      this.#idle.disarm();
    }
    this.#outbox.send({ type: 'session.updated', session: result.session });
    return undefined;
  }

  #tellGrammar(): void {
    if (this.#options.canHear) {
      const tools = functionToolsOf(this.#session.realtime?.tools ?? []);
      const grammar = this.#options.brain.grammarFor(tools);
      this.#outbox.push({ type: 'ear_grammar', grammar });
    }
  }

  #createResponse(event: ClientEventOf<'response.create'>, nowMs: number): WireError | undefined {
    const params = event.response ?? {};
    const error = this.#responses.create(params, nowMs);
    if (error === undefined && params.conversation !== 'none') {
      this.#idle.disarm();
    }
    return error;
  }

  /** Starts a response in the conversation, if none is in progress. */
  #startResponse(nowMs: number): void {
    if (this.#responses.start({}, nowMs) === undefined) {
      this.#idle.disarm();
    }
  }

  #onPartial(utteranceId: string, text: string, nowMs: number): void {
    this.#hearings.partial(utteranceId, text);
    const tools = functionToolsOf(this.#session.realtime?.tools ?? []);
    if (text === '') {
      this.#audio.setSentence(utteranceId, 'nothing');
    } else {
      const isWhole = this.#options.brain.isComplete(text, tools);
      this.#audio.setSentence(utteranceId, isWhole ? 'whole' : 'unfinished');
      if (isWhole && this.#audio.isPausing(utteranceId)) {
        this.#responses.announce(text, nowMs);
      }
    }
  }

  #onSpeechStarted(nowMs: number): void {
    this.#idle.disarm();
    this.#playbackEndMs = Math.min(this.#playbackEndMs, nowMs);
    if (this.#session.object.audio.input.turn_detection?.interrupt_response === true) {
      const { active } = this.#running;
      if (active !== undefined) {
        this.#running.cancel(active.id, 'turn_detected', nowMs);
      }
    }
  }

  #onTurnCommitted(nowMs: number): void {
    const { object } = this.#session;
    if (object.audio.input.turn_detection?.create_response === true) {
      // As documented, this fails silently while an uninterrupted response is still in progress.
      this.#startResponse(nowMs);
    }
  }

  #onResponseDone(response: Response, nowMs: number): void {
    this.#desk.keepBounds();
    if (response.plan.isOutOfBand) {
      return;
    }
    this.#playbackEndMs = Math.max(this.#playbackEndMs, nowMs + response.audioMs);
    const timeoutMs = this.#idleTimeoutMs;
    if (timeoutMs !== undefined && !this.#audio.isSpeaking) {
      this.#idle.arm(this.#playbackEndMs, timeoutMs);
    }
  }

  get #idleTimeoutMs(): number | undefined {
    const turnDetection = this.#session.realtime?.audio.input.turn_detection;
    return turnDetection?.type === 'server_vad'
      ? (turnDetection.idle_timeout_ms ?? undefined)
      : undefined;
  }

  get #running(): Responses {
    return this.#responses.responses;
  }

  /** When a reminder can be spoken; nothing while somebody speaks, as an input will end that. */
  get #reminderDeadlineMs(): number | undefined {
    const dueMs = this.#responses.nextReminderMs;
    if (dueMs === undefined || this.#running.active !== undefined || this.#audio.isSpeaking) {
      return undefined;
    }
    return Math.max(dueMs, this.#playbackEndMs);
  }
}
