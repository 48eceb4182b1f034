/** Responses whose calls are remembered at the same time; the oldest without an open call is given up beyond it. */
const BATCH_COUNT_MAX = 32;

interface Batch {
  readonly openIds: Set<string>;
  /** The response is over: no call is added to it. */
  isDone: boolean;
  /** Something of it is worth speaking of. */
  wantsSpeech: boolean;
}

/**
 * The calls of each response. The model goes on once for all of them: when the response is over, which the wire demands,
 * and the last of its calls is answered.
 */
export class CallBatches {
  readonly #batches = new Map<string, Batch>();

  opened(responseId: string, callId: string): void {
    const batch = this.#batches.get(responseId) ?? {
      openIds: new Set<string>(),
      isDone: false,
      wantsSpeech: false,
    };
    batch.openIds.add(callId);
    this.#batches.set(responseId, batch);
    if (this.#batches.size > BATCH_COUNT_MAX) this.#giveUpOldest();
  }

  /** @returns Whether the model should go on now. */
  answered(responseId: string, callId: string, wantsSpeech: boolean): boolean {
    const batch = this.#batches.get(responseId);
    if (batch === undefined) return false;
    batch.openIds.delete(callId);
    batch.wantsSpeech ||= wantsSpeech;
    return this.#settle(responseId, batch);
  }

  /**
   * The client has answered the call, and asks for the response by itself as the wire wants it.
   *
   * @returns Whether it asks too early: other calls of the same response are still open.
   */
  answeredByClient(responseId: string, callId: string): boolean {
    const batch = this.#batches.get(responseId);
    if (batch === undefined) return false;
    batch.openIds.delete(callId);
    const isEarly = batch.openIds.size > 0;
    batch.wantsSpeech = isEarly;
    this.#settle(responseId, batch);
    return isEarly;
  }

  /** @returns Whether the model should go on now. */
  responseDone(responseId: string): boolean {
    const batch = this.#batches.get(responseId);
    if (batch === undefined) return false;
    batch.isDone = true;
    return this.#settle(responseId, batch);
  }

  #settle(responseId: string, batch: Batch): boolean {
    if (!batch.isDone || batch.openIds.size > 0) return false;
    this.#batches.delete(responseId);
    return batch.wantsSpeech;
  }

  #giveUpOldest(): void {
    const idle = [...this.#batches].find(([, { openIds }]) => openIds.size === 0);
    if (idle !== undefined) this.#batches.delete(idle[0]);
  }
}
