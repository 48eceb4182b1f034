import type { ResponseEntry, SessionFact, TimelineSnapshot } from '@prism/core';
import type { CallIds, CloseReason, ErrorCode } from '@prism/protocol';
import type { SessionTrace } from '../session-trace.ts';

/** What a session's media and events come over at its start; a call may move between the first two. */
export type SessionTransport = 'webrtc' | 'media_websocket' | 'realtime_websocket';

/** A session that begins, as far as it is known then. */
export interface ObservedSession {
  readonly ids: CallIds;
  readonly transport: SessionTransport;
  /** A name of the configuration. */
  readonly agent: string | undefined;
  /** The application's name for who talks: personal, as what he says. */
  readonly user: string | undefined;
  /** As the session asked for it; the upstream's own if undefined. */
  readonly model: string | undefined;
  /** Its place in a trace; undefined if it has none. */
  readonly trace: SessionTrace | undefined;
  /** What has happened so far; undefined if nothing is recorded. */
  readonly timeline: () => TimelineSnapshot | undefined;
  /** What of that happened to responses since `atMs` on the session's clock, oldest first. */
  readonly responsesSince: (atMs: number) => readonly ResponseEntry[];
  /** What the session is now, as numbers and states: nothing a person said. Costs some microseconds. */
  readonly describe: () => object;
}

/** Watches one session for logs and metrics. Must not throw. */
export interface SessionObserver {
  fact(fact: SessionFact): void;
  /** A broken invariant: the session is being ended because of a bug in Prism. */
  fault(error: unknown): void;
  /** What runs a tool has thrown; the call has failed, the session goes on. */
  toolFault(error: unknown): void;
  /** Another peer takes the place of the one described, whose counts end here. */
  peerReplaced(last: object): void;
  closed(reason: CloseReason, lastWords: object): void;
}

export interface ObserverFactory {
  observe(session: ObservedSession): SessionObserver;
  /** A caller who was let in got no session. */
  refused(code: ErrorCode): void;
}

/** Tells all of them, in this order. */
export function allObservers(factories: readonly ObserverFactory[]): ObserverFactory {
  return {
    refused: (code) => {
      for (const factory of factories) factory.refused(code);
    },
    observe: (session) => {
      const observers = factories.map((factory) => factory.observe(session));
      const all =
        <Args extends readonly unknown[]>(
          tell: (observer: SessionObserver, ...args: Args) => void,
        ) =>
        (...args: Args): void => {
          for (const observer of observers) tell(observer, ...args);
        };
      return {
        fact: all((observer, fact: SessionFact) => observer.fact(fact)),
        fault: all((observer, error: unknown) => observer.fault(error)),
        toolFault: all((observer, error: unknown) => observer.toolFault(error)),
        peerReplaced: all((observer, last: object) => observer.peerReplaced(last)),
        closed: all((observer, reason: CloseReason, lastWords: object) =>
          observer.closed(reason, lastWords),
        ),
      };
    },
  };
}
