import type { DecodedServerEvent, KnownServerEvent } from '@prism/protocol';
import type { MonotonicMs } from '../time/clock.ts';
import type { AnswerPlayout } from './answer-playout.ts';
import { forFilteredClient } from './client-filter.ts';
import type { ClientPacing } from './client-pacing.ts';
import type { EventMaker } from './event-maker.ts';
import type { EventRelay } from './event-relay.ts';
import type { Outbox } from './outbox.ts';
import type { ResponseSequencer } from './response-sequencer.ts';
import type { ResponseTracker } from './response-tracker.ts';
import type { MeasuredDelta } from './session-contract.ts';
import type { SessionFormats } from './session-formats.ts';

/** An event of the upstream that is one. */
export type ServerEventToTell = Exclude<DecodedServerEvent, { kind: 'garbage' }>;

export interface ServerEventsParts {
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
  readonly isClientFiltered: boolean;
}

/** Events of the upstream: each goes to the controllers as it came, but for what Prism owns. */
export class ServerEvents {
  readonly #parts: ServerEventsParts;

  constructor(parts: ServerEventsParts) {
    this.#parts = parts;
  }

  /** Tells the controllers. False if it had to wait for the client and there was no room. */
  tell(decoded: ServerEventToTell, text: string, nowMs: MonotonicMs): boolean {
    const { relay, pacing, isClientFiltered } = this.#parts;
    if (decoded.kind === 'known') pacing?.observe(decoded.event, nowMs);
    const told = decoded.kind === 'known' ? this.#toldOf(decoded.event, text) : text;
    if (told === undefined) return true;
    const send = (): boolean => relay.tell({ client: told, sideband: undefined });
    if (pacing?.keeps(decoded.event, { sizeBytes: text.length, send }, nowMs) === true) {
      relay.toSidebands(told);
      return true;
    }
    return relay.tell({
      client: isClientFiltered ? forFilteredClient(decoded.event, told) : told,
      // A sideband joins a session that has been created before.
      sideband: decoded.event.type === 'session.created' ? undefined : told,
    });
  }

  /** An audio delta as it came, for a client that plays by itself. */
  delta(bytes: Uint8Array, measured: MeasuredDelta | undefined, nowMs: MonotonicMs): void {
    const { relay, pacing } = this.#parts;
    if (pacing === undefined) relay.relayToClient(bytes);
    else pacing.delta(bytes, measured, nowMs);
  }

  /** Lets those who depend on the conversation follow it. */
  follow(event: KnownServerEvent, nowMs: MonotonicMs): void {
    const { responses, playout, hasMedia, sequencer } = this.#parts;
    responses.observe(event);
    if (hasMedia) playout.interruption.observe(event, nowMs);
    sequencer.observe(event);
  }

  /** What the controllers are told of an event; `undefined` if it is none of their business. */
  #toldOf(event: KnownServerEvent, text: string): string | undefined {
    const { outbox, events, sequencer, playout, formats } = this.#parts;
    if (event.type === 'session.created' || event.type === 'session.updated')
      return formats?.toldOf(event, text) ?? text;
    if (event.type !== 'error') return text;
    formats?.refused(event.error);
    const code = event.error.code ?? event.error.type;
    const { event_id: eventId } = event.error;
    if (typeof eventId === 'string' && events.isOwn(eventId)) {
      outbox.report({ type: 'upstream.own_event_refused', code });
      playout.truncations.refused(eventId, event.error);
      return undefined;
    }
    const verdict = sequencer.filter(event);
    if (verdict.type === 'swallow') return undefined;
    outbox.report({ type: 'upstream.error_event', code });
    return verdict.type === 'rewrite' ? verdict.text : text;
  }
}
