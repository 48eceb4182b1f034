import {
  CLIENT_EVENT_BACKLOG_BYTES_MAX,
  CLIENT_EVENT_BACKLOG_COUNT_MAX,
  CONTROLLER_BACKLOG_COUNT_MAX,
  type ControllerId,
  type OtherServerEvent,
  type PrismErrorInfo,
} from '@prism/protocol';
import type { ConversationRecord } from '../handover/conversation-record.ts';
import type { Audience } from './audience.ts';
import { ClientHistory } from './client-history.ts';
import { ClientReceipts } from './client-receipts.ts';
import type { EventMaker } from './event-maker.ts';
import type { Outbox } from './outbox.ts';
import type { ControllerRole, SessionInput, SessionOptions } from './session-contract.ts';

/** Ways of its client that a session remembers; an answer that takes longer than so many changes has nowhere to go. */
const CLIENT_WAY_COUNT_MAX = 16;

/** A client event on its way to the upstream, with what an error about it would name. */
export interface UpwardEvent {
  readonly type: string;
  readonly eventId: string | undefined;
  /** How much of the wait it takes. */
  readonly sizeBytes: number;
}

export interface EventRelayParts {
  readonly outbox: Outbox;
  readonly events: EventMaker;
  readonly audience: Audience;
}

interface WaitingEvent {
  readonly sizeBytes: number;
  readonly send: () => void;
}

/** A server event on its way down, and whose it is. */
export interface DownwardEvent {
  readonly event: OtherServerEvent;
  /** The same as JSON. */
  readonly text: string;
  readonly to: ControllerRole | 'everybody';
}

/**
 * Events between controllers and the upstream, unchanged where neither Prism nor a policy owns them.
 *
 * Server events wait for the client that is to come, client events wait for the upstream; both waits are bounded.
 */
export class EventRelay {
  readonly #outbox: Outbox;
  readonly #events: EventMaker;
  readonly #audience: Audience;
  /** What of its client's events has come. */
  readonly receipts: ClientReceipts;
  /** The newest of the controllers that the client has been: what it asked as one may be answered later. */
  readonly #clientWays = new Set<ControllerId>();
  #serverBacklog: string[] | undefined;
  #clientBacklog: WaitingEvent[] | undefined = [];
  /** Events that the client missed while it is away, oldest first; undefined while it is here. */
  #missed: string[] | undefined;
  readonly #history: ClientHistory | undefined;
  /** The client knows Prism's name space, on whatever connection it comes back. */
  #isClientAware: boolean;
  /** What a client that comes back goes on with. */
  #continuity: 'nothing' | 'conversation' | 'session';
  #eventsMissed = 0;
  #clientBacklogBytes = 0;
  #eventsUp = 0;
  #eventsDown = 0;
  #eventsUnheard = 0;

  constructor(
    parts: EventRelayParts,
    options: Pick<SessionOptions, 'expectsController' | 'audio' | 'restored'>,
  ) {
    const { restored } = options;
    this.#isClientAware = restored?.isClientAware ?? false;
    this.#continuity = restored === undefined ? 'nothing' : 'conversation';
    this.receipts = new ClientReceipts(restored?.lastClientEventId);
    this.#outbox = parts.outbox;
    this.#events = parts.events;
    this.#audience = parts.audience;
    this.#serverBacklog = options.expectsController ? [] : undefined;
    // A Realtime WebSocket is all there is of its client: nobody comes back to it.
    this.#history = options.audio === 'media' ? new ClientHistory(restored?.history) : undefined;
  }

  get counters(): {
    readonly eventsUp: number;
    readonly eventsDown: number;
    readonly eventsUnheard: number;
    readonly eventsMissed: number;
    readonly eventsHidden: number;
  } {
    return {
      eventsUp: this.#eventsUp,
      eventsDown: this.#eventsDown,
      eventsUnheard: this.#eventsUnheard,
      eventsMissed: this.#eventsMissed,
      eventsHidden: this.#audience.eventsHidden,
    };
  }

  /** True if somebody can be told something now. */
  get hasController(): boolean {
    return !this.#audience.isEmpty;
  }

  /** Whether nothing is held back from the client. */
  get isClientOpen(): boolean {
    return this.#audience.clientPolicy.isOpen;
  }

  /** True while server events wait for the client. */
  get isAwaitingController(): boolean {
    return this.#serverBacklog !== undefined;
  }

  /** A client that comes back is told again what came after the event that it had last. */
  controllerOpened({
    controllerId,
    role,
    policy,
    lastEventId,
    isResuming,
  }: Extract<SessionInput, { readonly type: 'controller.opened' }>): void {
    this.#audience.open(controllerId, role, policy);
    if (role !== 'client') return;
    this.#isClientOn(controllerId);
    const missed = this.#missed ?? [];
    const backlog = this.#serverBacklog ?? [];
    this.#serverBacklog = undefined;
    this.#missed = undefined;
    if (this.#isClientAware) this.#audience.optIn(controllerId);
    for (const text of backlog) this.#history?.add(text);
    if (lastEventId === undefined && isResuming !== true) {
      for (const text of [...backlog, ...missed]) this.#sendDown(controllerId, text);
      this.#continuity = 'session';
      return;
    }
    const history = this.#history;
    const untold = lastEventId === undefined ? history?.all() : history?.after(lastEventId);
    const fields = {
      is_complete: untold !== undefined,
      continues: this.#continuity,
      last_client_event_id: this.receipts.lastId ?? null,
    };
    this.#sendDown(controllerId, this.#events.prism('prism.session.resumed', fields));
    // Nothing was told before the client's first way to this session: what waited is all there is.
    const told = this.#continuity === 'session' ? missed : backlog;
    for (const text of untold ?? told) this.#sendDown(controllerId, text);
    this.#continuity = 'session';
  }

  /** What another process needs of this to go on with the client. */
  get record(): Pick<ConversationRecord, 'isClientAware' | 'lastClientEventId' | 'history'> {
    return {
      isClientAware: this.#isClientAware,
      lastClientEventId: this.receipts.lastId,
      history: this.#history?.texts ?? [],
    };
  }

  #isClientOn(controllerId: ControllerId): void {
    this.#clientWays.add(controllerId);
    const [oldest] = this.#clientWays;
    if (oldest !== undefined && this.#clientWays.size > CLIENT_WAY_COUNT_MAX)
      this.#clientWays.delete(oldest);
  }

  /** The client hears nothing now: its events wait, the newest of them, until it is back. */
  clientAway(): void {
    this.#missed ??= [];
  }

  /** The client is back: it gets what it missed, on a channel that is still to open if one is coming. */
  clientBack(isChannelComing: boolean): void {
    const missed = this.#missed ?? [];
    const { clientId } = this.#audience;
    if (clientId === undefined && isChannelComing) return;
    this.#missed = undefined;
    if (clientId === undefined) this.#eventsUnheard += missed.length;
    else for (const text of missed) this.#sendDown(clientId, text);
  }

  /** What a controller is to the session; `undefined` if it isn't there. */
  roleOf(controllerId: ControllerId): ControllerRole | undefined {
    return this.#audience.roleOf(controllerId);
  }

  /** @returns What it was to the session. */
  controllerClosed(controllerId: ControllerId): ControllerRole | undefined {
    return this.#audience.close(controllerId);
  }

  /** From now on this controller is told events of Prism's own name space, first what it may do. */
  optIn(controllerId: ControllerId): void {
    if (!this.#audience.optIn(controllerId)) return;
    if (this.#audience.roleOf(controllerId) === 'client') this.#isClientAware = true;
    const { isOpen, permissions } = this.#audience.policyOf(controllerId);
    if (isOpen) return;
    const { preset, clientEvents, serverEvents, lockedFields } = permissions;
    const text = this.#events.prism('prism.permissions', {
      preset,
      allowed_client_events: clientEvents,
      allowed_server_events: serverEvents,
      locked_fields: lockedFields,
    });
    this.answer(controllerId, text);
  }

  /** Sends an event of Prism's own name space, made if anybody wants it, to those who know it. */
  toPrismAware(type: `prism.${string}`, fields: Readonly<Record<string, unknown>>): void {
    if (!this.#audience.isPrismAware && !this.#isClientAware) return;
    const text = this.#events.prism(type, fields);
    const { clientPolicy } = this.#audience;
    if (this.#isClientAware) this.#keepForReturn(this.#audience.told(clientPolicy, { type }, text));
    for (const [controllerId, { policy, role, isPrismAware }] of this.#audience.members) {
      const isAway = role === 'client' && this.#missed !== undefined;
      if (!isPrismAware || isAway) continue;
      if (this.#audience.told(policy, { type }, text) !== undefined)
        this.#sendDown(controllerId, text);
    }
  }

  /**
   * Sends a server event to those it is for, to each as its policy has it. False if it had to wait for the client and
   * there was no room.
   */
  tell({ event, text, to }: DownwardEvent): boolean {
    let isHeard = false;
    const { clientPolicy } = this.#audience;
    const clientText =
      to === 'sideband' ? undefined : this.#audience.told(clientPolicy, event, text);
    const isKept = this.#keepForReturn(clientText);
    for (const [controllerId, { role, policy }] of this.#audience.members) {
      if (to !== 'everybody' && to !== role) continue;
      if (role === 'client' && this.#missed !== undefined) continue;
      isHeard = true;
      const told =
        policy === clientPolicy && to !== 'sideband'
          ? clientText
          : this.#audience.told(policy, event, text);
      if (told !== undefined) this.#sendDown(controllerId, told);
    }
    const isWaiting = this.#serverBacklog !== undefined || this.#missed !== undefined;
    if (to !== 'sideband' && !isHeard && !isWaiting) this.#eventsUnheard += 1;
    return isKept;
  }

  /** Tells everybody how far the answer's audio is on its way. */
  outputAudioBuffer(what: 'started' | 'stopped' | 'cleared', responseId: string): void {
    const text = this.#events.outputAudioBuffer(what, responseId);
    this.tell({ event: { type: `output_audio_buffer.${what}` }, text, to: 'everybody' });
  }

  /** Tells everybody why the session can't go on; what an upstream said of it is only for those who see everything. */
  failure(error: PrismErrorInfo): void {
    const text = this.#events.error(error, undefined);
    const event = JSON.parse(text) as OtherServerEvent;
    this.tell({ event, text, to: 'everybody' });
  }

  /** Keeps what a client is told that is to come, to come back, or may have to. False if there is no room. */
  #keepForReturn(text: string | undefined): boolean {
    if (text === undefined) return true;
    if (this.#serverBacklog !== undefined) {
      if (this.#serverBacklog.length >= CONTROLLER_BACKLOG_COUNT_MAX) return false;
      this.#serverBacklog.push(text);
      return true;
    }
    this.#history?.add(text);
    if (this.#missed !== undefined) this.#miss(text, this.#missed);
    return true;
  }

  /** Sends one controller an answer that is nobody else's, as its policy has it. */
  toOne(controllerId: ControllerId, event: OtherServerEvent, text: string): void {
    const told = this.#audience.told(this.#audience.policyOf(controllerId), event, text);
    if (told !== undefined) this.answer(controllerId, told);
  }

  /** Sends one controller an answer as it is; the client gets its own on whatever way it is on by now. */
  answer(controllerId: ControllerId, text: string): void {
    const isClient = this.#clientWays.has(controllerId);
    const hasLeft = this.roleOf(controllerId) === undefined;
    if (!isClient || !hasLeft) {
      if (isClient) this.#history?.add(text);
      return this.#sendDown(controllerId, text);
    }
    this.#keepForReturn(text);
    if (this.#missed !== undefined) return;
    const { clientId } = this.#audience;
    if (clientId === undefined) this.#eventsUnheard += 1;
    else this.#sendDown(clientId, text);
  }

  /** Sends a message of the upstream to the client as it is. The client is there: it opened the session. */
  relayToClient(bytes: Uint8Array): void {
    for (const [controllerId, { role, policy }] of this.#audience.members) {
      if (role !== 'client' || !this.#audience.hears(policy)) continue;
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
    this.answer(controllerId, this.#events.error(error, event.eventId));
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
