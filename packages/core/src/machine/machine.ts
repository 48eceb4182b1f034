import type { MonotonicMs } from '../time/clock.ts';
import type { Deadline } from '../time/deadline-table.ts';

/** What a machine prints of itself: no audio, no secrets, nothing a person said. */
export type Description = {
  readonly [field: string]:
    | string
    | number
    | boolean
    | undefined
    | Description
    | readonly Description[];
};

/**
 * A decision-maker without IO, clock or async.
 *
 * The contract: one input by `handle`, then `poll` until it answers `undefined`, then one timer for `deadline`.
 * It is never re-entered. One runner calls it and does what the effects say; results come back as inputs.
 */
export interface Machine<Input, Effect, Reason extends string> {
  /** Takes one input. `nowMs` never goes back. */
  handle(input: Input, nowMs: MonotonicMs): void;
  /** The next effect to perform, in order; `undefined` when drained. */
  poll(): Effect | undefined;
  /** When to call `handle` with the deadline input at the latest. */
  deadline(): Deadline<Reason> | undefined;
  describe(): Description;
}
