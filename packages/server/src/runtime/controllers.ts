import type { IdSource } from '@prism/core';
import { type ControllerId, controllerIdFromCount, errorBody } from '@prism/protocol';
import type { ControllerSink, SendOutcome, SessionEnd } from './ports/controller.ts';

/** The controllers of one session, by id; at most as many as the session's owner lets in. */
export class Controllers {
  readonly #ids: IdSource;
  readonly #sinks = new Map<ControllerId, ControllerSink>();
  #count = 0;
  #messagesUnsent = 0;

  constructor(ids: IdSource) {
    this.#ids = ids;
  }

  get size(): number {
    return this.#sinks.size;
  }

  get messagesUnsent(): number {
    return this.#messagesUnsent;
  }

  add(sink: ControllerSink): ControllerId {
    this.#count += 1;
    const id = controllerIdFromCount(this.#count);
    this.#sinks.set(id, sink);
    return id;
  }

  remove(id: ControllerId): void {
    this.#sinks.delete(id);
  }

  send(id: ControllerId, text: string): void {
    const outcome = this.#sinks.get(id)?.send(text);
    if (outcome === 'sent') return;
    this.#messagesUnsent += 1;
    if (outcome !== 'too_large') return;
    this.#sinks.get(id)?.send(this.#tooLarge(text));
  }

  relay(id: ControllerId, bytes: Uint8Array): void {
    const outcome: SendOutcome | undefined = this.#sinks.get(id)?.relay(bytes);
    if (outcome !== 'sent') this.#messagesUnsent += 1;
  }

  /** Ends one; it leaves by itself when its connection has closed. */
  endOne(id: ControllerId, end: SessionEnd): void {
    this.#sinks.get(id)?.end(end);
  }

  /** Ends them all. */
  end(end: SessionEnd): void {
    const sinks = [...this.#sinks.values()];
    this.#sinks.clear();
    for (const sink of sinks) sink.end(end);
  }

  /** What a controller is told instead of an event that its data channel can't carry. */
  #tooLarge(text: string): string {
    const { type, event_id: eventId } = JSON.parse(text) as Record<string, unknown>;
    const { error } = errorBody({
      code: 'server_event_too_large',
      message: `${String(type)} (${String(eventId)}) has ${Buffer.byteLength(text)} bytes, more than this connection carries.`,
    });
    return JSON.stringify({
      type: 'error',
      event_id: this.#ids.nextEventId(),
      error: { ...error, event_id: null },
    });
  }
}
