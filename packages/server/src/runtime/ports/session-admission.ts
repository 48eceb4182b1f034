import type { PrismErrorInfo, SessionAccess } from '@prism/protocol';

/** Who opens a session. */
export interface Opener {
  readonly access: SessionAccess;
  /** Whom limits by address count it against; undefined if that isn't known. */
  readonly countedAddress: string | undefined;
  /** Whether the session goes on from another process: it has cost its opener already what it costs once. */
  readonly isReturn?: boolean;
}

/** Whether one more session may be opened; synchronous, so that nothing comes between question and session. */
export interface SessionAdmission {
  /** Why this opener may have no session right now; undefined if it may. */
  refusal(opener: Opener): PrismErrorInfo | undefined;
  /** Takes what a session costs its opener. Called right after `refusal` found nothing. */
  opened(opener: Opener): void;
  /** A session of this opener is over. Told once for each that was opened. */
  closed(opener: Opener): void;
}
