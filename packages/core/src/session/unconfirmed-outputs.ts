/** Outputs that are remembered; beyond it the oldest counts as answered. */
const OUTPUT_COUNT_MAX = 32;

/** Outputs of calls that went upstream, until it says that they are in the conversation, or refuses them. */
export class UnconfirmedOutputs {
  /** The id of the event that took it there, by the id of the call. */
  readonly #eventIds = new Map<string, string | undefined>();

  get isEmpty(): boolean {
    return this.#eventIds.size === 0;
  }

  sent(callId: string, eventId: string | undefined): void {
    this.#eventIds.set(callId, eventId);
    const [oldest] = this.#eventIds.keys();
    if (this.#eventIds.size > OUTPUT_COUNT_MAX && oldest !== undefined)
      this.#eventIds.delete(oldest);
  }

  added(callId: string): void {
    this.#eventIds.delete(callId);
  }

  refused(eventId: string): void {
    for (const [callId, sentAs] of this.#eventIds)
      if (sentAs === eventId) this.#eventIds.delete(callId);
  }
}
