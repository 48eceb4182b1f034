import type { InterruptionTrigger } from '../session/interruption-trigger.ts';
import type { HeardSound } from './heard-sound.ts';
import type { HeardBy, MeasuredInterruption, TurnCause, TurnMeasured } from './turn-measured.ts';
import { measureTurn, type TurnPoint } from './turn-parts.ts';

/** How exactly the ears find the end of a sound, a codec's echo of it included. */
const SPEECH_GRAIN_MS = 5;
/** What a browser's decoder may hold more or less than it is taken to: half of the 10 ms that its output takes. */
const REPORT_GRAIN_MS = 5;
/** Responses of one turn that are remembered; a model that calls tools for ever forgets the oldest. */
const RESPONSE_COUNT_MAX = 64;
/** A listener that doesn't tell: his jitter buffer and his output device. */
const MODEL_ERROR_MS = 60;

/** What is known of a turn before the model answers. */
export interface TurnOpening {
  readonly cause: TurnCause;
  readonly times: { [Point in TurnPoint]?: number };
  /** The longest that audio of the turn waited in Prism. */
  readonly addedInMs: number | undefined;
  /** How far off the end of the speech may be by its way, as it was measured. */
  readonly mouthErrorMs: number;
}

type Interruption = { -readonly [Name in keyof MeasuredInterruption]: MeasuredInterruption[Name] };

/** One turn while it goes on. All times in ms on the session's clock. */
export class OpenTurn {
  readonly number: number;
  readonly cause: TurnCause;
  readonly times: { [Point in TurnPoint]?: number };
  readonly #addedInMs: number | undefined;
  /** The response that speaks, or was made last. */
  #responseId: string;
  /** All of them, the newest last. */
  readonly #responseIds: string[];
  /** The first sound of the answer, in the outgoing stream and at the client; undefined before it was sent. */
  sound: HeardSound | undefined;
  /** Where the last frame that was sent of it begins in the outgoing stream. */
  endSsrc: number | undefined;
  lastFrameRtpTimestamp = 0;
  heardBy: HeardBy | undefined;
  /** How far off the client's clock may be, as it was measured, in ms. */
  clockErrorMs = 0;
  /** The same of the microphone's way. */
  mouthErrorMs: number;
  /** Its client plays by itself. */
  isRelayed = false;
  /** When nothing more of it was to be sent, and why; `undefined` while it goes on. */
  end: { readonly state: TurnMeasured['state']; readonly atMs: number } | undefined;
  #interruption: Interruption | undefined;
  #truncatedMs: number | undefined;
  #isHeardTold = false;

  constructor(number: number, responseId: string, opening: TurnOpening) {
    const { cause, times, addedInMs, mouthErrorMs } = opening;
    this.number = number;
    this.#responseId = responseId;
    this.#responseIds = [responseId];
    this.cause = cause;
    this.times = times;
    this.#addedInMs = addedInMs;
    this.mouthErrorMs = mouthErrorMs;
  }

  get responseId(): string {
    return this.#responseId;
  }

  /** Tools have run, and this response goes on with the turn. */
  resumed(responseId: string): void {
    this.#responseId = responseId;
    this.#responseIds.push(responseId);
    if (this.#responseIds.length > RESPONSE_COUNT_MAX) this.#responseIds.shift();
  }

  /** Notes a point; the first time counts. */
  mark(point: TurnPoint, atMs: number): void {
    this.times[point] ??= atMs;
  }

  get isSpoken(): boolean {
    return this.times.generated !== undefined;
  }

  interrupted(trigger: InterruptionTrigger, atMs: number, speechBeganMs: number | undefined): void {
    const { sent } = this.times;
    this.#interruption = {
      trigger,
      afterMs: sent === undefined ? 0 : atMs - sent,
      detectionMs: speechBeganMs === undefined ? undefined : Math.max(0, atMs - speechBeganMs),
      toSilenceMs: undefined,
      truncatedMs: this.#truncatedMs,
    };
  }

  /** The upstream was told so, which may come before it is told as an interruption. */
  truncated(audioEndMs: number): void {
    this.#truncatedMs = audioEndMs;
    if (this.#interruption !== undefined) this.#interruption.truncatedMs = audioEndMs;
  }

  /** Nothing of it was heard after `atMs`. The first that is told counts. */
  silent(atMs: number): void {
    if (this.#interruption === undefined || this.end === undefined) return;
    this.#interruption.toSilenceMs ??= Math.max(0, atMs - this.end.atMs);
  }

  /** Whether all that can still be learnt of it is known. */
  get isSettled(): boolean {
    if (this.end === undefined) return false;
    if (!this.isSpoken || this.times.sent === undefined || this.isRelayed) return true;
    const isSilenceKnown =
      this.#interruption === undefined || this.#interruption.toSilenceMs !== undefined;
    return this.times.heard !== undefined && isSilenceKnown;
  }

  /** Whether its first sound was heard and nobody has been told. */
  get isHeardNews(): boolean {
    return this.times.heard !== undefined && !this.#isHeardTold;
  }

  /** As it is known now. `undefined` if nothing can be measured of it. */
  measured(isFinal: boolean, rttMs: number): TurnMeasured | undefined {
    this.#isHeardTold = true;
    const measured = measureTurn(this.times);
    if (measured === undefined) return undefined;
    const { from, to, totalMs, parts } = measured;
    const { generated, sent } = this.times;
    return {
      turn: this.number,
      responseId: this.#responseId,
      responseIds: [...this.#responseIds],
      cause: this.cause,
      state: isFinal ? (this.end?.state ?? 'unfinished') : 'heard',
      isFinal,
      startMs: this.times[from] ?? 0,
      from,
      to,
      totalMs,
      parts,
      errorMs: this.#errorMs(from, to, rttMs),
      heardBy: this.heardBy,
      addedInMs: this.#addedInMs,
      addedOutMs: generated === undefined || sent === undefined ? undefined : sent - generated,
      interruption: this.#interruption === undefined ? undefined : { ...this.#interruption },
    };
  }

  /** Mouth and ear are seen over the same way, so that between them its length doesn't matter. */
  #errorMs(from: TurnPoint, to: TurnPoint, rttMs: number): number {
    const isMouth = from === 'spoken';
    const isEar = to === 'heard';
    const wayMs = isMouth === isEar ? 0 : rttMs / 2;
    const hasMouth = isMouth || from === 'received';
    const mouthMs = hasMouth ? SPEECH_GRAIN_MS + this.mouthErrorMs : 0;
    return mouthMs + (isEar ? this.#earErrorMs : 0) + wayMs;
  }

  get #earErrorMs(): number {
    if (this.heardBy === 'model') return MODEL_ERROR_MS;
    return REPORT_GRAIN_MS + (this.sound?.errorMs ?? 0) + this.clockErrorMs;
  }
}
