/** Timers are a few milliseconds late. Who comes so much later has stood still. */
const STANDSTILL_MS_MIN = 5;

/** What came meanwhile is read within this. */
const READING_MS = 10;

/**
 * Gives a gap time when the process has stood still past its end: the packet that it waits for may have come in time,
 * and not have been read yet. Each gap is given it once, so that a process that is always late doesn't wait for ever.
 */
export class Standstill {
  #dueMs: number | undefined;
  #gapSequence: number | undefined;
  #untilMs = 0;
  #readUntilMs = 0;

  /** The process has just stood still: what is late now may be so by its doing. */
  isReading(nowMs: number): boolean {
    return nowMs <= this.#readUntilMs;
  }

  /** When the gap before which `sequence` is missing is over, if by itself it were at `endMs`. */
  endMs(sequence: number, endMs: number): number {
    return sequence === this.#gapSequence ? Math.max(endMs, this.#untilMs) : endMs;
  }

  /** Packets wait until `dueMs`, and nobody comes later than that, unless he stands still; undefined if none wait. */
  waitUntil(dueMs: number | undefined): void {
    this.#dueMs = dueMs;
  }

  /** Somebody has come at `nowMs`, and `sequence` is missing. */
  came(sequence: number, nowMs: number): void {
    if (this.#dueMs === undefined || nowMs - this.#dueMs < STANDSTILL_MS_MIN) return;
    this.#readUntilMs = nowMs + READING_MS;
    if (sequence === this.#gapSequence) return;
    this.#gapSequence = sequence;
    this.#untilMs = nowMs + READING_MS;
  }
}
