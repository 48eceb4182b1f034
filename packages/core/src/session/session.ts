import type {
  ClientEvent,
  CloseReason,
  ControllerId,
  DecodedServerEvent,
  PrismErrorInfo,
} from '@prism/protocol';
import { assertNever } from '../errors/invariant.ts';
import type { IdSource } from '../ids/id-source.ts';
import type { Description, Machine } from '../machine/machine.ts';
import type { AudioSource } from '../playout/playout-queue.ts';
import { after, type MonotonicMs } from '../time/clock.ts';
import { type Deadline, DeadlineTable } from '../time/deadline-table.ts';
import { EventMaker } from './event-maker.ts';
import { EventRelay } from './event-relay.ts';
import { InputAudio } from './input-audio.ts';
import { Interruption } from './interruption.ts';
import { type LifecycleState, nextLifecycleState } from './lifecycle.ts';
import { Outbox } from './outbox.ts';
import { OutputAudio } from './output-audio.ts';
import { ResponseTracker } from './response-tracker.ts';
import type {
  SessionDeadlineReason,
  SessionEffect,
  SessionInput,
  SessionOptions,
} from './session-contract.ts';
import { withoutAudioFormats } from './session-formats.ts';

/** How long a client that can be told has to read the last events before its media is closed. */
const LINGER_MS = 1_000;

/**
 * One conversation: a media attachment, its controllers and one upstream.
 *
 * The facade: it keeps the lifecycle and hands every input to the part that decides. It owns no socket and no clock.
 */
export class Session implements Machine<SessionInput, SessionEffect, SessionDeadlineReason> {
  readonly #options: SessionOptions;
  readonly #outbox = new Outbox();
  readonly #deadlines = new DeadlineTable<SessionDeadlineReason>();
  readonly #events: EventMaker;
  readonly #relay: EventRelay;
  readonly #input: InputAudio;
  readonly #output: OutputAudio;
  readonly #responses = new ResponseTracker();
  readonly #interruption: Interruption;
  readonly #openedAtMs: MonotonicMs;
  #state: LifecycleState = 'opening';
  #closeReason: CloseReason | undefined;
  #isUpstreamReady = false;
  #isMediaConnected = false;
  #speechStoppedAtMs: MonotonicMs | undefined;

  constructor(options: SessionOptions, ids: IdSource, nowMs: MonotonicMs) {
    this.#options = options;
    this.#openedAtMs = nowMs;
    this.#events = new EventMaker(ids);
    this.#relay = new EventRelay(this.#outbox, this.#events, options.expectsController);
    this.#input = new InputAudio(this.#outbox, options.appendMs);
    this.#output = new OutputAudio(this.#outbox, this.#relay, this.#events);
    this.#interruption = new Interruption({
      outbox: this.#outbox,
      events: this.#events,
      output: this.#output,
      responses: this.#responses,
    });
  }

  /** True while the session has audio for the next media slot. */
  get wantsSlots(): boolean {
    return this.#state === 'live' && this.#output.wantsSlots;
  }

  handle(input: SessionInput, nowMs: MonotonicMs): void {
    if (this.#state === 'closed') return;
    switch (input.type) {
      case 'open':
        return this.#open(nowMs);
      case 'media.audio':
        return this.#receiveAudio(input.pcm);
      case 'media.slot':
        return this.#slot(nowMs);
      case 'upstream.audio':
        return this.#receiveAnswer(input.source, input.pcm);
      case 'upstream.event':
        return this.#upstreamEvent(input.decoded, input.text, nowMs);
      case 'upstream.ready':
        return this.#upstreamReady(nowMs);
      case 'upstream.failed':
        return this.#upstreamFailed(input.reason, input.error, nowMs);
      case 'media.connected':
        return this.#mediaConnected(nowMs);
      case 'media.lost':
        return this.#end('media_lost', nowMs);
      case 'controller.opened':
        return this.#controllerOpened(input.controllerId, nowMs);
      case 'controller.closed':
        return this.#relay.controllerClosed(input.controllerId);
      case 'controller.event':
        return this.#clientEvent(input.controllerId, input.event, input.text);
      case 'controller.refused':
        return this.#refuse(input.controllerId, input.error, input.clientEventId);
      case 'deadline':
        return this.#deadlinePassed(nowMs);
      case 'close':
        return this.#closeAsked(input.reason, nowMs);
      default:
        return assertNever(input, 'session input');
    }
  }

  poll(): SessionEffect | undefined {
    return this.#outbox.poll();
  }

  deadline(): Deadline<SessionDeadlineReason> | undefined {
    return this.#deadlines.next();
  }

  describe(): Description {
    return {
      state: this.#state,
      closeReason: this.#closeReason,
      isUpstreamReady: this.#isUpstreamReady,
      isMediaConnected: this.#isMediaConnected,
      inputReceivedMs: this.#input.receivedMs,
      inputDroppedMs: this.#input.droppedMs,
      answerQueuedMs: this.#output.queuedMs,
      answerFramesSent: this.#output.framesSent,
      answerUnderruns: this.#output.underruns,
      interruptions: this.#interruption.count,
      lateDeltas: this.#responses.lateDeltas,
      ...this.#relay.counters,
    };
  }

  #open(nowMs: MonotonicMs): void {
    this.#deadlines.set('upstream.connect', after(nowMs, this.#options.upstreamConnectTimeoutMs));
    this.#deadlines.set('media.connect', after(nowMs, this.#options.mediaConnectTimeoutMs));
    this.#outbox.push({ type: 'upstream.dial' });
  }

  #receiveAudio(pcm: Int16Array): void {
    if (this.#state !== 'lingering') this.#input.receive(pcm);
  }

  #slot(nowMs: MonotonicMs): void {
    if (this.#state !== 'live') return;
    const startedId = this.#output.slot();
    if (startedId === undefined) return;
    const sinceSpeechStoppedMs =
      this.#speechStoppedAtMs === undefined ? undefined : nowMs - this.#speechStoppedAtMs;
    this.#speechStoppedAtMs = undefined;
    this.#outbox.report({ type: 'answer.started', responseId: startedId, sinceSpeechStoppedMs });
  }

  #receiveAnswer(source: AudioSource, pcm: Int16Array): void {
    if (this.#state === 'lingering' || !this.#responses.admitsAudio(source.responseId)) return;
    this.#output.push(source, pcm);
  }

  #upstreamEvent(decoded: DecodedServerEvent, text: string, nowMs: MonotonicMs): void {
    if (decoded.kind === 'garbage') {
      this.#outbox.report({ type: 'upstream.garbage', reason: decoded.reason });
      return;
    }
    if (!this.#relay.toControllers(text)) return this.#end('backlog_overflow', nowMs);
    if (decoded.kind !== 'known') return;
    const { event } = decoded;
    this.#responses.observe(event);
    this.#interruption.observe(event);
    if (event.type === 'response.done') this.#output.complete(event.response.id);
    else if (event.type === 'input_audio_buffer.speech_stopped') this.#speechStoppedAtMs = nowMs;
    else if (event.type === 'error') {
      this.#outbox.report({
        type: 'upstream.error_event',
        code: event.error.code ?? event.error.type,
      });
    }
  }

  #upstreamReady(nowMs: MonotonicMs): void {
    if (this.#state !== 'opening') return;
    this.#isUpstreamReady = true;
    this.#deadlines.clear('upstream.connect');
    this.#outbox.report({ type: 'upstream.ready', waitedMs: nowMs - this.#openedAtMs });
    this.#relay.upstreamReady();
    this.#input.upstreamReady();
    this.#becomeLiveWhenReady();
  }

  #mediaConnected(nowMs: MonotonicMs): void {
    if (this.#state !== 'opening') return;
    this.#isMediaConnected = true;
    this.#deadlines.clear('media.connect');
    this.#outbox.report({ type: 'media.connected', waitedMs: nowMs - this.#openedAtMs });
    this.#becomeLiveWhenReady();
  }

  #becomeLiveWhenReady(): void {
    if (this.#isUpstreamReady && this.#isMediaConnected)
      this.#state = nextLifecycleState(this.#state, 'parts_ready');
  }

  #controllerOpened(controllerId: ControllerId, nowMs: MonotonicMs): void {
    this.#relay.controllerOpened(controllerId);
    if (this.#state === 'lingering') this.#deadlines.set('closing.linger', after(nowMs, LINGER_MS));
  }

  #clientEvent(controllerId: ControllerId, event: ClientEvent, text: string): void {
    if (this.#state === 'lingering') return;
    switch (event.type) {
      case 'output_audio_buffer.clear':
        // Prism owns playout: the upstream's WebSocket has no output buffer to clear.
        return this.#interruption.cut('client_clear');
      case 'response.cancel':
        this.#relay.toUpstream(controllerId, event, text);
        this.#responses.cancelRequested(event.response_id);
        return this.#interruption.cut('client_cancel');
      case 'session.update':
        return this.#relay.toUpstream(controllerId, event, withoutAudioFormats(event, text));
      case 'input_audio_buffer.commit':
      case 'input_audio_buffer.clear':
        this.#input.flush();
        return this.#relay.toUpstream(controllerId, event, text);
      default:
        return this.#relay.toUpstream(controllerId, event, text);
    }
  }

  #refuse(
    controllerId: ControllerId,
    error: PrismErrorInfo,
    clientEventId: string | undefined,
  ): void {
    this.#outbox.toController(controllerId, this.#events.error(error, clientEventId));
    this.#outbox.report({ type: 'controller.event_refused', code: error.code });
  }

  #upstreamFailed(reason: CloseReason, error: PrismErrorInfo, nowMs: MonotonicMs): void {
    if (this.#state === 'lingering') return;
    this.#outbox.report({ type: 'upstream.failed', code: error.code, message: error.message });
    this.#relay.toControllers(this.#events.error(error, undefined));
    this.#end(reason, nowMs);
  }

  #closeAsked(reason: CloseReason, nowMs: MonotonicMs): void {
    if (reason === 'server_draining' && this.#state !== 'lingering') {
      const error = {
        code: 'server_draining',
        message: 'This call ends with the server.',
      } as const;
      this.#relay.toControllers(this.#events.error(error, undefined));
    }
    this.#end(reason, nowMs);
  }

  #deadlinePassed(nowMs: MonotonicMs): void {
    for (
      let due = this.#deadlines.takeDue(nowMs);
      due !== undefined;
      due = this.#deadlines.takeDue(nowMs)
    ) {
      switch (due) {
        case 'upstream.connect': {
          const message = `The upstream did not answer within ${this.#options.upstreamConnectTimeoutMs} ms.`;
          this.#upstreamFailed(
            'upstream_unreachable',
            { code: 'upstream_unreachable', message },
            nowMs,
          );
          break;
        }
        case 'media.connect':
          this.#end('media_never_connected', nowMs);
          break;
        case 'closing.linger':
          this.#close();
          return;
        default:
          assertNever(due, 'deadline');
      }
    }
  }

  /** Decides the end; the first reason wins. The upstream goes at once, the client when it has been told. */
  #end(reason: CloseReason, nowMs: MonotonicMs): void {
    if (this.#state === 'lingering') {
      // Nobody is left to be told.
      if (reason === 'media_lost' || reason === 'media_never_connected') this.#close();
      return;
    }
    this.#closeReason = reason;
    this.#state = nextLifecycleState(this.#state, 'end');
    this.#outbox.report({ type: 'closing', reason });
    this.#output.cut();
    this.#outbox.push({ type: 'upstream.close' });
    const isClientGone = reason === 'media_lost' || reason === 'media_never_connected';
    if (isClientGone || reason === 'client_hangup') return this.#close();
    this.#deadlines.clear('upstream.connect');
    if (!this.#relay.hasController && !this.#relay.isAwaitingController) return this.#close();
    // A channel that is still to come gets the time that media has to connect.
    const waitMs = this.#relay.hasController ? LINGER_MS : this.#options.mediaConnectTimeoutMs;
    this.#deadlines.set('closing.linger', after(nowMs, waitMs));
  }

  #close(): void {
    this.#state = 'closed';
    this.#deadlines.clearAll();
    this.#outbox.push({ type: 'media.close' });
    this.#outbox.push({ type: 'closed', reason: this.#closeReason ?? 'internal_error' });
  }
}
