import {
  CLIENT_EVENT_ID_CHARS_MAX,
  type ControllerId,
  type KnownServerEvent,
  RESPONSE_QUEUE_COUNT_MAX,
  RESPONSE_RETRY_COUNT_MAX,
  type ServerEventOf,
} from '@prism/protocol';
import type { EventMaker } from './event-maker.ts';
import type { EventRelay } from './event-relay.ts';
import type { Outbox } from './outbox.ts';
import type { SessionFact } from './session-contract.ts';
import { TurnWatch } from './turn-watch.ts';

export interface ResponseSequencerParts {
  readonly outbox: Outbox;
  readonly events: EventMaker;
  readonly send: (text: string) => void;
  readonly relay: Pick<EventRelay, 'answer'>;
  /** Whether the conversation upstream has all results of tools that it was sent: a response that starts has seen them. */
  readonly hasResults: () => boolean;
}

/** A `response.create` in whatever shape: the upstream may know more of them than Prism. */
export interface AnyResponseCreate {
  readonly type: string;
  readonly event_id?: unknown;
  readonly response?: unknown;
}

/** A `response.create` from its arrival to its response. */
interface Create {
  /** Undefined if Prism asks by itself: nobody else hears of it. */
  readonly controllerId: ControllerId | undefined;
  /** As the client wrote it; restored in errors. */
  readonly clientEventId: string | undefined;
  /** As the upstream knows it. */
  readonly eventId: string;
  readonly text: string;
  /** Asks for nothing of its own: any response that comes later answers it as well. */
  readonly isPlain: boolean;
  retryCount: number;
}

/** Creates that are remembered after they were sent; a refusal crosses few of them on the wire. */
const SENT_COUNT_MAX = 16;

/** What the controllers are told of an event of the upstream. */
export type SequencerVerdict =
  | { readonly type: 'pass' }
  | { readonly type: 'swallow' }
  | { readonly type: 'rewrite'; readonly event: ServerEventOf<'error'> };

const PASS: SequencerVerdict = { type: 'pass' };

/**
 * The one owner of `response.create`, whoever it comes from. It sends none for the default conversation while, as far
 * as Prism has heard, a response is active, requested, or about to be made by the upstream's own turn detection. One
 * that crosses such a response on the wire is refused by the upstream, and sent again.
 *
 * Rules RSQ1–RSQ12 in spec/responses.md.
 */
export class ResponseSequencer {
  readonly #parts: ResponseSequencerParts;
  readonly #turns = new TurnWatch();
  readonly #queue: Create[] = [];
  /** Responses of the default conversation that the upstream is making. */
  readonly #activeIds = new Set<string>();
  /** Sent, and neither answered nor refused yet. */
  #requested: Create | undefined;
  /** Those sent last: a refusal may come after other responses have started, which looked like answers. */
  readonly #sent: Create[] = [];
  /** The upstream has named a response in the way that Prism hasn't seen start. */
  #isHeld = false;

  constructor(parts: ResponseSequencerParts) {
    this.#parts = parts;
  }

  /** Whether a time limit must end the wait for a response that the upstream should make by itself. */
  get wantsDeadline(): boolean {
    return (
      this.#queue.length > 0 &&
      this.#activeIds.size === 0 &&
      this.#requested === undefined &&
      !this.#turns.isUserSpeaking
    );
  }

  /** Whether a time limit must end the wait for an answer or a refusal of the create that was sent. */
  get awaitsAnswer(): boolean {
    return this.#queue.length > 0 && this.#requested !== undefined && this.#activeIds.size === 0;
  }

  get queuedCount(): number {
    return this.#queue.length;
  }

  /** Whether the conversation's next response is being made, asked for, or expected of the upstream. */
  get isAnswerAwaited(): boolean {
    return !this.#isFree || this.#queue.length > 0;
  }

  /** Whether nothing is being answered, or about to be, and nothing waits. */
  get isIdle(): boolean {
    return this.#isFree && this.#queue.length === 0 && !this.#turns.isUserSpeaking;
  }

  /** Sends a create now, when its turn comes, with another one, or refuses it. */
  request(controllerId: ControllerId, event: AnyResponseCreate, text: string): void {
    if (isOutside(event.response)) {
      this.#parts.send(text);
      return;
    }
    const create = this.#createOf(controllerId, event, text);
    if (this.#isFree && this.#queue.length === 0) this.#send(create);
    else this.#enqueue(create);
  }

  /**
   * Asks for a response on Prism's own account. Unlike a client's it never starts while somebody speaks.
   *
   * @param response - Its parameters; any response that comes later answers it if there are none.
   */
  requestOwn(response?: object): void {
    const eventId = this.#parts.events.nextId();
    const event = { type: 'response.create', event_id: eventId, response };
    const create: Create = {
      controllerId: undefined,
      clientEventId: undefined,
      eventId,
      text: JSON.stringify(event),
      isPlain: response === undefined,
      retryCount: 0,
    };
    if (this.isIdle) this.#send(create);
    else this.#enqueue(create);
  }

  #enqueue(create: Create): void {
    if (create.isPlain && this.#queue.at(-1)?.isPlain === true) {
      this.#report('merged');
    } else if (this.#queue.length >= RESPONSE_QUEUE_COUNT_MAX) {
      const message = `${this.#queue.length} responses are waiting already.`;
      this.#refuse(create, { code: 'response_queue_full', message });
    } else {
      this.#queue.push(create);
      this.#report('queued');
    }
  }

  /** A client's `response.cancel`: what was asked before it is taken back, active or not. */
  cancelRequested(responseId: string | undefined): void {
    if (responseId !== undefined && !this.#activeIds.has(responseId)) return;
    for (const create of this.#queue.splice(0)) {
      this.#report('dropped');
      const message = 'The response was cancelled before its turn came.';
      this.#refuse(create, { code: 'response_dropped', message });
    }
  }

  /** Looks at an event before the controllers are told. */
  filter(event: KnownServerEvent): SequencerVerdict {
    if (event.type !== 'error') return PASS;
    const { error } = event;
    const isActiveRefusal = error.code === 'conversation_already_has_active_response';
    const isUnnamed = error.event_id === undefined || error.event_id === null;
    // Some upstreams don't say which event they refuse; this refusal can only be about a create.
    const create =
      this.#sentAs(error.event_id) ?? (isActiveRefusal && isUnnamed ? this.#requested : undefined);
    if (create === undefined) return PASS;
    // Else a response that the upstream made by itself has overtaken it, and Prism has seen that one start.
    const isUnexplained = create === this.#requested;
    if (isUnexplained) this.#requested = undefined;
    this.#sent.splice(this.#sent.indexOf(create), 1);
    if (isActiveRefusal && create.retryCount < RESPONSE_RETRY_COUNT_MAX) {
      if (isUnexplained) create.retryCount += 1;
      this.#isHeld = isUnexplained;
      this.#queue.unshift(create);
      this.#report('retried');
      return { type: 'swallow' };
    }
    if (create.controllerId === undefined) {
      const code = error.code ?? error.type;
      this.#parts.outbox.report({ type: 'upstream.own_event_refused', code });
      return { type: 'swallow' };
    }
    if (create.clientEventId === create.eventId) return PASS;
    const restored = { ...event, error: { ...error, event_id: create.clientEventId ?? null } };
    return { type: 'rewrite', event: restored };
  }

  /** Follows the conversation, and sends what may go now. */
  observe(event: KnownServerEvent): void {
    this.#turns.observe(event);
    if (event.type === 'response.created') this.#started(event.response);
    else if (event.type === 'response.done') this.#activeIds.delete(event.response.id);
    this.#flush();
  }

  /** The wait for the upstream's own response is over. */
  holdExpired(): void {
    this.#isHeld = false;
    this.#turns.forgetExpected();
    this.#flush();
  }

  /** The upstream has neither answered nor refused what was sent: others wait no longer for it. */
  requestExpired(): void {
    this.#requested = undefined;
    this.#report('unanswered');
    this.#flush();
  }

  get #isFree(): boolean {
    return (
      this.#activeIds.size === 0 &&
      this.#requested === undefined &&
      !this.#isHeld &&
      !this.#turns.isResponseExpected
    );
  }

  #started(response: { readonly id: string; readonly conversation_id?: unknown }): void {
    // Responses outside of the conversation run beside the one that is in it.
    if (response.conversation_id === null) return;
    this.#activeIds.add(response.id);
    this.#isHeld = false;
    if (this.#requested !== undefined) {
      this.#requested = undefined;
      return;
    }
    // Nobody asked for this one: it is the answer to a turn, and to everything plain that was waiting before it.
    const hasResults = this.#parts.hasResults();
    for (const create of this.#queue.splice(0)) {
      if (create.isPlain && hasResults) this.#report('answered');
      else this.#queue.push(create);
    }
  }

  /** Sends the next create, unless somebody speaks: what waits then belongs to the turn that is being made. */
  #flush(): void {
    if (!this.#isFree || this.#turns.isUserSpeaking) return;
    const next = this.#queue.shift();
    if (next !== undefined) this.#send(next);
  }

  #send(create: Create): void {
    this.#requested = create;
    this.#sent.push(create);
    if (this.#sent.length > SENT_COUNT_MAX) this.#sent.shift();
    this.#parts.send(create.text);
  }

  #sentAs(eventId: string | null | undefined): Create | undefined {
    if (typeof eventId !== 'string') return undefined;
    return this.#sent.findLast((create) => create.eventId === eventId);
  }

  #createOf(controllerId: ControllerId, event: AnyResponseCreate, text: string): Create {
    const clientEventId = typeof event.event_id === 'string' ? event.event_id : undefined;
    const isPlain = isEmpty(event.response);
    const shared = { controllerId, clientEventId, isPlain, retryCount: 0 };
    // By an id that the upstream may not repeat, its refusal could not be told.
    const isUsable =
      clientEventId !== undefined && clientEventId.length <= CLIENT_EVENT_ID_CHARS_MAX;
    if (isUsable) return { ...shared, eventId: clientEventId, text };
    const eventId = this.#parts.events.nextId();
    return { ...shared, eventId, text: JSON.stringify({ ...event, event_id: eventId }) };
  }

  #refuse(
    create: Create,
    error: {
      readonly code: 'response_queue_full' | 'response_dropped';
      readonly message: string;
    },
  ): void {
    const { outbox, events, relay } = this.#parts;
    if (create.controllerId === undefined) return;
    relay.answer(create.controllerId, events.error(error, create.clientEventId));
    outbox.report({ type: 'controller.event_refused', code: error.code });
  }

  #report(action: Extract<SessionFact, { type: 'response.sequenced' }>['action']): void {
    this.#parts.outbox.report({ type: 'response.sequenced', action });
  }
}

function isOutside(response: unknown): boolean {
  return isObject(response) && 'conversation' in response && response.conversation === 'none';
}

function isEmpty(response: unknown): boolean {
  return (
    response === undefined ||
    response === null ||
    (isObject(response) && Object.keys(response).length === 0)
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
