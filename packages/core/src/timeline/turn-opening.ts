import type { TurnOpening } from './open-turn.ts';
import type { TurnCause } from './turn-measured.ts';
import type { TurnPoint } from './turn-parts.ts';

/** A sound of the user, where Prism heard it end: when it left the mouth and when it reached Prism. */
export interface SpeechEnd {
  readonly spokenMs: number;
  readonly receivedMs: number;
  /** How far off that may be, by its way. */
  readonly errorMs: number;
}

/**
 * What comes before an answer: the user's speech, and what ended his turn. Kept until a response begins.
 *
 * Prism's own ears find the end of speech some 200 ms after it, the upstream later as a rule, but it need not be: an end
 * that is found when the turn is over still belongs to it.
 */
export class TurnOpeningWatch {
  #speechEnd: SpeechEnd | undefined;
  #detectedMs: number | undefined;
  #cause: TurnCause = 'greeting';
  #waitedMs: number | undefined;

  /** Somebody speaks (again): what ended before wasn't the end, unless the turn is over. */
  speechBegan(): void {
    if (this.#detectedMs !== undefined) return;
    if (this.#speechEnd === undefined) this.#waitedMs = undefined;
    this.#speechEnd = undefined;
  }

  speechEnded(end: SpeechEnd): void {
    this.#speechEnd = end;
  }

  /** Audio has waited so long in Prism before it went to the model. */
  waited(waitMs: number): void {
    if (waitMs > (this.#waitedMs ?? -1)) this.#waitedMs = waitMs;
  }

  /** The turn is over. A later cause counts only if there was none: one that ends by speech is committed, too. */
  detected(cause: TurnCause, nowMs: number): void {
    if (this.#detectedMs !== undefined) return;
    this.#cause = cause;
    this.#detectedMs = nowMs;
  }

  /** The upstream hears speech: what was before it is not answered, or has been. */
  restarted(): void {
    this.#detectedMs = undefined;
    this.#cause = 'greeting';
  }

  /** A response begins: it answers what was, and the next turn begins with nothing. */
  take(): TurnOpening {
    const times: { [Point in TurnPoint]?: number } = {};
    const mouthErrorMs = this.#speechEnd?.errorMs ?? 0;
    const cause = this.#cause;
    if (this.#detectedMs !== undefined) times.detected = this.#detectedMs;
    const isSpeech = cause === 'speech' || cause === 'commit';
    if (isSpeech && this.#speechEnd !== undefined) markSpeech(times, this.#speechEnd);
    const addedInMs = isSpeech ? this.#waitedMs : undefined;
    this.#speechEnd = undefined;
    this.#waitedMs = undefined;
    this.restarted();
    return { cause, times, addedInMs, mouthErrorMs };
  }
}

/** Notes the end of a turn's speech; an end after the turn was over is not of it. */
export function markSpeech(times: { [Point in TurnPoint]?: number }, end: SpeechEnd): void {
  if (times.detected !== undefined && end.receivedMs > times.detected) return;
  times.spoken = end.spokenMs;
  times.received = end.receivedMs;
}
