import type { CallMedia } from '../call-media.ts';
import { PrismClientError } from '../client-error.ts';
import type { WireEvent } from '../wire-event.ts';
import type { ListenerCalls } from './listener-calls.ts';

/** The events of this side on their way to the server. */
export class OutgoingEvents {
  readonly #listeners: ListenerCalls;
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

  /** Throws a `PrismClientError` if it cannot leave. */
  send(event: WireEvent): void {
    if (this.#media === undefined) throw new PrismClientError('not_connected');
    const text = JSON.stringify(event);
    this.#media.send(text);
    this.#listeners.tell((page) => page.onClientEvent?.(event, text.length));
  }

  /** Sends what nobody waits for; a failure goes to the listener. */
  trySend(event: WireEvent): void {
    if (this.#media === undefined) return;
    try {
      this.send(event);
    } catch (failure) {
      if (!(failure instanceof PrismClientError)) throw failure;
      this.#listeners.failed(failure);
    }
  }
}
