import type {
  DecodedServerEvent,
  KnownServerEvent,
  PrismErrorInfo,
  SessionConfig,
  SessionObject,
} from '@prism/protocol';
import type { EventMaker } from './event-maker.ts';

/** What becomes of a server event while the session is being configured. */
export type InitialVerdict =
  /** Configuration is over, or this event has nothing to do with it. */
  | { readonly type: 'pass' }
  /** Nobody is told; `send`, if there is one, goes upstream. */
  | { readonly type: 'keep'; readonly send?: string }
  /** The upstream's session is as it was asked for: `created` is what the client is told. */
  | {
      readonly type: 'configured';
      readonly decoded: Extract<DecodedServerEvent, { kind: 'known' }>;
      readonly created: string;
    }
  | { readonly type: 'refused'; readonly error: PrismErrorInfo };

type State = 'awaiting_created' | 'awaiting_updated' | 'over';

/**
 * Configures the upstream's session before the client's first event, so that the client finds in its
 * `session.created` what its call or client secret was created with, as with a direct connection.
 */
export class InitialSession {
  readonly #session: SessionConfig | undefined;
  readonly #events: EventMaker;
  #state: State;
  #created: Extract<KnownServerEvent, { type: 'session.created' | 'session.updated' }> | undefined;
  #updateEventId: string | undefined;

  constructor(session: SessionConfig | undefined, events: EventMaker) {
    this.#session = session;
    this.#events = events;
    this.#state = session === undefined ? 'over' : 'awaiting_created';
  }

  /** Whether client events may go upstream. */
  get isOver(): boolean {
    return this.#state === 'over';
  }

  observe(decoded: DecodedServerEvent): InitialVerdict {
    if (this.#state === 'over' || decoded.kind !== 'known') return { type: 'pass' };
    const { event } = decoded;
    if (event.type === 'session.created' && this.#session !== undefined) {
      this.#created = event;
      this.#state = 'awaiting_updated';
      const update = this.#events.sessionUpdate(this.#session);
      this.#updateEventId = update.eventId;
      return { type: 'keep', send: update.text };
    }
    if (this.#state !== 'awaiting_updated') return { type: 'pass' };
    if (event.type === 'session.updated') return this.#configured(event.session);
    if (event.type === 'error' && event.error.event_id === this.#updateEventId) {
      this.#state = 'over';
      const { code, message, param } = event.error;
      return {
        type: 'refused',
        error: {
          code: 'session_refused',
          message: `The upstream refused the session (${code ?? event.error.type}): ${message}`,
          ...(typeof param === 'string' ? { param } : {}),
        },
      };
    }
    return { type: 'pass' };
  }

  #configured(session: SessionObject): InitialVerdict {
    this.#state = 'over';
    if (this.#created === undefined) return { type: 'pass' };
    const event = { ...this.#created, session };
    return {
      type: 'configured',
      decoded: { kind: 'known', event },
      created: JSON.stringify(event),
    };
  }
}
