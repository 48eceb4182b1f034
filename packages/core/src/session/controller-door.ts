import type { ContextUpdate, ControllerId, PrismErrorInfo } from '@prism/protocol';
import { assertNever } from '../errors/invariant.ts';
import type { Description } from '../machine/machine.ts';
import { audioAppendId } from '../policy/append-event-id.ts';
import { notAllowed } from '../policy/compiled-policy.ts';
import { CLIENT_EVENT_MEMBERS } from '../policy/wire-events.ts';
import type { MonotonicMs } from '../time/clock.ts';
import type { Audience } from './audience.ts';
import { ClientEvents, type ClientEventsParts } from './client-events.ts';
import { ScreenContext, type ScreenContextParts } from './screen-context.ts';
import type { SessionInput } from './session-contract.ts';

/** Denials that are reported one by one; all of them are counted. */
const REPORTED_DENIAL_COUNT_MAX = 16;

/** What a controller that is here can tell a session. */
export type ControllerMessage = Exclude<
  Extract<SessionInput, { readonly controllerId: ControllerId }>,
  { readonly type: 'controller.opened' | 'controller.closed' }
>;

export interface ControllerDoorParts extends ClientEventsParts, ScreenContextParts {
  readonly audience: Audience;
}

/**
 * Where controllers' events come in: each passes as its controller's policy has it, or not at all. What is refused is
 * answered with an `error` that carries the event's id.
 */
export class ControllerDoor {
  readonly #parts: ControllerDoorParts;
  readonly #client: ClientEvents;
  readonly #screen: ScreenContext;
  #deniedCount = 0;
  #lockedCount = 0;

  constructor(parts: ControllerDoorParts) {
    this.#parts = parts;
    this.#client = new ClientEvents(parts);
    this.#screen = new ScreenContext(parts);
  }

  describe(): Description {
    return { policyDenied: this.#deniedCount, policyLocked: this.#lockedCount };
  }

  take(input: ControllerMessage, nowMs: MonotonicMs): void {
    if (input.type === 'controller.append') return this.#append(input);
    const { controllerId } = input;
    const client = this.#client;
    const { audience, relay } = this.#parts;
    if (audience.roleOf(controllerId) === 'client') relay.receipts.take(idOf(input));
    const policy = audience.policyOf(controllerId);
    switch (input.type) {
      case 'controller.event':
        return this.#event(input, nowMs);
      case 'controller.opaque': {
        const { event } = input;
        const verdict = policy.opaqueEvent(event);
        if (verdict.type === 'pass') return client.opaque(controllerId, input, nowMs);
        return this.#deny(controllerId, event, verdict.error);
      }
      case 'controller.prism': {
        const { event } = input;
        if (!policy.allowsClientType(event.type))
          return this.#deny(controllerId, event, refusalOf(event.type));
        if (event.type === 'prism.context.update')
          return this.#context(controllerId, event, policy.contextBytesMax);
        return client.prism(controllerId, event, nowMs);
      }
      case 'controller.refused':
        return client.refuse(controllerId, input.error, input.clientEventId);
      default:
        return assertNever(input, 'controller message');
    }
  }

  /** Nobody asks for the id of one that passes: it is most of what comes, and not read. */
  #append({
    controllerId,
    bytes,
  }: Extract<ControllerMessage, { readonly type: 'controller.append' }>): void {
    if (this.#parts.audience.policyOf(controllerId).sendsAudio)
      return this.#client.append(controllerId, bytes);
    const event = { type: 'input_audio_buffer.append', event_id: audioAppendId(bytes) };
    this.#deny(controllerId, event, refusalOf(event.type));
  }

  #event(
    {
      controllerId,
      event,
      text,
    }: Extract<ControllerMessage, { readonly type: 'controller.event' }>,
    nowMs: MonotonicMs,
  ): void {
    const { audience, relay } = this.#parts;
    const verdict = audience.policyOf(controllerId).clientEvent(event);
    switch (verdict.type) {
      case 'pass':
        return this.#client.handle(controllerId, { event, text }, nowMs);
      case 'deny':
        return this.#deny(controllerId, event, verdict.error);
      case 'rewrite':
        this.#tellLocked(controllerId, event, verdict.error);
        return this.#client.handle(
          controllerId,
          { event: verdict.event, text: JSON.stringify(verdict.event) },
          nowMs,
        );
      case 'nothing_left': {
        this.#tellLocked(controllerId, event, verdict.error);
        const upward = { type: event.type, eventId: event.event_id, sizeBytes: 0 };
        return relay.whenReady(controllerId, upward, () => this.#answerUpdate(controllerId));
      }
      default:
        return assertNever(verdict, 'client verdict');
    }
  }

  #context(controllerId: ControllerId, event: ContextUpdate, bytesMax: number): void {
    this.#parts.relay.optIn(controllerId);
    const error = this.#screen.update(controllerId, event, bytesMax);
    if (error === undefined) return;
    if (error.code === 'event_not_allowed') return this.#deny(controllerId, event, error);
    this.#client.refuse(controllerId, error, event.event_id);
  }

  /** What the upstream would answer an update that changes nothing: official clients wait for it. */
  #answerUpdate(controllerId: ControllerId): void {
    const { audience, events, relay } = this.#parts;
    const { session } = audience;
    if (session === undefined) return;
    const event = { type: 'session.updated', event_id: events.nextId(), session };
    relay.toOne(controllerId, event, JSON.stringify(event));
  }

  #tellLocked(
    controllerId: ControllerId,
    event: { readonly type: string; readonly event_id?: string | undefined },
    error: PrismErrorInfo | undefined,
  ): void {
    if (error === undefined) return;
    this.#lockedCount += 1;
    this.#answer(controllerId, event, error);
  }

  #deny(
    controllerId: ControllerId,
    event: { readonly type: string; readonly event_id?: unknown },
    error: PrismErrorInfo,
  ): void {
    this.#deniedCount += 1;
    this.#answer(controllerId, event, error);
  }

  #answer(
    controllerId: ControllerId,
    { type, event_id: eventId }: { readonly type: string; readonly event_id?: unknown },
    error: PrismErrorInfo,
  ): void {
    const { outbox, events, relay } = this.#parts;
    const clientEventId = typeof eventId === 'string' ? eventId : undefined;
    relay.answer(controllerId, events.error(error, clientEventId));
    if (this.#deniedCount + this.#lockedCount > REPORTED_DENIAL_COUNT_MAX) return;
    const { code, param } = error;
    outbox.report({ type: 'policy.denied', eventType: namedType(type), code, param });
  }
}

/** What a client writes as the type of an event may be anything; in facts only those stand that there are. */
function namedType(type: string): string {
  const isNamed = Object.hasOwn(CLIENT_EVENT_MEMBERS, type) || type.startsWith('prism.');
  return isNamed ? type : 'unknown';
}

/** The id that the client gave an event; undefined if it gave none. */
function idOf(input: Exclude<ControllerMessage, { readonly type: 'controller.append' }>): unknown {
  return input.type === 'controller.refused' ? input.clientEventId : input.event.event_id;
}

function refusalOf(type: string): PrismErrorInfo {
  return notAllowed(type, 'events of this type are not allowed here.').error;
}
