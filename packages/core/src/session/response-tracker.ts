import type { KnownServerEvent } from '@prism/protocol';

/** Responses remembered as cut off; late audio comes within moments, so a few are plenty. */
const SILENCED_COUNT_MAX = 32;
/** Responses remembered as beside the conversation: as many as the playout ledger has parts. */
const OUT_OF_BAND_COUNT_MAX = 64;

/** Knows which responses the upstream is generating and which of them must not be heard any more. */
export class ResponseTracker {
  readonly #activeIds = new Set<string>();
  /** Those beside the conversation, active or not. Most of them are text that nobody hears. */
  readonly #outOfBandIds = new Set<string>();
  readonly #cancelRequestedIds = new Set<string>();
  readonly #silencedIds = new Set<string>();
  #lateDeltas = 0;

  /** Audio deltas dropped because their response had been cut off. */
  get lateDeltas(): number {
    return this.#lateDeltas;
  }

  /** All that are being generated. */
  get activeIds(): readonly string[] {
    return [...this.#activeIds];
  }

  /** What an interruption stops: the conversation's own response, and those beside it that speak. */
  stoppable(speakingIds: ReadonlySet<string>): readonly string[] {
    return [...this.#activeIds].filter((id) => !this.#outOfBandIds.has(id) || speakingIds.has(id));
  }

  /** Whether the items of this response are in no conversation: the upstream knows none of them by their ids. */
  isOutOfBand(responseId: string): boolean {
    return this.#outOfBandIds.has(responseId);
  }

  /** Whether somebody has asked to cancel this response already. */
  isCancelRequested(responseId: string): boolean {
    return this.#cancelRequestedIds.has(responseId);
  }

  observe(event: KnownServerEvent): void {
    if (event.type === 'response.created') {
      const { id, conversation_id: conversationId } = event.response;
      this.#activeIds.add(id);
      if (conversationId === null) keep(this.#outOfBandIds, id, OUT_OF_BAND_COUNT_MAX);
    } else if (event.type === 'response.done') {
      this.#activeIds.delete(event.response.id);
      this.#cancelRequestedIds.delete(event.response.id);
    }
  }

  /** Without an id it is the conversation's response that was asked for. */
  cancelRequested(responseId: string | undefined): void {
    for (const id of responseId === undefined ? this.#activeIds : [responseId]) {
      if (responseId === undefined && this.#outOfBandIds.has(id)) continue;
      if (this.#activeIds.has(id)) this.#cancelRequestedIds.add(id);
    }
  }

  /** From now on audio of this response is late. */
  silence(responseId: string): void {
    keep(this.#silencedIds, responseId, SILENCED_COUNT_MAX);
  }

  /** True if audio of this response may be heard; a refusal is counted as a late delta. */
  admitsAudio(responseId: string): boolean {
    if (!this.#silencedIds.has(responseId)) return true;
    this.#lateDeltas += 1;
    return false;
  }
}

/** Adds an id, and lets the oldest go if there are more than `countMax`. */
function keep(ids: Set<string>, id: string, countMax: number): void {
  ids.add(id);
  if (ids.size <= countMax) return;
  const oldest = ids.values().next();
  if (oldest.done !== true) ids.delete(oldest.value);
}
