import { type Clock, EventRate, type EventRateLimits } from '@prism/core';
import type { CloseReason, PrismErrorInfo } from '@prism/protocol';

/** What becomes of a controller that sends too much. */
export interface ExcessListener {
  /** A message was left out. */
  readonly dropped: () => void;
  /** The controller is to be told so. */
  readonly tell: (error: PrismErrorInfo) => void;
  /** It has gone on for too long. */
  readonly end: (reason: CloseReason) => void;
}

const TOO_MUCH: PrismErrorInfo = {
  code: 'rate_limit_exceeded',
  message: 'This connection sends more than it may; an event was left out.',
};

/** Whether one controller's messages of so many bytes may come in, each asked as it comes. */
export function admitterOf(
  limits: EventRateLimits | undefined,
  clock: Clock,
  listener: ExcessListener,
): (sizeBytes: number) => boolean {
  if (limits === undefined) return () => true;
  const rate = new EventRate(limits, clock.nowMs());
  return (sizeBytes) => {
    const verdict = rate.take(sizeBytes, clock.nowMs());
    if (verdict === 'pass') return true;
    listener.dropped();
    if (verdict === 'tell') listener.tell(TOO_MUCH);
    if (verdict === 'end') listener.end('rate_limit_exceeded');
    return false;
  };
}
