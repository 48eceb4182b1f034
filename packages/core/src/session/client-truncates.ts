import type { ControllerId } from '@prism/protocol';
import { generatedMs, isUnfinished } from '../playout/playout-ledger.ts';
import type { MonotonicMs } from '../time/clock.ts';
import type { AnswerPlayout } from './answer-playout.ts';
import type { EventMaker } from './event-maker.ts';
import type { EventRelay } from './event-relay.ts';
import type { Outbox } from './outbox.ts';
import type { ResponseTracker } from './response-tracker.ts';
import type { ClientTruncate } from './truncations.ts';

export interface ClientTruncatesParts {
  readonly outbox: Outbox;
  readonly events: EventMaker;
  readonly relay: EventRelay;
  readonly responses: ResponseTracker;
  readonly playout: AnswerPlayout;
}

/**
 * Truncates that controllers ask for while Prism owns playout. Theirs is a wall clock; Prism knows what was heard, and
 * has mostly truncated already. What goes upstream is never longer than the item is there.
 *
 * Rules INT12–INT15 in spec/playout.md.
 */
export class ClientTruncates {
  readonly #parts: ClientTruncatesParts;

  constructor(parts: ClientTruncatesParts) {
    this.#parts = parts;
  }

  /** Takes care of one. False if nothing is known of the item's audio: then the upstream judges it. */
  handle(controllerId: ControllerId, asked: ClientTruncate, nowMs: MonotonicMs): boolean {
    const { relay, responses, playout } = this.#parts;
    const { ledger } = playout;
    if (playout.truncations.sendHeld(asked)) return true;
    const entry = ledger.find(asked.item_id, asked.content_index);
    if (entry === undefined || responses.isOutOfBand(entry.source.responseId)) return false;
    const { truncatedMs, source } = entry;
    if (truncatedMs !== undefined && asked.audio_end_ms >= truncatedMs) {
      this.#answer(controllerId, asked, truncatedMs);
    } else if (isUnfinished(entry) && entry.generatedSamples === 0) {
      // The upstream may have none of it either. What still comes is truncated at nothing when it does.
      playout.interruption.cut('client_truncate', nowMs);
      this.#answer(controllerId, asked, 0);
    } else if (isUnfinished(entry)) {
      playout.interruption.cut('client_truncate', nowMs, asked);
    } else if (entry.isDeleted) {
      return false;
    } else if (entry.isClosed && truncatedMs === undefined) {
      this.#answer(controllerId, asked, 0);
    } else {
      const audioEndMs = Math.min(asked.audio_end_ms, generatedMs(entry));
      playout.truncations.truncated(source, audioEndMs);
      relay.toUpstream(JSON.stringify({ ...asked, audio_end_ms: audioEndMs }));
    }
    return true;
  }

  /** The item is as short as was asked, or shorter, and the upstream has told everybody. */
  #answer(controllerId: ControllerId, asked: ClientTruncate, audioEndMs: number): void {
    const { relay, events } = this.#parts;
    const { item_id: itemId, content_index: contentIndex } = asked;
    const text = events.truncated({ itemId, contentIndex, audioEndMs });
    relay.toOne(controllerId, { type: 'conversation.item.truncated' }, text);
  }
}
