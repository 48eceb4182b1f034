import type { TraceParent } from '../trace/trace-parent.ts';
import { type ControllerPolicy, OPEN_POLICY } from './controller-policy.ts';
import { NO_LIMITS, type SessionLimits } from './session-limits.ts';

/** On whose account a session runs, and what its opener may do: decided once, when it is let in. */
export interface SessionAccess {
  /** The server key it goes back to: the one presented, or the one that made the client secret. */
  readonly keyId: string | undefined;
  /** The client secret that it was opened with, without opening anything by itself. */
  readonly tokenId: string | undefined;
  /** The application's name for who talks. */
  readonly user: string | undefined;
  /** The agent that it was opened as. */
  readonly agent: string | undefined;
  /** For the controller that opens the session. */
  readonly policy: ControllerPolicy;
  readonly limits: SessionLimits;
  /** What caused the session, as the application's back end says. */
  readonly traceParent?: TraceParent | undefined;
}

/** Nobody in particular, who may do everything: development on loopback. */
export const OPEN_ACCESS: SessionAccess = Object.freeze({
  keyId: undefined,
  tokenId: undefined,
  user: undefined,
  agent: undefined,
  policy: OPEN_POLICY,
  limits: NO_LIMITS,
});
