import { type SessionFact, turnFields } from '@prism/core';
import type { CloseReason } from '@prism/protocol';
import type {
  ObservedSession,
  ObserverFactory,
  SessionObserver,
} from '../runtime/ports/session-observer.ts';
import type { Logger } from './logger.ts';

/** Observes sessions by writing log entries: a constant message, the data in fields. */
export function createSessionLog(logger: Logger): ObserverFactory {
  return {
    refused: (code) => logger.info({ code }, 'session refused'),
    observe({ ids, agent, user, trace }: ObservedSession): SessionObserver {
      const log = logger.child({
        callId: ids.callId,
        ...(agent === undefined ? {} : { agent }),
        ...(trace === undefined ? {} : { traceId: trace.span.traceId }),
        ...(user === undefined ? {} : { pii: { user } }),
      });
      log.info('call started');
      return {
        fact: (fact) => logFact(log, fact),
        fault: (error) => log.error({ err: error }, 'call ended by a bug in Prism'),
        // What a tool throws may quote what it was called with.
        toolFault: (error) => log.error({ pii: { error: String(error) } }, 'a tool has thrown'),
        peerReplaced: (last: object) => log.info(last, 'the client is on another peer'),
        closed: (reason: CloseReason, lastWords: object) =>
          log.info({ reason, ...lastWords }, 'call ended'),
      };
    },
  };
}

function logFact(log: Logger, fact: SessionFact): void {
  const { type, ...fields } = fact;
  switch (type) {
    case 'upstream.failed':
      log.error(fields, type);
      return;
    case 'upstream.error_event':
    case 'upstream.garbage':
    case 'controller.event_refused':
    case 'input.backlog_dropped':
    case 'playout.overflow':
      log.warn(fields, type);
      return;
    case 'speech.started':
    case 'speech.stopped':
      log.debug(fields, type);
      return;
    case 'policy.denied': {
      // What is denied may be a name that the client made up.
      const { eventType, code, param } = fact;
      log.warn({ eventType, code, pii: { param } }, type);
      return;
    }
    case 'turn.measured':
      log.info(turnFields(fact.turn), type);
      return;
    default:
      log.info(fields, type);
  }
}
