import { after, type MonotonicMs } from '../time/clock.ts';
import type { DeadlineTable } from '../time/deadline-table.ts';
import type { ResponseSequencer } from './response-sequencer.ts';
import type { OwnDeadlineReason } from './session-contract.ts';

/** How long a waiting response yields to one that the upstream should make by itself. */
const RESPONSE_HOLD_MS = 1_000;
/** How long waiting responses wait for an answer or a refusal of the one before them. */
const RESPONSE_REQUEST_MS = 10_000;

/** Keeps the time limits of what the sequencer waits for: each runs from when its wait begins to when it ends. */
export function followWaits(
  sequencer: Pick<ResponseSequencer, 'wantsDeadline' | 'awaitsAnswer'>,
  deadlines: DeadlineTable<OwnDeadlineReason>,
  nowMs: MonotonicMs,
): void {
  if (!sequencer.wantsDeadline) deadlines.clear('response.hold');
  else if (!deadlines.has('response.hold'))
    deadlines.set('response.hold', after(nowMs, RESPONSE_HOLD_MS));
  if (!sequencer.awaitsAnswer) deadlines.clear('response.request');
  else if (!deadlines.has('response.request'))
    deadlines.set('response.request', after(nowMs, RESPONSE_REQUEST_MS));
}
