/** How far behind the newest record one may be (RFC 6347, section 4.1.2.6 asks for 32 at least). */
export const REPLAY_WINDOW_RECORDS = 256;

/** Which records of an epoch have come, so that none counts twice. */
export class ReplayWindow {
  /** For each of the last numbers, by its remainder, whether it has come. */
  readonly #hasCome = new Uint8Array(REPLAY_WINDOW_RECORDS);
  #newest = -1;

  /** Whether a record of that number may be new. Changes nothing: it isn't known yet to be authentic. */
  isNew(sequence: number): boolean {
    if (sequence > this.#newest) return true;
    if (sequence <= this.#newest - REPLAY_WINDOW_RECORDS) return false;
    return this.#hasCome[sequence % REPLAY_WINDOW_RECORDS] === 0;
  }

  /** Notes an authentic record. */
  note(sequence: number): void {
    if (sequence > this.#newest) {
      const fromSequence = Math.max(this.#newest + 1, sequence - REPLAY_WINDOW_RECORDS + 1);
      for (let skipped = fromSequence; skipped < sequence; skipped += 1)
        this.#hasCome[skipped % REPLAY_WINDOW_RECORDS] = 0;
      this.#newest = sequence;
    }
    this.#hasCome[sequence % REPLAY_WINDOW_RECORDS] = 1;
  }
}
