import type { ClientEvent, KnownServerEvent, PrismClientEvent } from '@prism/protocol';
import { SAMPLES_PER_MS } from '../audio/pcm.ts';
import type { SessionEffect, SessionFact, SessionInput } from '../session/session-contract.ts';
import type { MonotonicMs } from '../time/clock.ts';
import type { Deadline } from '../time/deadline-table.ts';
import { ArrivalLine } from './arrival-line.ts';
import { EntryLog } from './entry-log.ts';
import type { SampledStats } from './network-sample.ts';
import { NetworkSampler } from './network-sampler.ts';
import type { SetupStep, SetupTimes } from './setup-parts.ts';
import type { ResponseEntry, TimelineEntry, TimelineFact } from './timeline-entry.ts';
import type { TurnMeasured } from './turn-measured.ts';
import { type SentFrame, TurnRecorder } from './turn-recorder.ts';

/** Turns remembered; of longer sessions the newest. */
export const TIMELINE_TURN_COUNT_MAX = 250;

/** A session's timeline so far. Times in ms since the session opened; what came before that is below zero. */
export interface TimelineSnapshot {
  readonly setup: SetupTimes;
  readonly turns: readonly TurnMeasured[];
  readonly entries: readonly TimelineEntry[];
  /** What was let go at a bound. */
  readonly turnsDropped: number;
  readonly entriesDropped: number;
  readonly samplesDropped: number;
}

type MutableSetup = { [Step in SetupStep]?: number };

/**
 * Records what happens in a session, by looking at what its machine takes in and gives out. Decides nothing.
 *
 * Bounded in entries, bytes and turns. What comes with every packet changes numbers and makes nothing.
 */
export class SessionTimeline {
  readonly #openedAtMs: MonotonicMs;
  readonly #setup: MutableSetup = {};
  readonly #log = new EntryLog();
  /** Since the session opened. An object, so that what comes with every packet hands no number on, which is garbage. */
  readonly #time = { nowMs: 0 };
  readonly #turns = new TurnRecorder(this.#time);
  readonly #arrivals = new ArrivalLine();
  readonly #network = new NetworkSampler();
  /** By number, oldest first. */
  readonly #measured = new Map<number, TurnMeasured>();
  #turnsDropped = 0;
  /** Audio that waits in the session on its way to the upstream, and since when. */
  #waitingSamples = 0;
  #waitingSinceMs = 0;
  #startedId: string | undefined;
  /** The frame that this input sent, if it sent one: one object for all. */
  readonly #frame: { -readonly [Name in keyof SentFrame]: SentFrame[Name] } = {
    ssrc: undefined,
    rtpTimestamp: 0,
    atMs: 0,
    pcm: new Int16Array(0),
  };
  #hasFrame = false;
  /** Steps that would be looked up with every packet. */
  #isHeard = false;
  #isSpoken = false;
  #deadline: Deadline<'turn.measure'> | undefined;

  constructor(openedAtMs: MonotonicMs) {
    this.#openedAtMs = openedAtMs;
  }

  /** Whether it is time for {@link sample}. */
  get wantsSample(): boolean {
    return this.#network.isDue;
  }

  /** When it is to {@link settle} although nothing comes in. */
  get deadline(): Deadline<'turn.measure'> | undefined {
    const atMs = (this.#openedAtMs + this.#turns.dueAtMs) as MonotonicMs;
    if (atMs === Number.POSITIVE_INFINITY) this.#deadline = undefined;
    else if (this.#deadline?.atMs !== atMs) this.#deadline = { atMs, reason: 'turn.measure' };
    return this.#deadline;
  }

  /** The session takes this in, at that time. */
  took(input: SessionInput, nowMs: MonotonicMs): void {
    this.#time.nowMs = nowMs - this.#openedAtMs;
    switch (input.type) {
      case 'media.audio':
        return this.#audioCame(input.pcm.length);
      case 'media.slot':
        this.#frame.ssrc = input.stamp?.ssrc;
        this.#frame.rtpTimestamp = input.stamp?.rtpTimestamp ?? 0;
        if (input.stamp?.rttMs !== undefined) this.#turns.rtt(input.stamp.rttMs);
        return;
      case 'setup.step':
        return this.#step(input.step, input.atMs);
      case 'media.connected':
        this.#network.begin(this.#time.nowMs);
        return this.#step('media.connected');
      case 'controller.opened':
        if (input.role === 'client') this.#step('channel.opened');
        return;
      case 'upstream.ready':
        return this.#step('upstream.opened');
      case 'upstream.audio':
        return this.#answerCame(input.source.responseId);
      case 'upstream.delta':
        return this.#turns.relayedAudioCame();
      case 'upstream.event':
        if (input.decoded.kind === 'known') this.#upstream(input.decoded.event);
        return;
      case 'controller.event':
        return this.#controller(input.event);
      case 'controller.prism':
        return this.#prism(input.event);
      case 'network.sample':
        return this.#sample(input.stats);
      default:
    }
  }

  /** The session wants this done, for what it took last. Effects are only valid during the call. */
  gave(effect: SessionEffect): void {
    switch (effect.type) {
      case 'media.frame':
        this.#frame.pcm = effect.pcm;
        this.#hasFrame = true;
        if (this.#isSpoken) return;
        this.#isSpoken = true;
        return this.#step('audio.sent');
      case 'upstream.append':
        return this.#appended(effect.pcm.length);
      case 'upstream.dial':
        return this.#step('upstream.dialed');
      case 'report':
        return this.#fact(effect.fact);
      default:
    }
  }

  /** The session is done with what it took last. Answers the turns that this has measured. */
  settle(): readonly TurnMeasured[] {
    if (this.#hasFrame) {
      this.#hasFrame = false;
      this.#frame.atMs = this.#time.nowMs;
      this.#turns.frameSent(this.#frame, this.#startedId);
      this.#startedId = undefined;
    }
    this.#turns.settle();
    return this.#takeMeasured();
  }

  /** The session is over. Answers the turns that were open. */
  close(): readonly TurnMeasured[] {
    this.#turns.close();
    return this.#takeMeasured();
  }

  snapshot(): TimelineSnapshot {
    return {
      setup: { ...this.#setup },
      turns: [...this.#measured.values()],
      entries: [...this.#log.entries],
      turnsDropped: this.#turnsDropped + this.#turns.turnsForgotten,
      entriesDropped: this.#log.entriesDropped,
      samplesDropped: this.#log.samplesDropped,
    };
  }

  /** What happened to responses since then (ms since the session opened), oldest first. */
  responsesSince(atMs: number): readonly ResponseEntry[] {
    return this.#log.responsesSince(atMs);
  }

  #takeMeasured(): readonly TurnMeasured[] {
    const measured = this.#turns.take();
    for (const turn of measured) this.#keep(turn);
    return measured;
  }

  #keep(turn: TurnMeasured): void {
    this.#measured.set(turn.turn, turn);
    if (this.#measured.size <= TIMELINE_TURN_COUNT_MAX) return;
    const oldest = this.#measured.keys().next();
    if (oldest.done !== true) this.#measured.delete(oldest.value);
    this.#turnsDropped += 1;
  }

  #audioCame(samples: number): void {
    const { nowMs } = this.#time;
    this.#arrivals.received(samples, nowMs);
    if (this.#waitingSamples === 0) this.#waitingSinceMs = nowMs;
    this.#waitingSamples += samples;
    this.#network.elapse(nowMs);
    if (this.#isHeard) return;
    this.#isHeard = true;
    this.#step('audio.received');
  }

  #appended(samples: number): void {
    this.#turns.inputWaited(this.#time.nowMs - this.#waitingSinceMs);
    this.#waitingSamples = Math.max(0, this.#waitingSamples - samples);
    this.#waitingSinceMs = this.#time.nowMs;
  }

  #answerCame(responseId: string): void {
    if (!this.#turns.audioCame(responseId, this.#time.nowMs)) return;
    this.#add({ type: 'response', what: 'audio', responseId, status: undefined });
  }

  #step(step: SetupStep, atMs?: MonotonicMs): void {
    if (this.#setup[step] !== undefined) return;
    const stepMs = atMs === undefined ? this.#time.nowMs : atMs - this.#openedAtMs;
    this.#setup[step] = stepMs;
    this.#log.add({ atMs: stepMs, type: 'setup', step });
  }

  #upstream(event: KnownServerEvent): void {
    const nowMs = this.#time.nowMs;
    switch (event.type) {
      case 'session.created':
        return this.#step('session.created');
      case 'input_audio_buffer.speech_started':
        this.#turns.upstreamSpeech(nowMs);
        return this.#speech('upstream', true);
      case 'input_audio_buffer.speech_stopped':
        this.#turns.turnDetected('speech', nowMs);
        return this.#speech('upstream', false);
      case 'input_audio_buffer.committed':
        return this.#add({ type: 'turn', what: 'committed' });
      case 'response.created': {
        const { id: responseId, status } = event.response;
        this.#turns.responseCreated(responseId, nowMs);
        return this.#add({ type: 'response', what: 'created', responseId, status });
      }
      case 'response.done': {
        const { id: responseId, status, output } = event.response;
        const hasCalls = output?.some(({ type }) => type === 'function_call') === true;
        const how = hasCalls ? 'calls' : status === 'completed' ? 'completed' : 'cancelled';
        this.#turns.responseDone(responseId, how, nowMs);
        return this.#add({ type: 'response', what: 'done', responseId, status });
      }
      default:
    }
  }

  #controller(event: ClientEvent): void {
    if (event.type === 'input_audio_buffer.commit') {
      this.#turns.turnDetected('commit', this.#time.nowMs);
      this.#add({ type: 'turn', what: 'commit' });
    } else if (event.type === 'response.create') {
      this.#turns.turnDetected('request', this.#time.nowMs);
      this.#add({ type: 'turn', what: 'request' });
    }
  }

  #prism(event: PrismClientEvent): void {
    if (event.type === 'prism.playout.report') this.#turns.reported(event, this.#time.nowMs);
    else if (event.type === 'prism.tool.confirm')
      this.#add({ type: 'tool', what: event.approved ? 'approved' : 'declined' });
  }

  #sample(stats: SampledStats): void {
    if (stats.rttMs !== undefined) this.#turns.rtt(stats.rttMs);
    this.#add({ type: 'network', sample: this.#network.sample(stats, this.#time.nowMs) });
  }

  #fact(fact: SessionFact): void {
    switch (fact.type) {
      case 'transcript.final':
      case 'turn.measured':
        return;
      case 'speech.started':
      case 'speech.stopped':
        return this.#heard(fact.type === 'speech.started', fact.inputMs);
      case 'answer.started':
        this.#startedId = fact.responseId;
        break;
      case 'answer.stopped':
        this.#turns.stopped(fact.responseId, this.#time.nowMs);
        break;
      case 'answer.interrupted':
        this.#turns.interrupted(fact.trigger, this.#time.nowMs);
        break;
      case 'answer.truncated':
        this.#turns.truncated(fact.responseId, fact.audioEndMs);
        break;
      case 'input.backlog_dropped':
        this.#waitingSamples = 0;
        break;
      case 'session.ready':
        this.#step('ready');
        break;
      default:
    }
    this.#add({ type: 'fact', fact: withoutNames(fact) });
  }

  /** Prism heard somebody begin or end, at this position of the input. */
  #heard(isSpeaking: boolean, inputMs: number): void {
    const receivedMs = this.#arrivals.arrivalOf(inputMs * SAMPLES_PER_MS);
    if (receivedMs === undefined) return;
    const mouthMs = isSpeaking
      ? this.#turns.speechBegan(receivedMs)
      : this.#turns.speechEnded(receivedMs, this.#arrivals.errorMs);
    this.#speech('prism', isSpeaking, mouthMs);
  }

  #speech(by: 'prism' | 'upstream', isSpeaking: boolean, mouthMs?: number): void {
    this.#add({ type: 'speech', by, isSpeaking, mouthMs });
  }

  #add(what: WithoutTime<TimelineEntry>): void {
    this.#log.add({ ...what, atMs: this.#time.nowMs });
  }
}

/** What a client wrote as the name of a field, and what an upstream said, may be anything. */
function withoutNames(fact: TimelineFact): TimelineFact {
  switch (fact.type) {
    case 'policy.denied':
      return { ...fact, param: undefined };
    case 'upstream.failed':
      return { type: fact.type, code: fact.code, message: fact.message };
    default:
      return fact;
  }
}

type WithoutTime<Entry> = Entry extends unknown ? Omit<Entry, 'atMs'> : never;
