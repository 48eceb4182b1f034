import type {
  ClientEvent,
  ContextUpdate,
  ControllerId,
  EarlyAudioPiece,
  OpaqueClientEvent,
  PrismClientEvent,
  PrismErrorInfo,
  PrismToolEvent,
} from '@prism/protocol';
import { assertNever } from '../errors/invariant.ts';
import type { MonotonicMs } from '../time/clock.ts';
import type { AnswerPlayout } from './answer-playout.ts';
import type { ClientPacing } from './client-pacing.ts';
import { ClientTruncates } from './client-truncates.ts';
import type { EarlyAudio } from './early-audio.ts';
import type { EventMaker } from './event-maker.ts';
import type { EventRelay } from './event-relay.ts';
import type { MediaPresence } from './media-presence.ts';
import type { Outbox } from './outbox.ts';
import type { OutputHold } from './output-hold.ts';
import type { AnyResponseCreate, ResponseSequencer } from './response-sequencer.ts';
import type { ResponseTracker } from './response-tracker.ts';
import { type SessionFormats, takeFormats } from './session-formats.ts';
import type { SessionMove } from './session-move.ts';
import type { SessionSettings } from './session-settings.ts';
import type { AnyItemCreate, ToolDesk } from './tool-desk.ts';
import type { TurnEnds } from './turn-ends.ts';
import type { TurnTaking } from './turn-taking.ts';

export interface ClientEventsParts {
  readonly outbox: Outbox;
  readonly events: EventMaker;
  readonly relay: EventRelay;
  readonly responses: ResponseTracker;
  readonly sequencer: ResponseSequencer;
  readonly playout: AnswerPlayout;
  readonly turns: TurnTaking;
  readonly media: Pick<MediaPresence, 'isKept'>;
  readonly turnEnds: TurnEnds;
  readonly early: EarlyAudio;
  readonly hold: OutputHold;
  readonly pacing: ClientPacing | undefined;
  /** Undefined where the session has no tools. */
  readonly tools: ToolDesk | undefined;
  /** Undefined where the upstream and the client agree on formats by themselves. */
  readonly formats: SessionFormats | undefined;
  readonly settings: SessionSettings;
  readonly move: Pick<SessionMove, 'begin'>;
  /** Whether Prism owns playout. */
  readonly hasMedia: boolean;
}

/** A `session.update` in whatever shape. */
interface AnySessionUpdate {
  readonly type: string;
  readonly event_id?: unknown;
  readonly session?: unknown;
}

/** Events of Prism's own that only say something of who plays the answer and talks. */
const CLIENT_ONLY: ReadonlySet<string> = new Set([
  'prism.playout.report',
  'prism.input.early',
  'prism.session.keep',
  'prism.session.move',
]);

/** Events of the controllers: each goes upstream as it came, but for what Prism owns. */
export class ClientEvents {
  readonly #parts: ClientEventsParts;
  readonly #truncates: ClientTruncates;

  constructor(parts: ClientEventsParts) {
    this.#parts = parts;
    this.#truncates = new ClientTruncates(parts);
  }

  /** @param sent - The event, and its message as it came. */
  handle(
    controllerId: ControllerId,
    { event, text }: { readonly event: ClientEvent; readonly text: string },
    nowMs: MonotonicMs,
  ): void {
    const { playout, pacing, tools, hasMedia } = this.#parts;
    switch (event.type) {
      case 'response.create':
        return this.#create(controllerId, event, text);
      case 'response.cancel':
        // What the client still waits for may long be complete upstream, where there is nothing to cancel then.
        if (pacing?.interrupt(event.response_id, nowMs) === 'generated') return;
        tools?.interrupted('client', nowMs);
        this.#cancel(controllerId, event, text);
        if (hasMedia) this.#cutCancelled(event.response_id, nowMs);
        return;
      case 'output_audio_buffer.clear':
        tools?.interrupted('client', nowMs);
        // With media Prism owns playout: the upstream's WebSocket has no output buffer to clear.
        if (hasMedia) return playout.interruption.cut('client_clear', nowMs);
        return this.#pass(controllerId, event, text);
      case 'session.update':
        return this.#update(controllerId, event, text);
      case 'conversation.item.truncate':
        pacing?.truncated(event.item_id, nowMs);
        if (!hasMedia || !this.#truncates.handle(controllerId, event, nowMs))
          this.#pass(controllerId, event, text);
        return;
      case 'conversation.item.create':
        return this.#createItem(controllerId, { event, text }, nowMs);
      case 'conversation.item.delete':
        playout.truncations.deleted(event.item_id);
        return this.#pass(controllerId, event, text);
      case 'input_audio_buffer.commit':
      case 'input_audio_buffer.clear':
        return this.#endTurn(controllerId, { event, text }, nowMs);
      default:
        return this.#pass(controllerId, event, text);
    }
  }

  /** An event that Prism doesn't know goes upstream, to be judged there. */
  opaque(
    controllerId: ControllerId,
    { event, text }: { readonly event: OpaqueClientEvent; readonly text: string },
    nowMs: MonotonicMs,
  ): void {
    if (event.type === 'response.create') return this.#create(controllerId, event, text);
    if (event.type === 'session.update') return this.#update(controllerId, event, text);
    if (event.type === 'conversation.item.create')
      return this.#createItem(controllerId, { event, text }, nowMs);
    this.#pass(controllerId, { type: event.type, event_id: idOf(event) }, text);
  }

  /** An event for Prism itself. Only who plays the answer knows what is heard of it. */
  prism(
    controllerId: ControllerId,
    event: Exclude<PrismClientEvent, ContextUpdate>,
    nowMs: MonotonicMs,
  ): void {
    const { relay, playout, turns, hold, move, hasMedia, media } = this.#parts;
    if (event.type === 'prism.ping') return this.#pong(controllerId, event.client_time_ms);
    if (event.type === 'prism.tool.subscribe' || event.type === 'prism.tool.confirm')
      return this.#tool(controllerId, event, nowMs);
    const isClient = relay.roleOf(controllerId) === 'client';
    if (!hasMedia || (CLIENT_ONLY.has(event.type) && !isClient)) {
      const message = `${event.type} is for ${hasMedia ? 'the client whose call plays' : 'calls'} over WebRTC.`;
      return this.refuse(controllerId, { code: 'invalid_event', message }, event.event_id);
    }
    if (event.type === 'prism.input.early') return this.#early(controllerId, event, nowMs);
    relay.optIn(controllerId);
    const by = isClient ? 'client' : 'policy';
    switch (event.type) {
      case 'prism.playout.report':
        return playout.reported(event, nowMs);
      case 'prism.transcript.subscribe':
        return;
      case 'prism.session.keep':
        media.isKept = event.kept;
        return;
      case 'prism.session.move':
        return move.begin('client', nowMs);
      case 'prism.input.mute':
        return turns.mute(by, event.muted);
      case 'prism.output.hold':
        return hold.set(by, event.held);
      default:
        return assertNever(event, 'event of Prism');
    }
  }

  #early(controllerId: ControllerId, event: EarlyAudioPiece, nowMs: MonotonicMs): void {
    const error = this.#parts.early.take(event, nowMs);
    if (error !== undefined) this.refuse(controllerId, error, event.event_id);
  }

  /** Audio that a client appends by itself. */
  append(controllerId: ControllerId, bytes: Uint8Array): void {
    this.#parts.relay.appendWhenReady(controllerId, bytes);
  }

  refuse(
    controllerId: ControllerId,
    error: PrismErrorInfo,
    clientEventId: string | undefined,
  ): void {
    const { outbox, events, relay } = this.#parts;
    relay.answer(controllerId, events.error(error, clientEventId));
    outbox.report({ type: 'controller.event_refused', code: error.code });
  }

  /** Says by the same way that the client is heard, and of its client up to which event. */
  #pong(controllerId: ControllerId, clientTimeMs: number): void {
    const { outbox, events, relay } = this.#parts;
    const isClient = relay.roleOf(controllerId) === 'client';
    // It knows Prism, and has to hear when it must go.
    if (isClient && this.#parts.hasMedia) relay.optIn(controllerId);
    const pong = events.prism('prism.pong', {
      client_time_ms: clientTimeMs,
      ...(isClient ? { last_client_event_id: relay.receipts.lastId ?? null } : {}),
    });
    outbox.toController(controllerId, pong);
  }

  /** With media the end of a turn waits for the sound before it; a client that appends by itself has it in order. */
  #endTurn(
    controllerId: ControllerId,
    {
      event,
      text,
    }: { readonly event: Pick<ClientEvent, 'type' | 'event_id'>; readonly text: string },
    nowMs: MonotonicMs,
  ): void {
    const { relay, playout, turnEnds, early, hasMedia } = this.#parts;
    if (!hasMedia) return this.#pass(controllerId, event, text);
    early.hurry(nowMs);
    const upward = { type: event.type, eventId: event.event_id, sizeBytes: text.length };
    const send = (): void => {
      // What was heard so far belongs before the turn that this makes.
      playout.truncations.flush();
      relay.toUpstream(text);
    };
    turnEnds.request(controllerId, upward, { send, nowMs });
  }

  #update(controllerId: ControllerId, event: AnySessionUpdate, text: string): void {
    const { relay, formats, tools, settings } = this.#parts;
    const eventId = idOf(event);
    const read =
      formats === undefined
        ? ({ type: 'usable', value: event.session, formats: {} } as const)
        : takeFormats(event.session, 'session');
    if (read.type === 'refused') return this.refuse(controllerId, read.error, eventId);
    const session = tools === undefined ? read.value : tools.sessionOf(read.value);
    const upward = session === event.session ? text : JSON.stringify({ ...event, session });
    relay.whenReady(controllerId, { type: event.type, eventId, sizeBytes: text.length }, () => {
      formats?.sent(eventId, read.formats);
      settings.sent(eventId, event.session);
      relay.toUpstream(upward);
    });
  }

  #tool(controllerId: ControllerId, event: PrismToolEvent, nowMs: MonotonicMs): void {
    const { relay, tools } = this.#parts;
    relay.optIn(controllerId);
    if (tools === undefined ? event.type === 'prism.tool.subscribe' : tools.prism(event, nowMs))
      return;
    const message = 'Nothing of this confirmation_id waits for a decision.';
    const error = { code: 'confirmation_not_found', message, param: 'confirmation_id' } as const;
    this.refuse(controllerId, error, event.event_id);
  }

  /** What a tool of Prism's own answered is Prism's to write. */
  #createItem(
    controllerId: ControllerId,
    { event, text }: { readonly event: AnyItemCreate; readonly text: string },
    nowMs: MonotonicMs,
  ): void {
    const verdict = this.#parts.tools?.outputOf(event, text, nowMs);
    const eventId = idOf(event);
    if (verdict?.type === 'refuse') {
      const { message } = verdict;
      const error = { code: 'tool_output_refused', message, param: 'item.call_id' } as const;
      return this.refuse(controllerId, error, eventId);
    }
    this.#pass(controllerId, { type: event.type, event_id: eventId }, verdict?.text ?? text);
  }

  #create(controllerId: ControllerId, event: AnyResponseCreate, text: string): void {
    const { formats, tools } = this.#parts;
    if (tools?.withholds(event) === true) return;
    if (formats === undefined) return this.#request(controllerId, event, text);
    const read = takeFormats(event.response, 'response');
    if (read.type === 'refused') return this.refuse(controllerId, read.error, idOf(event));
    if (read.value === event.response) return this.#request(controllerId, event, text);
    const upward = { ...event, response: read.value };
    this.#request(controllerId, upward, JSON.stringify(upward));
  }

  #request(controllerId: ControllerId, event: AnyResponseCreate, text: string): void {
    const { relay, sequencer } = this.#parts;
    const upward = { type: event.type, eventId: idOf(event), sizeBytes: text.length };
    relay.whenReady(controllerId, upward, () => sequencer.request(controllerId, event, text));
  }

  #cancel(
    controllerId: ControllerId,
    event: Extract<ClientEvent, { type: 'response.cancel' }>,
    text: string,
  ): void {
    const { relay, sequencer } = this.#parts;
    relay.whenReady(
      controllerId,
      { type: event.type, eventId: event.event_id, sizeBytes: text.length },
      () => {
        relay.toUpstream(text);
        sequencer.cancelRequested(event.response_id);
      },
    );
  }

  /** A response that nobody hears may be cancelled without a word to the listener. */
  #cutCancelled(responseId: string | undefined, nowMs: MonotonicMs): void {
    const { responses, playout } = this.#parts;
    responses.cancelRequested(responseId);
    const isHeard =
      responseId === undefined ||
      playout.ledger.unfinishedResponseIds.has(responseId) ||
      responses.stoppable(playout.ledger.responseIds).includes(responseId);
    if (isHeard) playout.interruption.cut('client_cancel', nowMs);
  }

  #pass(
    controllerId: ControllerId,
    event: { readonly type: string; readonly event_id?: string | undefined },
    text: string,
  ): void {
    const { relay } = this.#parts;
    relay.whenReady(
      controllerId,
      { type: event.type, eventId: event.event_id, sizeBytes: text.length },
      () => relay.toUpstream(text),
    );
  }
}

function idOf({ event_id: eventId }: { readonly event_id?: unknown }): string | undefined {
  return typeof eventId === 'string' ? eventId : undefined;
}
