import type { KnownServerEvent } from '@prism/protocol';

/** Responses remembered as cut off; late audio comes within moments, so a few are plenty. */
const SILENCED_COUNT_MAX = 32;

/** Knows which responses the upstream is generating and which of them must not be heard any more. */
export class ResponseTracker {
  readonly #activeIds = new Set<string>();
  readonly #cancelRequestedIds = new Set<string>();
  readonly #silencedIds = new Set<string>();
  #lateDeltas = 0;

  /** Audio deltas dropped because their response had been cut off. */
  get lateDeltas(): number {
    return this.#lateDeltas;
  }

  /** Responses being generated for which nobody has asked a cancel yet. */
  cancellable(): readonly string[] {
    return [...this.#activeIds].filter((id) => !this.#cancelRequestedIds.has(id));
  }

  active(): readonly string[] {
    return [...this.#activeIds];
  }

  observe(event: KnownServerEvent): void {
    if (event.type === 'response.created') {
      this.#activeIds.add(event.response.id);
    } else if (event.type === 'response.done') {
      this.#activeIds.delete(event.response.id);
      this.#cancelRequestedIds.delete(event.response.id);
    }
  }

  cancelRequested(responseId: string | undefined): void {
    for (const id of responseId === undefined ? this.#activeIds : [responseId]) {
      if (this.#activeIds.has(id)) this.#cancelRequestedIds.add(id);
    }
  }

  /** From now on audio of this response is late. */
  silence(responseId: string): void {
    this.#silencedIds.add(responseId);
    if (this.#silencedIds.size <= SILENCED_COUNT_MAX) return;
    const oldest = this.#silencedIds.values().next();
    if (oldest.done !== true) this.#silencedIds.delete(oldest.value);
  }

  /** True if audio of this response may be heard; a refusal is counted as a late delta. */
  admitsAudio(responseId: string): boolean {
    if (!this.#silencedIds.has(responseId)) return true;
    this.#lateDeltas += 1;
    return false;
  }
}
