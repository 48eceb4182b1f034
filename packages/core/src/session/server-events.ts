import type { DecodedServerEvent, KnownServerEvent } from '@prism/protocol';
import type { MonotonicMs } from '../time/clock.ts';
import type { AnswerPlayout } from './answer-playout.ts';
import type { Audience } from './audience.ts';
import type { ClientPacing, PacedMessage } from './client-pacing.ts';
import type { EventMaker } from './event-maker.ts';
import type { DownwardEvent, EventRelay } from './event-relay.ts';
import type { Outbox } from './outbox.ts';
import type { ResponseSequencer } from './response-sequencer.ts';
import type { ResponseTracker } from './response-tracker.ts';
import { withoutItemAudio } from './retrieved-item.ts';
import type { MeasuredDelta } from './session-contract.ts';
import type { SessionFormats } from './session-formats.ts';
import type { SessionSettings } from './session-settings.ts';
import type { ToldEvent } from './told-event.ts';
import type { ToolDesk } from './tool-desk.ts';

/** An event of the upstream that is one. */
export type ServerEventToTell = Exclude<DecodedServerEvent, { kind: 'garbage' }>;

export interface ServerEventsParts {
  readonly audience: Audience;
  readonly outbox: Outbox;
  readonly events: EventMaker;
  readonly relay: EventRelay;
  readonly responses: ResponseTracker;
  readonly sequencer: ResponseSequencer;
  readonly playout: AnswerPlayout;
  /** Undefined where the client gets audio as it comes, or none. */
  readonly pacing: ClientPacing | undefined;
  /** Undefined where the upstream and the client agree on formats by themselves. */
  readonly formats: SessionFormats | undefined;
  /** Whether Prism owns playout, and interrupts it. */
  readonly hasMedia: boolean;
  readonly settings: SessionSettings;
  /** Undefined where the session has no tools. */
  readonly tools: ToolDesk | undefined;
}

/** Events of the upstream: each goes to the controllers as it came, but for what Prism owns. */
export class ServerEvents {
  readonly #parts: ServerEventsParts;

  constructor(parts: ServerEventsParts) {
    this.#parts = parts;
  }

  /** Tells the controllers. False if it had to wait for the client and there was no room. */
  tell(decoded: ServerEventToTell, text: string, nowMs: MonotonicMs): boolean {
    const { relay, pacing, audience, hasMedia } = this.#parts;
    if (decoded.kind === 'known') {
      audience.observe(decoded.event);
      pacing?.observe(decoded.event, nowMs);
    }
    const told =
      decoded.kind === 'known' ? this.#toldOf(decoded.event, text) : { event: decoded.event, text };
    if (told === undefined) return true;
    const { event } = told;
    const toClient = hasMedia ? withoutItemAudio(told) : told;
    if (pacing?.keeps(event, this.#later(toClient, text.length), nowMs) === true)
      return relay.tell(downward(told, 'sideband'));
    if (toClient !== told) {
      relay.tell(downward(told, 'sideband'));
      return relay.tell(downward(toClient, 'client'));
    }
    // A sideband joins a session that has been created before.
    return relay.tell(downward(told, event.type === 'session.created' ? 'client' : 'everybody'));
  }

  /** What the client is told when its audio has come so far. */
  #later(told: ToldEvent, sizeBytes: number): Pick<PacedMessage, 'sizeBytes' | 'send'> {
    return { sizeBytes, send: () => this.#parts.relay.tell(downward(told, 'client')) };
  }

  /** An audio delta as it came, for a client that plays by itself. */
  delta(bytes: Uint8Array, measured: MeasuredDelta | undefined, nowMs: MonotonicMs): void {
    const { relay, pacing } = this.#parts;
    if (pacing === undefined) relay.relayToClient(bytes);
    else pacing.delta(bytes, measured, nowMs);
  }

  /** Lets those who depend on the conversation follow it. */
  follow(event: KnownServerEvent, nowMs: MonotonicMs): void {
    const { responses, playout, hasMedia, sequencer, tools, settings } = this.#parts;
    if (event.type === 'session.updated') settings.updated();
    else if (event.type === 'error') settings.refused(event.error);
    responses.observe(event);
    if (hasMedia) playout.interruption.observe(event, nowMs);
    sequencer.observe(event);
    tools?.observe(event, nowMs);
  }

  /** What the controllers are told of an event; `undefined` if it is none of their business. */
  #toldOf(event: KnownServerEvent, text: string): ToldEvent | undefined {
    const { outbox, events, sequencer, playout, formats, tools } = this.#parts;
    const asItIs = { event, text };
    if (event.type === 'session.created' || event.type === 'session.updated')
      return formats?.toldOf(event, text) ?? asItIs;
    if (event.type !== 'error') return tools === undefined ? asItIs : tools.toldOf(event, text);
    formats?.refused(event.error);
    const code = event.error.code ?? event.error.type;
    const { event_id: eventId } = event.error;
    if (typeof eventId === 'string') tools?.refused(eventId);
    if (typeof eventId === 'string' && events.isOwn(eventId)) {
      outbox.report({ type: 'upstream.own_event_refused', code });
      playout.truncations.refused(eventId, event.error);
      return undefined;
    }
    const verdict = sequencer.filter(event);
    if (verdict.type === 'swallow') return undefined;
    outbox.report({ type: 'upstream.error_event', code });
    if (verdict.type === 'pass') return { event, text };
    return { event: verdict.event, text: JSON.stringify(verdict.event) };
  }
}

function downward({ event, text }: ToldEvent, to: DownwardEvent['to']): DownwardEvent {
  return { event, text, to };
}
