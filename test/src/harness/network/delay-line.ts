interface Waiting {
  readonly dueMs: number;
  readonly action: () => void;
}

/** Runs actions when they are due, those due at the same time in the order they were added. At most `countMax` wait. */
export class DelayLine {
  readonly #countMax: number;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  /** False if the line is full: the action will not run. */
  add(dueMs: number, action: () => void): boolean {
    if (this.#waiting.length >= this.#countMax) return false;
    let at = this.#waiting.length;
    while (at > 0 && (this.#waiting[at - 1]?.dueMs ?? 0) > dueMs) at -= 1;
    this.#waiting.splice(at, 0, { dueMs, action });
    if (at === 0) this.#arm();
    return true;
  }

  close(): void {
    this.#waiting = [];
    clearTimeout(this.#timer);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const next = this.#waiting[0];
    if (next === undefined) return;
    this.#timer = setTimeout(() => this.#run(), Math.max(0, next.dueMs - performance.now()));
  }

  #run(): void {
    const nowMs = performance.now();
    while ((this.#waiting[0]?.dueMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
      this.#waiting.shift()?.action();
    }
    this.#arm();
  }
}
