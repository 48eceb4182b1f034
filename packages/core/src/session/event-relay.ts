import {
  CLIENT_EVENT_BACKLOG_COUNT_MAX,
  type ClientEvent,
  CONTROLLER_BACKLOG_COUNT_MAX,
  type ControllerId,
} from '@prism/protocol';
import type { EventMaker } from './event-maker.ts';
import type { Outbox } from './outbox.ts';

/**
 * Events between controllers and the upstream, unchanged where Prism doesn't own them.
 *
 * Server events wait for the first controller, client events wait for the upstream; both waits are bounded.
 */
export class EventRelay {
  readonly #outbox: Outbox;
  readonly #events: EventMaker;
  readonly #controllerIds = new Set<ControllerId>();
  #serverBacklog: string[] | undefined;
  #clientBacklog: string[] | undefined = [];
  #eventsUp = 0;
  #eventsDown = 0;
  #eventsUnheard = 0;

  constructor(outbox: Outbox, events: EventMaker, expectsController: boolean) {
    this.#outbox = outbox;
    this.#events = events;
    this.#serverBacklog = expectsController ? [] : undefined;
  }

  get counters(): {
    readonly eventsUp: number;
    readonly eventsDown: number;
    readonly eventsUnheard: number;
  } {
    return {
      eventsUp: this.#eventsUp,
      eventsDown: this.#eventsDown,
      eventsUnheard: this.#eventsUnheard,
    };
  }

  /** True if somebody can be told something now. */
  get hasController(): boolean {
    return this.#controllerIds.size > 0;
  }

  /** True while server events wait for the first controller. */
  get isAwaitingController(): boolean {
    return this.#serverBacklog !== undefined;
  }

  controllerOpened(controllerId: ControllerId): void {
    this.#controllerIds.add(controllerId);
    const waiting = this.#serverBacklog ?? [];
    this.#serverBacklog = undefined;
    for (const text of waiting) this.toControllers(text);
  }

  controllerClosed(controllerId: ControllerId): void {
    this.#controllerIds.delete(controllerId);
  }

  /** Sends a server event to every controller. False if it had to wait and there was no room. */
  toControllers(text: string): boolean {
    if (this.#serverBacklog !== undefined) {
      if (this.#serverBacklog.length >= CONTROLLER_BACKLOG_COUNT_MAX) return false;
      this.#serverBacklog.push(text);
      return true;
    }
    if (this.#controllerIds.size === 0) this.#eventsUnheard += 1;
    for (const controllerId of this.#controllerIds) {
      this.#eventsDown += 1;
      this.#outbox.toController(controllerId, text);
    }
    return true;
  }

  /** Sends a client event upstream, now or when it is ready; refuses it when too many wait. */
  toUpstream(controllerId: ControllerId, event: ClientEvent, text: string): void {
    if (this.#clientBacklog === undefined) {
      this.#sendUp(text);
      return;
    }
    if (this.#clientBacklog.length < CLIENT_EVENT_BACKLOG_COUNT_MAX) {
      this.#clientBacklog.push(text);
      return;
    }
    const error = {
      code: 'upstream_not_ready',
      message: `${event.type} was not accepted.`,
    } as const;
    this.#outbox.toController(controllerId, this.#events.error(error, event.event_id));
    this.#outbox.report({ type: 'controller.event_refused', code: error.code });
  }

  upstreamReady(): void {
    const waiting = this.#clientBacklog ?? [];
    this.#clientBacklog = undefined;
    for (const text of waiting) this.#sendUp(text);
  }

  #sendUp(text: string): void {
    this.#eventsUp += 1;
    this.#outbox.push({ type: 'upstream.send', text });
  }
}
