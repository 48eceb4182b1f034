import type { WireEvent } from './wire-event.ts';

/** One measured turn: how long the user waited for the answer to what they said. */
export interface TurnLatency {
  /** From the `speech_stopped` event to `output_audio_buffer.started`, both on arrival. */
  readonly signalledMs?: number;
  /** From the `speech_stopped` event to the first audible sound of the answer. */
  readonly audibleMs?: number;
  /**
   * From the last sound of the microphone to the first audible sound of the answer: what the
   * user feels, the server's wait for the end of speech included. An estimate from levels.
   */
  readonly voiceToVoiceMs?: number;
}

/** Levels of both sides at one moment, as RMS amplitude from 0 to 1. */
export interface LevelSample {
  readonly microphoneRms: number;
  readonly agentRms: number;
}

/** RMS amplitude from which a signal counts as heard: −50 dBFS. */
export const AUDIBLE_RMS = 0.003_16;

/** RMS amplitude from which the microphone counts as speech: −40 dBFS. */
export const VOICE_RMS = 0.01;

interface OpenTurn {
  readonly stoppedAtMs: number;
  readonly lastVoiceAtMs: number | undefined;
  /** Set once the agent was silent, so that the tail of an older answer is not taken for new. */
  hasSilence: boolean;
  latency: TurnLatency;
}

/** Measures turns from server events and level samples on the caller's clock. */
export class TurnLatencyMeter {
  #turn: OpenTurn | undefined;
  #lastVoiceAtMs: number | undefined;
  #latest: TurnLatency | undefined;

  /** The newest measured turn; `undefined` before the first. */
  get latest(): TurnLatency | undefined {
    return this.#latest;
  }

  /** Takes one server event that arrived at `atMs`. */
  handle(event: WireEvent, atMs: number): void {
    if (event.type === 'input_audio_buffer.speech_started') {
      this.#turn = undefined;
    } else if (event.type === 'input_audio_buffer.speech_stopped') {
      const lastVoiceAtMs = this.#lastVoiceAtMs;
      this.#turn = { stoppedAtMs: atMs, lastVoiceAtMs, hasSilence: false, latency: {} };
    } else if (event.type === 'output_audio_buffer.started' && this.#turn !== undefined) {
      const turn = this.#turn;
      if (turn.latency.signalledMs !== undefined) return;
      this.#measured(turn, { ...turn.latency, signalledMs: atMs - turn.stoppedAtMs });
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
    const audibleMs = atMs - turn.stoppedAtMs;
    const felt =
      turn.lastVoiceAtMs === undefined ? {} : { voiceToVoiceMs: atMs - turn.lastVoiceAtMs };
    this.#measured(turn, { ...turn.latency, audibleMs, ...felt });
  }

  #measured(turn: OpenTurn, latency: TurnLatency): void {
    turn.latency = latency;
    this.#latest = latency;
  }
}
