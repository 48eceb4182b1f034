import { attempt, PrismClientError } from '../client-error.ts';
import { numberField, parseWireEvent, textField, type WireEvent } from '../wire-event.ts';
import { EventJournal } from './event-journal.ts';

/** How the answers begin that are for this layer. */
const PONG_START = '{"type":"prism.pong"';
const RESUMED_START = '{"type":"prism.session.resumed"';

/** What carries events for the time being. */
export interface EventWay {
  /** Throws `not_connected`, `message_too_large` or `send_queue_full`. */
  send(text: string): void;
}

export interface EventLineSink {
  readonly onMessage: (text: string) => void;
  /** The server has taken the way that was chosen: what came before isn't needed any more. */
  readonly onTaken: () => void;
  readonly onPong: (clientTimeMs: number) => void;
  /** An event that was to be sent again doesn't fit the way. */
  readonly onUnsendable: (error: PrismClientError) => void;
}

/**
 * A call's events, on whatever way there is, each once in both directions. A new way begins with this side's word what it
 * has had last; the server tells what followed, and which of this side's events it has had last. What came after that
 * one goes again, and only then what is new.
 */
export class EventLine {
  readonly #lastEventId: () => string | undefined;
  readonly #sink: EventLineSink;
  readonly #journal = new EventJournal();
  #way: EventWay | undefined;
  /** The way is chosen, and the server has yet to say so. */
  #isTaking = false;
  #hasBegun = false;

  /** @param lastEventId - The newest server event that the session has had; undefined before the first. */
  constructor(lastEventId: () => string | undefined, sink: EventLineSink) {
    this.#lastEventId = lastEventId;
    this.#sink = sink;
  }

  /** Whether the server has yet to take the way. */
  get isTaking(): boolean {
    return this.#isTaking;
  }

  /** A way is open and used from now on; one that goes on with a call has to be taken by the server first. */
  use(way: EventWay, { continues }: { readonly continues: boolean }): void {
    this.#way = way;
    this.#hasBegun = true;
    this.#isTaking = continues;
    if (!continues) return;
    // What is undefined isn't in the text.
    const takeOver = { type: 'prism.session.take_over', last_event_id: this.#lastEventId() };
    this.#trySend(JSON.stringify(takeOver));
  }

  /** The way is gone; what is sent waits for the next. */
  leave(way: EventWay): void {
    if (this.#way === way) this.#way = undefined;
  }

  /**
   * Sends an event. With an id it is kept until the server has it, through whatever happens to the way; without one it
   * is of the moment. Throws `not_connected` before there was a way, and for what is of the moment while there is none,
   * else `message_too_large` or `send_queue_full`.
   */
  send(text: string, eventId?: string): void {
    if (eventId === undefined || !this.#hasBegun) {
      if (this.#way === undefined) throw new PrismClientError('not_connected');
      if (eventId === undefined) return this.#way.send(text);
    }
    this.#journal.admit(text);
    if (!this.#isTaking) this.#sendUnlessGone(text);
    this.#journal.add(eventId, text);
  }

  ping(clientTimeMs: number): void {
    this.#trySend(JSON.stringify({ type: 'prism.ping', client_time_ms: clientTimeMs }));
  }

  /** A message has come on the way in use. */
  take(text: string): void {
    if (text.startsWith(PONG_START)) return this.#pong(parseWireEvent(text));
    if (text.startsWith(RESUMED_START)) this.#resumed(parseWireEvent(text));
    this.#sink.onMessage(text);
  }

  #pong(event: WireEvent | undefined): void {
    this.#acknowledge(event);
    const clientTimeMs = numberField(event, 'client_time_ms');
    if (clientTimeMs !== undefined) this.#sink.onPong(clientTimeMs);
  }

  #resumed(event: WireEvent | undefined): void {
    if (!this.#isTaking) return;
    this.#isTaking = false;
    this.#acknowledge(event);
    for (const text of this.#journal.texts) this.#sendAgain(text);
    this.#sink.onTaken();
  }

  #acknowledge(event: WireEvent | undefined): void {
    const eventId = textField(event, 'last_client_event_id');
    if (eventId !== undefined) this.#journal.acknowledge(eventId);
  }

  #sendAgain(text: string): void {
    attempt(
      () => this.#sendUnlessGone(text),
      (error) => this.#sink.onUnsendable(error),
    );
  }

  /** On a way that has gone without a word yet nothing is sent: it waits like what was on it. */
  #sendUnlessGone(text: string): void {
    attempt(
      () => this.#way?.send(text),
      (error) => {
        if (error.code !== 'not_connected') throw error;
      },
    );
  }

  /** Sends what says itself whether it came: what isn't answered is a way that is lost. */
  #trySend(text: string): void {
    attempt(
      () => this.#way?.send(text),
      () => undefined,
    );
  }
}
