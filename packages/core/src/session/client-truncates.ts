import type { ControllerId } from '@prism/protocol';
import { generatedMs, isUnfinished, type LedgerEntry } from '../playout/playout-ledger.ts';
import type { MonotonicMs } from '../time/clock.ts';
import type { AnswerPlayout } from './answer-playout.ts';
import type { EventMaker } from './event-maker.ts';
import type { EventRelay } from './event-relay.ts';
import type { ResponseTracker } from './response-tracker.ts';
import type { ClientTruncate } from './truncations.ts';

export interface ClientTruncatesParts {
  readonly relay: EventRelay;
  readonly events: EventMaker;
  readonly responses: ResponseTracker;
  readonly playout: AnswerPlayout;
}

/**
 * Truncates that controllers ask for while Prism owns playout. Theirs is a wall clock; Prism knows what was heard, and
 * has mostly truncated already. What the API refuses the upstream is left to refuse: none of that changes anything.
 *
 * Rules INT12–INT15 in spec/playout.md.
 */
export class ClientTruncates {
  readonly #parts: ClientTruncatesParts;

  constructor(parts: ClientTruncatesParts) {
    this.#parts = parts;
  }

  /** Takes care of one. False if the upstream is to judge it as it came. */
  handle(controllerId: ControllerId, asked: ClientTruncate, nowMs: MonotonicMs): boolean {
    const { responses, playout } = this.#parts;
    const { ledger } = playout;
    if (playout.truncations.sendHeld(asked)) return true;
    const entry = ledger.find(asked.item_id, asked.content_index);
    if (entry === undefined || responses.isOutOfBand(entry.source.responseId)) return false;
    const { truncatedMs, source } = entry;
    if (isRefusedUpstream(entry, asked.audio_end_ms)) return false;
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
      playout.truncations.truncated(source, asked.audio_end_ms, 'controller');
      return false;
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

/** Whether the API refuses it and names a length: the item's, or where a controller has had it cut before. */
function isRefusedUpstream(entry: LedgerEntry, askedMs: number): boolean {
  const { truncatedMs, truncatedBy, isGenerated } = entry;
  if (truncatedMs !== undefined && truncatedBy === 'controller') return askedMs > truncatedMs;
  return isGenerated && askedMs > generatedMs(entry);
}
