import type { LevelSample } from '../level-meter.ts';
import { objectField, textField, type WireEvent, type WireObject } from '../wire-event.ts';

/** What a turn began with: the end of speech that the server heard, a commit of this side, or typed words. */
export type TurnOrigin = 'speech' | 'commit' | 'text';

/** One measured turn: how long the user waited for the answer to what they said. */
export interface TurnLatency {
  /** Counts the turns of its meter, from 1. */
  readonly turn: number;
  /** All times but `noticedMs` and `voiceToVoiceMs` run from here: `speech_stopped` arrived, or this side asked. */
  readonly origin: TurnOrigin;
  /** The item of what was said, where the server names it. */
  readonly itemId?: string;
  /** The first response to it. */
  readonly responseId?: string;
  /** The response that speaks: another one if tools ran before it. */
  readonly spokenResponseId?: string;
  /** From the last sound of the microphone to `speech_stopped`, on arrival. An estimate from levels. */
  readonly noticedMs?: number;
  /** Until `response.created` arrived. */
  readonly createdMs?: number;
  /** Until `output_audio_buffer.started` arrived. */
  readonly signalledMs?: number;
  /** Until the first audible sound of the answer. */
  readonly audibleMs?: number;
  /**
   * From the last sound of the microphone to the first audible sound of the answer: what the
   * user feels, the server's wait for the end of speech included. An estimate from levels.
   */
  readonly voiceToVoiceMs?: number;
}

/** RMS amplitude from which a signal counts as heard: −50 dBFS. */
export const AUDIBLE_RMS = 0.003_16;

/** RMS amplitude from which the microphone counts as speech: −40 dBFS. */
export const VOICE_RMS = 0.01;

interface OpenTurn {
  readonly startedAtMs: number;
  /** Set once the agent was silent, so that the tail of an older answer is not taken for new. */
  hasSilence: boolean;
  latency: TurnLatency;
}

/** Measures turns from the events of both sides and level samples on the caller's clock. */
export class TurnLatencyMeter {
  #turn: OpenTurn | undefined;
  #turnCount = 0;
  #lastVoiceAtMs: number | undefined;
  /** What this side has said without a word from the server, until it asks for the answer. */
  #said: { readonly origin: TurnOrigin; readonly atMs: number } | undefined;
  #latest: TurnLatency | undefined;

  /** The newest measured turn; `undefined` before the first. */
  get latest(): TurnLatency | undefined {
    return this.#latest;
  }

  /** Takes one server event that arrived at `atMs`. */
  handle(event: WireEvent, atMs: number): void {
    switch (event.type) {
      case 'input_audio_buffer.speech_started':
        this.#turn = undefined;
        return;
      case 'input_audio_buffer.speech_stopped':
        return this.#stopped(textField(event, 'item_id'), atMs);
      case 'conversation.item.added':
      case 'conversation.item.created':
        return this.#named(objectField(event, 'item'));
      case 'response.created':
        return this.#created(textField(objectField(event, 'response'), 'id'), atMs);
      case 'output_audio_buffer.started':
        return this.#signalled(textField(event, 'response_id'), atMs);
      default:
    }
  }

  /** Takes one event that this side sent at `atMs`: typed words and push to talk make turns too. */
  sent(event: WireEvent, atMs: number): void {
    if (event.type === 'input_audio_buffer.commit') this.#said = { origin: 'commit', atMs };
    else if (event.type === 'conversation.item.create') {
      if (textField(objectField(event, 'item'), 'role') === 'user')
        this.#said = { origin: 'text', atMs };
    } else if (event.type === 'response.create' && this.#said !== undefined) {
      this.#open(this.#said.atMs, { origin: this.#said.origin });
    }
  }

  /** Takes the levels at `atMs`; the resolution of `audibleMs` is the pace of these samples. */
  sample(levels: LevelSample, atMs: number): void {
    if (levels.microphoneRms >= VOICE_RMS && this.#turn === undefined) this.#lastVoiceAtMs = atMs;
    const turn = this.#turn;
    if (turn === undefined || turn.latency.audibleMs !== undefined) return;
    if (levels.agentRms < AUDIBLE_RMS) {
      turn.hasSilence = true;
      return;
    }
    if (!turn.hasSilence) return;
    const audibleMs = atMs - turn.startedAtMs;
    const { noticedMs } = turn.latency;
    const felt = noticedMs === undefined ? {} : { voiceToVoiceMs: noticedMs + audibleMs };
    this.#measured(turn, { audibleMs, ...felt });
  }

  #stopped(itemId: string | undefined, atMs: number): void {
    const lastVoiceAtMs = this.#lastVoiceAtMs;
    this.#open(atMs, {
      origin: 'speech',
      ...(itemId === undefined ? {} : { itemId }),
      ...(lastVoiceAtMs === undefined ? {} : { noticedMs: atMs - lastVoiceAtMs }),
    });
  }

  #open(startedAtMs: number, latency: Omit<TurnLatency, 'turn'>): void {
    this.#said = undefined;
    this.#turnCount += 1;
    const turn = this.#turnCount;
    this.#turn = { startedAtMs, hasSilence: false, latency: { turn, ...latency } };
  }

  /** Typed words and committed audio have an item only when the server has made it. */
  #named(item: WireObject | undefined): void {
    const turn = this.#turn;
    const itemId = textField(item, 'id');
    if (turn === undefined || turn.latency.itemId !== undefined) return;
    if (itemId === undefined || textField(item, 'role') !== 'user') return;
    turn.latency = { ...turn.latency, itemId };
  }

  #created(responseId: string | undefined, atMs: number): void {
    const turn = this.#turn;
    if (turn === undefined || turn.latency.createdMs !== undefined) return;
    const named = responseId === undefined ? {} : { responseId };
    this.#measured(turn, { createdMs: atMs - turn.startedAtMs, ...named });
  }

  #signalled(responseId: string | undefined, atMs: number): void {
    const turn = this.#turn;
    if (turn === undefined || turn.latency.signalledMs !== undefined) return;
    const named = responseId === undefined ? {} : { spokenResponseId: responseId };
    this.#measured(turn, { signalledMs: atMs - turn.startedAtMs, ...named });
  }

  #measured(turn: OpenTurn, part: Partial<TurnLatency>): void {
    turn.latency = { ...turn.latency, ...part };
    this.#latest = turn.latency;
  }
}
