import type { SessionFact } from '@prism/core';
import type { CallIds, CloseReason } from '@prism/protocol';

/** Watches one session for logs and metrics. Must not throw. */
export interface SessionObserver {
  fact(fact: SessionFact): void;
  /** A broken invariant: the session is being ended because of a bug in Prism. */
  fault(error: unknown): void;
  /** What runs a tool has thrown; the call has failed, the session goes on. */
  toolFault(error: unknown): void;
  closed(reason: CloseReason, lastWords: object): void;
}

export interface ObserverFactory {
  observe(ids: CallIds): SessionObserver;
}
