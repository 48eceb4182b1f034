import {
  CLIENT_EVENT_BACKLOG_BYTES_MAX,
  CLIENT_EVENT_BACKLOG_COUNT_MAX,
  CONTROLLER_BACKLOG_COUNT_MAX,
  type ControllerId,
} from '@prism/protocol';
import { ClientHistory } from './client-history.ts';
import type { EventMaker } from './event-maker.ts';
import type { Outbox } from './outbox.ts';
import type { ControllerRole, SessionOptions } from './session-contract.ts';

/** A client event on its way to the upstream, with what an error about it would name. */
export interface UpwardEvent {
  readonly type: string;
  readonly eventId: string | undefined;
  /** How much of the wait it takes. */
  readonly sizeBytes: number;
}

interface WaitingEvent {
  readonly sizeBytes: number;
  readonly send: () => void;
}

/**
 * Events between controllers and the upstream, unchanged where Prism doesn't own them.
 *
 * Server events wait for the client that is to come, client events wait for the upstream; both waits are bounded.
 */
export class EventRelay {
  readonly #outbox: Outbox;
  readonly #events: EventMaker;
  readonly #roleById = new Map<ControllerId, ControllerRole>();
  /** Controllers that have sent an event of Prism's own: they know its name space. */
  readonly #prismAware = new Set<ControllerId>();
  #serverBacklog: string[] | undefined;
  #clientBacklog: WaitingEvent[] | undefined = [];
  /** Events that the client missed while it is away, oldest first; undefined while it is here. */
  #missed: string[] | undefined;
  readonly #history: ClientHistory | undefined;
  /** The client knows Prism's name space, on whatever connection it comes back. */
  #isClientAware = false;
  #eventsMissed = 0;
  #clientBacklogBytes = 0;
  #eventsUp = 0;
  #eventsDown = 0;
  #eventsUnheard = 0;

  constructor(
    outbox: Outbox,
    events: EventMaker,
    options: Pick<SessionOptions, 'expectsController' | 'audio'>,
  ) {
    this.#outbox = outbox;
    this.#events = events;
    this.#serverBacklog = options.expectsController ? [] : undefined;
    // A Realtime WebSocket is all there is of its client: nobody comes back to it.
    this.#history = options.audio === 'media' ? new ClientHistory() : undefined;
  }

  get counters(): {
    readonly eventsUp: number;
    readonly eventsDown: number;
    readonly eventsUnheard: number;
    readonly eventsMissed: number;
  } {
    return {
      eventsUp: this.#eventsUp,
      eventsDown: this.#eventsDown,
      eventsUnheard: this.#eventsUnheard,
      eventsMissed: this.#eventsMissed,
    };
  }

  /** True if somebody can be told something now. */
  get hasController(): boolean {
    return this.#roleById.size > 0;
  }

  /** True while server events wait for the client. */
  get isAwaitingController(): boolean {
    return this.#serverBacklog !== undefined;
  }

  /** @param lastEventId - What a client that comes back had last: it is told again what came after that. */
  controllerOpened(
    controllerId: ControllerId,
    role: ControllerRole,
    lastEventId: string | undefined,
  ): void {
    this.#roleById.set(controllerId, role);
    if (role !== 'client') return;
    const missed = this.#missed ?? [];
    const backlog = this.#serverBacklog ?? [];
    this.#serverBacklog = undefined;
    this.#missed = undefined;
    if (this.#isClientAware) this.#prismAware.add(controllerId);
    for (const text of backlog) this.#history?.add(text);
    if (lastEventId === undefined) {
      for (const text of [...backlog, ...missed]) this.#sendDown(controllerId, text);
      return;
    }
    const untold = this.#history?.after(lastEventId);
    const fields = { is_complete: untold !== undefined };
    this.#sendDown(controllerId, this.#events.prism('prism.session.resumed', fields));
    for (const text of untold ?? missed) this.#sendDown(controllerId, text);
  }

  /** The client hears nothing now: its events wait, the newest of them, until it is back. */
  clientAway(): void {
    this.#missed ??= [];
  }

  /** The client is back: it gets what it missed, on a channel that is still to open if one is coming. */
  clientBack(isChannelComing: boolean): void {
    const missed = this.#missed ?? [];
    const clientId = [...this.#roleById].find(([, role]) => role === 'client')?.[0];
    if (clientId === undefined && isChannelComing) return;
    this.#missed = undefined;
    if (clientId === undefined) this.#eventsUnheard += missed.length;
    else for (const text of missed) this.#sendDown(clientId, text);
  }

  /** What a controller is to the session; `undefined` if it isn't there. */
  roleOf(controllerId: ControllerId): ControllerRole | undefined {
    return this.#roleById.get(controllerId);
  }

  /** @returns What it was to the session. */
  controllerClosed(controllerId: ControllerId): ControllerRole | undefined {
    const role = this.#roleById.get(controllerId);
    this.#roleById.delete(controllerId);
    this.#prismAware.delete(controllerId);
    return role;
  }

  /** From now on this controller is told events of Prism's own name space. */
  optIn(controllerId: ControllerId): void {
    const role = this.#roleById.get(controllerId);
    if (role === undefined) return;
    this.#prismAware.add(controllerId);
    if (role === 'client') this.#isClientAware = true;
  }

  /** Sends an event of Prism's own name space, made if anybody wants it, to those who know it. */
  toPrismAware(make: () => string): void {
    if (this.#prismAware.size === 0 && !this.#isClientAware) return;
    const text = make();
    if (this.#isClientAware) this.#history?.add(text);
    if (this.#isClientAware && this.#missed !== undefined) this.#miss(text, this.#missed);
    for (const controllerId of this.#prismAware) {
      const isAway = this.#missed !== undefined && this.roleOf(controllerId) === 'client';
      if (!isAway) this.#sendDown(controllerId, text);
    }
  }

  /** Sends a server event of Prism's own to every controller. False if it had to wait and there was no room. */
  toControllers(text: string): boolean {
    return this.tell({ client: text, sideband: text });
  }

  /**
   * Sends a server event to each controller as its role is told of it, or not at all. False if it had to wait for the
   * client and there was no room.
   */
  tell(told: Readonly<Record<ControllerRole, string | undefined>>): boolean {
    let isHeard = false;
    const isLater = this.#serverBacklog !== undefined;
    if (told.client !== undefined && !isLater) this.#history?.add(told.client);
    for (const [controllerId, role] of this.#roleById) {
      const text = told[role];
      if (text === undefined || (role === 'client' && this.#missed !== undefined)) continue;
      isHeard = true;
      this.#sendDown(controllerId, text);
    }
    if (told.client !== undefined && this.#serverBacklog !== undefined) {
      if (this.#serverBacklog.length >= CONTROLLER_BACKLOG_COUNT_MAX) return false;
      this.#serverBacklog.push(told.client);
    } else if (told.client !== undefined && this.#missed !== undefined) {
      this.#miss(told.client, this.#missed);
    } else if (!isHeard) this.#eventsUnheard += 1;
    return true;
  }

  /** Sends a server event to the sidebands, if there are any. */
  toSidebands(text: string): void {
    for (const [controllerId, role] of this.#roleById)
      if (role === 'sideband') this.#sendDown(controllerId, text);
  }

  /** Sends a message of the upstream to the client as it is. The client is there: it opened the session. */
  relayToClient(bytes: Uint8Array): void {
    for (const [controllerId, role] of this.#roleById) {
      if (role !== 'client') continue;
      this.#eventsDown += 1;
      this.#outbox.push({ type: 'controller.relay', controllerId, bytes });
    }
  }

  /** Does what sends a client event upstream, now or when it is ready; refuses the event when too many wait. */
  whenReady(controllerId: ControllerId, event: UpwardEvent, send: () => void): void {
    if (this.#clientBacklog === undefined) {
      send();
      return;
    }
    const backlogBytes = this.#clientBacklogBytes + event.sizeBytes;
    if (
      this.#clientBacklog.length < CLIENT_EVENT_BACKLOG_COUNT_MAX &&
      backlogBytes <= CLIENT_EVENT_BACKLOG_BYTES_MAX
    ) {
      this.#wait({ sizeBytes: event.sizeBytes, send }, this.#clientBacklog);
      return;
    }
    const error = {
      code: 'upstream_not_ready',
      message: `${event.type.slice(0, 100)} was not accepted.`,
    } as const;
    this.#outbox.toController(controllerId, this.#events.error(error, event.eventId));
    this.#outbox.report({ type: 'controller.event_refused', code: error.code });
  }

  /** Client events may go upstream: those that wait go now, until one of them asks for another wait. */
  release(): void {
    const waiting = this.#clientBacklog ?? [];
    this.#clientBacklog = undefined;
    this.#clientBacklogBytes = 0;
    for (const event of waiting) {
      if (this.#clientBacklog === undefined) event.send();
      else this.#wait(event, this.#clientBacklog);
    }
  }

  /** From now on client events wait until {@link release}, within the bounds of those that wait for the upstream. */
  pause(): void {
    this.#clientBacklog ??= [];
  }

  toUpstream(text: string): void {
    this.#eventsUp += 1;
    this.#outbox.push({ type: 'upstream.send', text });
  }

  /**
   * Sends a client's audio upstream as it came, now or when it is ready. The bytes are copied if they must wait.
   */
  appendWhenReady(controllerId: ControllerId, bytes: Uint8Array): void {
    if (this.#clientBacklog === undefined) {
      this.#relayUp(bytes);
      return;
    }
    const kept = bytes.slice();
    const event = {
      type: 'input_audio_buffer.append',
      eventId: undefined,
      sizeBytes: kept.length,
    };
    this.whenReady(controllerId, event, () => this.#relayUp(kept));
  }

  #wait(event: WaitingEvent, backlog: WaitingEvent[]): void {
    this.#clientBacklogBytes += event.sizeBytes;
    backlog.push(event);
  }

  #relayUp(bytes: Uint8Array): void {
    this.#eventsUp += 1;
    this.#outbox.push({ type: 'upstream.relay', bytes });
  }

  #miss(text: string, missed: string[]): void {
    missed.push(text);
    if (missed.length <= CONTROLLER_BACKLOG_COUNT_MAX) return;
    missed.shift();
    this.#eventsMissed += 1;
  }

  #sendDown(controllerId: ControllerId, text: string): void {
    this.#eventsDown += 1;
    this.#outbox.toController(controllerId, text);
  }
}
