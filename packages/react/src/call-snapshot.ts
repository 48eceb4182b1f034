import type { PrismClientError, PrismSession, SessionStatus } from '@prism/client';

/**
 * Where a call stands. `unstable` is a live call that looks for another way to the server; `ended` is one that was
 * live, or that failed to become so.
 */
export type CallStatus = 'idle' | 'connecting' | 'live' | 'unstable' | 'ended';

/** What the agent does, as far as its events tell: `idle` without a call. */
export type AgentActivity = 'idle' | 'listening' | 'thinking' | 'speaking';

/** A call as components see it; another object whenever something in it changes, and only then. */
export interface CallSnapshot {
  readonly status: CallStatus;
  readonly activity: AgentActivity;
  /** Whether the server hears the user speak. */
  readonly isUserSpeaking: boolean;
  readonly isMuted: boolean;
  /** The newest error of this call, what ended it included; undefined after a new start. */
  readonly error: PrismClientError | undefined;
  /** The connection in detail, from the SDK; undefined before the first call. */
  readonly connection: SessionStatus | undefined;
  /** For everything that has no hook; undefined unless the call is live or unstable. */
  readonly session: PrismSession | undefined;
}

/** Before the first call. */
export const IDLE_CALL: CallSnapshot = {
  status: 'idle',
  activity: 'idle',
  isUserSpeaking: false,
  isMuted: false,
  error: undefined,
  connection: undefined,
  session: undefined,
};

/** The same snapshot if the change changes nothing, so that nothing renders for it. */
export function changedSnapshot(now: CallSnapshot, change: Partial<CallSnapshot>): CallSnapshot {
  const next = { ...now, ...change };
  return isSame(now, next) ? now : next;
}

function isSame(now: CallSnapshot, next: CallSnapshot): boolean {
  return (
    now.status === next.status &&
    now.activity === next.activity &&
    now.isUserSpeaking === next.isUserSpeaking &&
    now.isMuted === next.isMuted &&
    now.error === next.error &&
    now.connection === next.connection &&
    now.session === next.session
  );
}
