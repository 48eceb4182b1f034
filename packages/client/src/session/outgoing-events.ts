import type { CallMedia } from '../call-media.ts';
import { attempt, PrismClientError } from '../client-error.ts';
import { textField, type WireEvent } from '../wire-event.ts';
import type { ListenerCalls } from './listener-calls.ts';

/** The events of this side on their way to the server: each has an id, by which the server says that it has it. */
export class OutgoingEvents {
  readonly #listeners: ListenerCalls;
  readonly #idStart = `event_${(crypto.getRandomValues(new Uint32Array(1))[0] ?? 0).toString(36)}_`;
  #count = 0;
  #media: CallMedia | undefined;

  constructor(listeners: ListenerCalls) {
    this.#listeners = listeners;
  }

  /** What carries them from now on. */
  open(media: CallMedia): void {
    this.#media = media;
  }

  /** Nothing leaves any more. */
  close(): void {
    this.#media = undefined;
  }

  /** Sends an event, with an id if it has none. Throws a `PrismClientError` if it cannot leave. */
  send(anonymous: WireEvent): void {
    if (this.#media === undefined) throw new PrismClientError('not_connected');
    const eventId = textField(anonymous, 'event_id') ?? this.#nextId();
    const event: WireEvent = { ...anonymous, event_id: eventId };
    const text = JSON.stringify(event);
    this.#media.send(text, eventId);
    this.#listeners.tell((page) => page.onClientEvent?.(event, text.length));
  }

  /** Sends what is of the moment: it goes now, or not at all. */
  sendNow(event: WireEvent): void {
    attempt(
      () => this.#media?.send(JSON.stringify(event)),
      () => undefined,
    );
  }

  #nextId(): string {
    this.#count += 1;
    return `${this.#idStart}${this.#count}`;
  }

  /** Sends what nobody waits for; a failure goes to the listener. */
  trySend(event: WireEvent): void {
    if (this.#media === undefined) return;
    attempt(
      () => this.send(event),
      (error) => this.#listeners.failed(error),
    );
  }
}
