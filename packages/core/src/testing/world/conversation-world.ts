import {
  controllerIdFromCount,
  decodeClientEvent,
  decodeServerEvent,
  type PlayoutReport,
} from '@prism/protocol';
import { SLOT_MS } from '../../audio/pcm.ts';
import { Session } from '../../session/session.ts';
import type { SessionEffect, SessionFact, SessionInput } from '../../session/session-contract.ts';
import type { MonotonicMs } from '../../time/clock.ts';
import { countedIds } from '../counted-ids.ts';
import { SESSION_DEFAULTS } from '../session-bench.ts';
import { Agenda, Wire } from './agenda.ts';
import { Dice } from './dice.ts';
import { type HeardFrame, ModelListener } from './model-listener.ts';
import { type ModelDelta, ModelUpstream, type UpstreamMessage } from './model-upstream.ts';

const CLIENT_ID = controllerIdFromCount(1);
const SIDEBAND_ID = controllerIdFromCount(2);
const REPORT_INTERVAL_MS = 200;
/** RTP ticks in a millisecond at 48 kHz. */
const TICKS_PER_MS = 48;

type Message = Readonly<Record<string, unknown>> & { readonly type: string };

/** How the client listens. */
export type ListenerKind = 'silent' | 'plays_out' | 'goes_silent';

/** Audio that reached the session and has not left it, by response level. */
interface Arrived {
  readonly delta: ModelDelta;
  leftSamples: number;
}

/**
 * One session between a model upstream and a model client, with delays both ways, all on one clock and from one seed.
 * It looks after every step whether audio leaves that was cut off.
 */
export class ConversationWorld {
  readonly dice: Dice;
  readonly agenda = new Agenda();
  readonly upstream: ModelUpstream;
  readonly listener: ModelListener;
  readonly kind: ListenerKind;
  readonly facts: SessionFact[] = [];
  /** What the client was told of Prism's own, and the rest. */
  readonly toClient: Message[] = [];
  readonly problems: string[] = [];
  /** Items that a controller can know. */
  readonly known = new Set<string>();
  /** Items that a controller had truncated. */
  readonly asked = new Set<string>();
  readonly session: Session;
  readonly #toSession: Wire<UpstreamMessage>;
  readonly #toUpstream: Wire<Message>;
  readonly #toListener: Wire<{ readonly message: Message; readonly sentAtMs: number }>;
  readonly #fromClient: Wire<Message>;
  readonly #arrived: Arrived[] = [];
  readonly #rttMs: number;
  readonly #rtpStart: number;
  /** Responses of which nothing may be heard any more, by their level. */
  readonly #deadLevels = new Set<number>();
  readonly #levels = new Set<number>();
  #hasRtt = false;
  #isPlaying = false;
  #reportCount = 0;

  constructor(seed: number) {
    this.dice = new Dice(seed);
    const { dice, agenda } = this;
    this.kind = dice.pick(['silent', 'plays_out', 'goes_silent']) ?? 'silent';
    const upMs = dice.between(0, 150);
    const downMs = dice.between(0, 150);
    const upstreamMs = dice.between(1, 80);
    this.#rttMs = upMs + downMs;
    this.#rtpStart = Math.floor(dice.ratio() * 2 ** 32);
    this.listener = new ModelListener(downMs + dice.between(20, 150));
    const wobble = (): number => dice.between(0, 10);
    this.#toSession = new Wire(
      agenda,
      () => upstreamMs + wobble(),
      (message) => this.#hear(message),
    );
    this.#toUpstream = new Wire(
      agenda,
      () => upstreamMs + wobble(),
      (message) => this.upstream.take(message),
    );
    this.#toListener = new Wire(
      agenda,
      () => downMs,
      (told) => this.#clientTold(told),
    );
    this.#fromClient = new Wire(
      agenda,
      () => upMs,
      (event) => this.#clientSays(event, CLIENT_ID),
    );
    this.upstream = new ModelUpstream(agenda, dice, (message) => this.#toSession.send(message));
    this.session = new Session(SESSION_DEFAULTS, countedIds(), 0 as MonotonicMs);
    this.#open();
  }

  /** Does everything that is due within `durationMs`. */
  run(durationMs: number): void {
    const endMs = this.agenda.nowMs + durationMs;
    while (this.agenda.step(endMs)) this.#wake();
    this.agenda.nowMs = endMs;
  }

  /** The client sends an event over its channel. */
  clientSends(event: Message): void {
    this.#fromClient.send(event);
  }

  /** A back end sends one, from nearby. */
  sidebandSends(event: Message): void {
    this.agenda.in(1, () => this.#clientSays(event, SIDEBAND_ID));
  }

  close(): void {
    this.post({ type: 'close', reason: 'server_draining' });
  }

  post(input: SessionInput): void {
    this.session.handle(input, this.agenda.nowMs as MonotonicMs);
    for (let effect = this.session.poll(); effect !== undefined; effect = this.session.poll())
      this.#perform(effect);
  }

  #open(): void {
    this.post({ type: 'open' });
    this.post({ type: 'media.connected' });
    this.post({ type: 'upstream.ready' });
    this.post({ type: 'controller.opened', controllerId: CLIENT_ID, role: 'client' });
    this.post({ type: 'controller.opened', controllerId: SIDEBAND_ID, role: 'sideband' });
    this.#clientSays({ type: 'prism.transcript.subscribe' }, CLIENT_ID);
    this.upstream.isInterrupting = this.dice.chance(0.8);
    const turn_detection = { interrupt_response: this.upstream.isInterrupting };
    const transcription = { model: 'model' };
    const session = { audio: { input: { turn_detection, transcription } } };
    this.#hear({ type: 'event', event: { type: 'session.created', event_id: 'e', session } });
    this.agenda.in(SLOT_MS, () => this.#slot());
    this.agenda.in(1_000, () => (this.#hasRtt = true));
    if (this.kind !== 'silent') this.agenda.in(REPORT_INTERVAL_MS, () => this.#reportAgain());
  }

  #wake(): void {
    const due = this.session.deadline();
    if (due !== undefined && due.atMs <= this.agenda.nowMs) this.post({ type: 'deadline' });
    else if (due !== undefined) this.#plan(due.atMs);
  }

  #plannedAtMs = -1;

  #plan(atMs: number): void {
    if (this.#plannedAtMs === atMs) return;
    this.#plannedAtMs = atMs;
    this.agenda.in(atMs - this.agenda.nowMs, () => undefined);
  }

  #slot(): void {
    this.agenda.in(SLOT_MS, () => this.#slot());
    if (!this.session.wantsSlots) return;
    const rtpTimestamp = this.#rtpAt(this.agenda.nowMs);
    const rttMs = this.#hasRtt ? this.#rttMs : undefined;
    this.post({ type: 'media.slot', stamp: { ssrc: 1, rtpTimestamp, rttMs } });
  }

  #rtpAt(sentAtMs: number): number {
    return (this.#rtpStart + Math.round(sentAtMs * TICKS_PER_MS)) >>> 0;
  }

  #hear(message: UpstreamMessage): void {
    if (message.type === 'audio') return this.#hearAudio(message.delta);
    const text = JSON.stringify(message.event);
    const isTrigger =
      message.event.type === 'input_audio_buffer.speech_started' && this.upstream.isInterrupting;
    if (isTrigger) this.#everythingDies();
    this.#follow(message.event);
    this.post({ type: 'upstream.event', decoded: decodeServerEvent(text), text });
  }

  /** A response can be cut off from when it is known, one beside the conversation from when it speaks. */
  #follow(event: Message): void {
    const { item, response, level } = event as {
      readonly item?: { readonly id: string };
      readonly response?: { readonly conversation_id?: unknown; readonly level?: number };
      readonly level?: number;
    };
    if (response?.level !== undefined && response.conversation_id !== null)
      this.#levels.add(response.level);
    if (item !== undefined) this.known.add(item.id);
    if (level !== undefined) this.#levels.add(level);
  }

  #hearAudio(delta: ModelDelta): void {
    const { responseId, itemId, level, samples } = delta;
    this.#levels.add(level);
    if (!this.#deadLevels.has(level)) this.#arrived.push({ delta, leftSamples: samples });
    const pcm = new Int16Array(samples).fill(level);
    this.post({ type: 'upstream.audio', source: { responseId, itemId, contentIndex: 0 }, pcm });
  }

  /** What came until now is not to be heard from now on. */
  #everythingDies(): void {
    for (const level of this.#levels) this.#deadLevels.add(level);
    this.#arrived.length = 0;
  }

  #clientSays(event: Message, controllerId: typeof CLIENT_ID): void {
    const text = JSON.stringify(event);
    const decoded = decodeClientEvent(text);
    if (event.type === 'conversation.item.truncate') this.asked.add(String(event['item_id']));
    const isTrigger = ['response.cancel', 'output_audio_buffer.clear'].includes(event.type);
    if (isTrigger) this.#everythingDies();
    if (decoded.kind === 'known')
      this.post({ type: 'controller.event', controllerId, event: decoded.event, text });
    else if (decoded.kind === 'prism')
      this.post({ type: 'controller.prism', controllerId, event: decoded.event });
    else this.problems.push(`the model client sent ${text}`);
  }

  #perform(effect: SessionEffect): void {
    switch (effect.type) {
      case 'media.frame':
        return this.#frame(effect.pcm);
      case 'upstream.send':
        return this.#toUpstream.send(JSON.parse(effect.text) as Message);
      case 'controller.send':
        if (effect.controllerId !== CLIENT_ID) return;
        return this.#toListener.send({
          message: JSON.parse(effect.text) as Message,
          sentAtMs: this.agenda.nowMs,
        });
      case 'report':
        this.facts.push(effect.fact);
        // A truncate of the client's may interrupt, and only the session knows.
        if (effect.fact.type === 'answer.interrupted') this.#everythingDies();
        return;
      default:
    }
  }

  /** Takes a frame apart: whose samples it holds, by their level. */
  #frame(pcm: Int16Array): void {
    const stretches: { itemId: string; samples: number }[] = [];
    for (let at = 0; at < pcm.length; ) {
      const level = pcm[at] ?? 0;
      if (level === 0) break;
      if (this.#deadLevels.has(level)) this.problems.push(`late audio at ${this.agenda.nowMs} ms`);
      const arrived = this.#arrived[0];
      if (arrived?.delta.level !== level) {
        this.problems.push(`audio out of order at ${this.agenda.nowMs} ms`);
        return;
      }
      const samples = Math.min(arrived.leftSamples, pcm.length - at);
      arrived.leftSamples -= samples;
      if (arrived.leftSamples === 0) this.#arrived.shift();
      stretches.push({ itemId: arrived.delta.itemId, samples });
      at += samples;
    }
    const frame: HeardFrame = { sentAtMs: this.agenda.nowMs, stretches };
    this.listener.sent(frame);
  }

  #clientTold({
    message,
    sentAtMs,
  }: {
    readonly message: Message;
    readonly sentAtMs: number;
  }): void {
    this.toClient.push(message);
    if (message.type === 'output_audio_buffer.started') this.#isPlaying = true;
    else if (message.type === 'output_audio_buffer.stopped') this.#isPlaying = false;
    else if (message.type === 'output_audio_buffer.cleared') this.#clientCleared(sentAtMs);
  }

  #clientCleared(cutAtMs: number): void {
    this.#isPlaying = false;
    if (this.kind !== 'goes_silent') return;
    this.listener.silence(this.agenda.nowMs, cutAtMs);
    // Some are lost, but none before Prism knows this listener.
    const isLost = this.#reportCount > 5 && this.dice.chance(0.1);
    if (!isLost) this.#report('silenced');
  }

  #reportAgain(): void {
    this.agenda.in(REPORT_INTERVAL_MS, () => this.#reportAgain());
    if (this.#isPlaying) this.#report('playing');
  }

  #report(reason: string): void {
    this.#reportCount += 1;
    const report: PlayoutReport = {
      type: 'prism.playout.report',
      reason,
      ssrc: 1,
      rtp_timestamp: this.#rtpAt(this.listener.positionMs(this.agenda.nowMs)),
      output_latency_ms: 0,
      client_time_ms: this.agenda.nowMs,
      when_cleared: this.kind,
    };
    this.#fromClient.send(report);
  }
}
