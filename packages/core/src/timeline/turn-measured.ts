import type { InterruptionTrigger } from '../session/interruption-trigger.ts';
import type { MeasuredPart, TurnPoint } from './turn-parts.ts';

/** What made the model answer. `speech`: its own turn detection; `greeting`: nobody that is known. */
export type TurnCause = 'speech' | 'commit' | 'request' | 'greeting';

/**
 * How far a turn has come: `heard` when its first sound was; `played`, `interrupted` and `silent` (nothing of it was
 * spoken) are final, as is `unfinished` for one that the session's end cut off.
 */
export type TurnState = 'heard' | 'played' | 'interrupted' | 'silent' | 'unfinished';

/** How it is known when the listener heard something: told by his client, or reckoned from a model of one. */
export type HeardBy = 'report' | 'model';

/** An answer that was cut off. Times in ms. */
export interface MeasuredInterruption {
  readonly trigger: InterruptionTrigger;
  /** From the answer's first packet to the trigger. */
  readonly afterMs: number;
  /** From the interrupting speech's first sound, at the mouth, to the trigger; `undefined` if nobody was heard. */
  readonly detectionMs: number | undefined;
  /** From the trigger until nothing of the answer is heard any more; `undefined` until that is known. */
  readonly toSilenceMs: number | undefined;
  /** Where the upstream was told that the answer ended, in the time of its audio. */
  readonly truncatedMs: number | undefined;
}

/**
 * One turn as it was measured, for the client, logs and metrics. Reported at most twice as the fact `turn.measured`:
 * when the answer's first sound was heard (`isFinal` false), and when the answer is over.
 */
export interface TurnMeasured {
  /** Counts the session's turns from 1. */
  readonly turn: number;
  /** The response that answered. */
  readonly responseId: string;
  /** All responses of the turn, oldest first: those that called tools, and the one that answered. */
  readonly responseIds: readonly string[];
  readonly cause: TurnCause;
  readonly state: TurnState;
  readonly isFinal: boolean;
  /** When its first point was, on the session's clock (ms since the session opened). */
  readonly startMs: number;
  /** The first and the last point that are known. With `spoken` and `heard` the whole is mouth to ear. */
  readonly from: TurnPoint;
  readonly to: TurnPoint;
  /** From `from` to `to`: the parts' sum. */
  readonly totalMs: number;
  readonly parts: readonly MeasuredPart[];
  /** How far off `totalMs` may be. */
  readonly errorMs: number;
  readonly heardBy: HeardBy | undefined;
  /** The longest that audio of the turn waited in Prism on its way to the model. */
  readonly addedInMs: number | undefined;
  /** From the first delta to the first packet: what Prism added on the way out. */
  readonly addedOutMs: number | undefined;
  readonly interruption: MeasuredInterruption | undefined;
}
