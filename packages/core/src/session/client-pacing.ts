import { type KnownServerEvent, PACED_BYTES_MAX } from '@prism/protocol';
import type { Description } from '../machine/machine.ts';
import type { MonotonicMs } from '../time/clock.ts';
import type { EventRelay } from './event-relay.ts';
import { interruptsOnSpeech } from './interruption.ts';
import type { ResponseTracker } from './response-tracker.ts';
import type { MeasuredDelta, SessionOptions } from './session-contract.ts';

const PCM16_BYTES_PER_MS = 48;
const G711_BYTES_PER_MS = 8;

export interface ClientPacingParts {
  /** How far ahead of real time audio may be delivered, in ms. */
  readonly leadMs: number;
  readonly relay: EventRelay;
  readonly responses: ResponseTracker;
}

/** A message that waits for its turn. */
export interface PacedMessage {
  readonly responseId: string | undefined;
  readonly itemId: string | undefined;
  /** 0 for what holds no audio. */
  readonly audioMs: number;
  readonly sizeBytes: number;
  readonly send: () => void;
}

/** What an event says of the response and item that it belongs to, if it does. */
interface Belonging {
  readonly type: string;
  readonly response_id?: unknown;
  readonly item_id?: unknown;
  readonly response?: unknown;
  readonly item?: unknown;
  readonly delta?: unknown;
}

/**
 * Audio of answers for a client that plays by itself, delivered at most `leadMs` ahead of real time, each message as it
 * came.
 *
 * Real time is that of a client which plays what it has as it comes. Events of responses wait behind the audio before
 * them; all others pass. An interruption drops the audio that waits, and only that.
 */
export class ClientPacing {
  readonly #parts: ClientPacingParts;
  readonly #queue: PacedMessage[] = [];
  #queuedBytes = 0;
  #queuedMs = 0;
  /** When the client has played what it was sent. */
  #playedOutMs = Number.NEGATIVE_INFINITY;
  #bytesPerMs = PCM16_BYTES_PER_MS;
  #isInterruptedBySpeech = true;
  #droppedMs = 0;
  #hurriedCount = 0;

  constructor(parts: ClientPacingParts) {
    this.#parts = parts;
  }

  /** True while audio waits for its time: {@link advance} is to be called. */
  get isWaiting(): boolean {
    return this.#queue.length > 0;
  }

  describe(): Description {
    return {
      pacedMs: Math.round(this.#queuedMs),
      pacedDroppedMs: Math.round(this.#droppedMs),
      pacedHurried: this.#hurriedCount,
    };
  }

  /** An audio delta as it came; the bytes are copied if they must wait. */
  delta(bytes: Uint8Array, measured: MeasuredDelta | undefined, nowMs: MonotonicMs): void {
    const { relay, responses } = this.#parts;
    if (measured !== undefined && !responses.admitsAudio(measured.responseId)) return;
    const audioMs = (measured?.audioBytes ?? 0) / this.#bytesPerMs;
    if (this.#mayLeave(audioMs, nowMs)) {
      this.#played(audioMs, nowMs);
      relay.relayToClient(bytes);
      return;
    }
    const kept = bytes.slice();
    const { responseId, itemId } = measured ?? { responseId: undefined, itemId: undefined };
    const sizeBytes = kept.length;
    this.#wait({ responseId, itemId, audioMs, sizeBytes, send: () => relay.relayToClient(kept) });
  }

  /** An event for the client. Answers whether it waits, to be sent by `send` in its turn, or is dropped. */
  keeps(
    event: Belonging,
    { sizeBytes, send }: Pick<PacedMessage, 'sizeBytes' | 'send'>,
    nowMs: MonotonicMs,
  ): boolean {
    const itemId = textOf(event.item_id) ?? idOf(event.item);
    const responseId = textOf(event.response_id) ?? idOf(event.response);
    const audioMs = this.#audioMsOf(event);
    if (audioMs > 0 && responseId !== undefined && !this.#parts.responses.admitsAudio(responseId))
      return true;
    if (!this.#belongs(event) || this.#mayLeave(audioMs, nowMs)) {
      this.#played(audioMs, nowMs);
      return false;
    }
    this.#wait({ responseId, itemId, audioMs, sizeBytes, send });
    return true;
  }

  /** Follows the session's output format, and what interrupts an answer. Called before the client is told. */
  observe(event: KnownServerEvent, nowMs: MonotonicMs): void {
    if (event.type === 'session.created' || event.type === 'session.updated') {
      this.#bytesPerMs = bytesPerMsOf(event.session.audio?.output?.['format']);
      this.#isInterruptedBySpeech = interruptsOnSpeech(event.session);
    } else if (event.type === 'input_audio_buffer.speech_started') {
      if (this.#isInterruptedBySpeech) this.interrupt(undefined, nowMs);
    } else if (event.type === 'response.done' && event.response.status === 'cancelled') {
      const { id } = event.response;
      if (this.#queue.some(({ responseId }) => responseId === id)) this.interrupt(id, nowMs);
    }
  }

  /** A controller cuts an item: the rest of it is not wanted. */
  truncated(itemId: string, nowMs: MonotonicMs): void {
    const waiting = this.#queue.find((message) => message.itemId === itemId && message.audioMs > 0);
    if (waiting?.responseId !== undefined) this.interrupt(waiting.responseId, nowMs);
  }

  /**
   * Drops the audio that waits of a response, or of all, and what still comes of it. The other events go at once. The
   * client is taken to have thrown away what it hadn't played.
   *
   * @returns Whether something of it was still being generated, or had been, and was dropped.
   */
  interrupt(
    responseId: string | undefined,
    nowMs: MonotonicMs,
  ): 'generating' | 'generated' | 'nothing' {
    const { responses } = this.#parts;
    const isMeant = (id: string | undefined): boolean =>
      responseId === undefined || id === responseId;
    const heardIds = new Set(
      this.#queue.flatMap(({ responseId: id }) => (id === undefined ? [] : [id])),
    );
    const active = responses.stoppable(heardIds).filter(isMeant);
    for (const id of active) responses.silence(id);
    const droppedBeforeMs = this.#droppedMs;
    const waiting = this.#queue.splice(0);
    this.#queuedBytes = 0;
    this.#queuedMs = 0;
    this.#playedOutMs = nowMs;
    for (const message of waiting) {
      if (message.audioMs === 0 || !isMeant(message.responseId)) {
        this.#wait(message);
        continue;
      }
      this.#droppedMs += message.audioMs;
      if (message.responseId !== undefined) responses.silence(message.responseId);
    }
    this.advance(nowMs);
    if (active.length > 0) return 'generating';
    return this.#droppedMs > droppedBeforeMs ? 'generated' : 'nothing';
  }

  /** Sends what may leave now. */
  advance(nowMs: MonotonicMs): void {
    let count = 0;
    for (const { audioMs } of this.#queue) {
      if (!this.#mayLeave(audioMs, nowMs, true)) break;
      this.#played(audioMs, nowMs);
      count += 1;
    }
    this.#send(count);
  }

  /** Sends all of it, whatever the time: the session is over. */
  flush(): void {
    this.#send(this.#queue.length);
  }

  /** In its turn, and no more than the lead ahead; audio longer than the lead leaves when nothing is ahead. */
  #mayLeave(audioMs: number, nowMs: MonotonicMs, isItsTurn = this.#queue.length === 0): boolean {
    if (!isItsTurn) return false;
    const aheadMs = Math.max(0, this.#playedOutMs - nowMs);
    return audioMs === 0 || aheadMs === 0 || aheadMs + audioMs <= this.#parts.leadMs;
  }

  #played(audioMs: number, nowMs: MonotonicMs): void {
    this.#playedOutMs = Math.max(this.#playedOutMs, nowMs) + audioMs;
  }

  /** Audio in an event that came in an unusual spelling, and so not as a delta. */
  #audioMsOf({ type, delta }: Belonging): number {
    if (type !== 'response.output_audio.delta' || typeof delta !== 'string') return 0;
    return Math.floor((delta.length * 3) / 4) / this.#bytesPerMs;
  }

  #belongs(event: Belonging): boolean {
    if (event.type.startsWith('response.')) return true;
    const itemId = textOf(event.item_id) ?? idOf(event.item);
    return itemId !== undefined && this.#queue.some((message) => message.itemId === itemId);
  }

  #wait(message: PacedMessage): void {
    this.#queue.push(message);
    this.#queuedBytes += message.sizeBytes;
    this.#queuedMs += message.audioMs;
    if (this.#queuedBytes <= PACED_BYTES_MAX) return;
    this.#hurriedCount += 1;
    this.#playedOutMs += this.#queue[0]?.audioMs ?? 0;
    this.#send(1);
  }

  #send(count: number): void {
    for (const { audioMs, sizeBytes, send } of this.#queue.splice(0, count)) {
      this.#queuedBytes -= sizeBytes;
      this.#queuedMs -= audioMs;
      send();
    }
  }
}

/** Paces the audio of a client that plays by itself, if it has a lead. */
export function clientPacing(
  { audio, pacingLeadMs: leadMs }: Pick<SessionOptions, 'audio' | 'pacingLeadMs'>,
  relay: EventRelay,
  responses: ResponseTracker,
): ClientPacing | undefined {
  if (audio === 'media' || leadMs === 0) return undefined;
  return new ClientPacing({ leadMs, relay, responses });
}

function bytesPerMsOf(format: unknown): number {
  const type = isObject(format) && 'type' in format ? format.type : undefined;
  return type === 'audio/pcmu' || type === 'audio/pcma' ? G711_BYTES_PER_MS : PCM16_BYTES_PER_MS;
}

function idOf(value: unknown): string | undefined {
  return isObject(value) && 'id' in value ? textOf(value.id) : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
