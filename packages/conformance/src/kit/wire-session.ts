import type {
  ClientMessage,
  ConformanceConnection,
  Incoming,
  WireEvent,
} from '../transport/conformance-transport.ts';
import { type Clock, within } from './clock.ts';
import { show, typesOf } from './expect.ts';
import { Mismatch } from './mismatch.ts';

/** How a connection ended. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** A connection as an exchange uses it: events are sent, and the ones that answer are waited for. */
export class WireSession {
  /** Everything that has arrived, in order. */
  readonly events: WireEvent[] = [];
  readonly #connection: ConformanceConnection;
  readonly #clock: Clock;
  readonly #replyTimeoutMs: number;
  #cursor = 0;
  #closing: Closing | undefined;

  constructor(
    connection: ConformanceConnection,
    using: { readonly clock: Clock; readonly replyTimeoutMs: number },
  ) {
    this.#connection = connection;
    this.#clock = using.clock;
    this.#replyTimeoutMs = using.replyTimeoutMs;
  }

  get selectedProtocol(): string {
    return this.#connection.selectedProtocol;
  }

  send(...messages: readonly (ClientMessage | string)[]): void {
    for (const message of messages) this.#connection.send(message);
  }

  sendAudio(pcm: Int16Array): void {
    this.#connection.sendAudio(pcm);
  }

  close(code?: number, reason?: string): void {
    this.#connection.close(code, reason);
  }

  /** Whether the server answers a ping in time; true over a transport that has none. */
  async answersPing(): Promise<boolean> {
    const pong = this.#connection.ping?.();
    if (pong === undefined) return true;
    return this.#inTime(pong, 'a pong');
  }

  /** The next event that matches, of those that nobody has waited for yet. What comes before it counts as read. */
  async until(
    wanted: string | ((event: WireEvent) => boolean),
    what = String(wanted),
  ): Promise<WireEvent> {
    const matches = typeof wanted === 'string' ? ofType(wanted) : wanted;
    const endMs = this.#clock.nowMs() + this.#replyTimeoutMs;
    const start = this.#cursor;
    for (;;) {
      const event = this.events[this.#cursor];
      if (event === undefined) {
        await this.#arrival(what, { start, endMs });
        continue;
      }
      this.#cursor += 1;
      if (matches(event)) return event;
    }
  }

  /** Sends an event and waits for one that answers it; an error that names the event answers it too. */
  async ask(message: WireEvent, replyType: string): Promise<WireEvent> {
    const id = message['event_id'];
    this.send(message);
    return this.until(
      (event) => event.type === replyType || (id !== undefined && isErrorFor(event, id)),
      `${replyType} or an error for ${show(id)}`,
    );
  }

  /** {@link ask} where an error is a mismatch. */
  async demand(message: WireEvent, replyType: string): Promise<WireEvent> {
    const id = message['event_id'] ?? `demand_${this.#cursor}`;
    const reply = await this.ask({ ...message, event_id: id }, replyType);
    if (reply.type !== replyType) {
      throw new Mismatch(`${replyType} in answer to ${message.type}`, 'an error', reply);
    }
    return reply;
  }

  /**
   * Waits until everything sent so far has been worked on, by an event that is always answered: it clears the input
   * buffer. Answers the events since the last wait.
   */
  async settle(): Promise<readonly WireEvent[]> {
    const start = this.#cursor;
    await this.demand({ type: 'input_audio_buffer.clear' }, 'input_audio_buffer.cleared');
    return this.events.slice(start, this.#cursor - 1);
  }

  /** How the connection ends. Events until then are kept. */
  async closed(): Promise<Closing> {
    const endMs = this.#clock.nowMs() + this.#replyTimeoutMs;
    for (;;) {
      if (this.#closing !== undefined) return this.#closing;
      this.#take(await this.#next('the end of the connection', endMs));
    }
  }

  async #arrival(
    what: string,
    since: { readonly start: number; readonly endMs: number },
  ): Promise<void> {
    const closing = this.#closing;
    if (closing !== undefined) {
      throw new Mismatch(what, `a close with ${closing.code} ${show(closing.reason)}`);
    }
    try {
      this.#take(await this.#next(what, since.endMs));
    } catch (error) {
      const seen = this.events.slice(since.start);
      if (!(error instanceof Mismatch)) throw error;
      throw new Mismatch(error.expected, `${error.got}; before that ${typesOf(seen)}`, seen.at(-1));
    }
  }

  #next(what: string, endMs: number): Promise<Incoming> {
    return this.#inTime(this.#connection.next(), what, Math.max(1, endMs - this.#clock.nowMs()));
  }

  #inTime<Value>(
    promise: Promise<Value>,
    what: string,
    limitMs = this.#replyTimeoutMs,
  ): Promise<Value> {
    return within(promise, limitMs, {
      clock: this.#clock,
      makeError: () => new Mismatch(what, `nothing within ${this.#replyTimeoutMs} ms`),
    });
  }

  #take(incoming: Incoming): void {
    switch (incoming.type) {
      case 'event':
        this.events.push(incoming.event);
        return;
      case 'malformed':
        throw new Mismatch('one JSON object with a type per text frame', incoming.reason);
      case 'closed':
        this.#closing = { code: incoming.code, reason: incoming.reason };
        return;
    }
  }
}

function ofType(type: string): (event: WireEvent) => boolean {
  return (event) => event.type === type;
}

function isErrorFor(event: WireEvent, id: unknown): boolean {
  const error = event['error'];
  return (
    event.type === 'error' &&
    typeof error === 'object' &&
    error !== null &&
    'event_id' in error &&
    error.event_id === id
  );
}
