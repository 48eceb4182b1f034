import { type ErrorObject, mergeSessionConfig, type SessionConfig } from '@prism/protocol';

/** Updates on their way; the upstream answers within moments. At the bound the oldest counts as answered. */
const SENT_COUNT_MAX = 64;

interface SentUpdate {
  readonly eventId: string | undefined;
  readonly session: SessionConfig;
}

/**
 * What the session is configured with: what it began with and every update that the upstream took since, as the
 * controllers wrote them. What the upstream tells of its session holds much that nobody may set.
 */
export class SessionSettings {
  #config: SessionConfig;
  readonly #sent: SentUpdate[] = [];

  constructor(initial: SessionConfig | undefined) {
    this.#config = initial ?? { type: 'realtime' };
  }

  get config(): SessionConfig {
    return this.#config;
  }

  /** An update goes upstream; each is answered there, in this order. */
  sent(eventId: string | undefined, session: unknown): void {
    if (!isSessionConfig(session, this.#config.type)) return;
    this.#sent.push({ eventId, session });
    if (this.#sent.length > SENT_COUNT_MAX) this.updated();
  }

  /** The upstream has taken the oldest that was sent. */
  updated(): void {
    const update = this.#sent.shift();
    if (update !== undefined) this.#config = mergeSessionConfig(this.#config, update.session);
  }

  /** The upstream refused an event; if it was an update, it doesn't count. */
  refused(error: ErrorObject): void {
    const eventId = error.event_id ?? undefined;
    const isOfSession = error.param?.startsWith('session') === true;
    if (eventId === undefined && !isOfSession) return;
    const index = this.#sent.findIndex((update) => update.eventId === eventId);
    if (index >= 0) this.#sent.splice(index, 1);
  }
}

/** The upstream has judged its members, as far as they count. */
function isSessionConfig(session: unknown, type: SessionConfig['type']): session is SessionConfig {
  return (
    typeof session === 'object' && session !== null && 'type' in session && session.type === type
  );
}
