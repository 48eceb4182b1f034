const FIRST_DELAY_MS = 250;
const DELAY_MS_MAX = 30_000;
/** A worker that was there for so long has nothing of what ended the one before. */
const STEADY_MS = 60_000;

/** How long to wait before a worker that ended is started anew: longer each time it doesn't stay. */
export class Respawn {
  #delayMs = FIRST_DELAY_MS;

  /**
   * A worker has ended that nobody asked to.
   *
   * @param livedMs - How long it was there.
   * @returns When to start the next, in ms from now.
   */
  ended(livedMs: number): number {
    if (livedMs >= STEADY_MS) this.#delayMs = FIRST_DELAY_MS;
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(DELAY_MS_MAX, delayMs * 2);
    return delayMs;
  }
}
