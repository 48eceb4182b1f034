/** Client secrets whose uses are counted at a time. */
const COUNTED_SECRET_COUNT_MAX = 100_000;

/** A full ledger is looked through for expired entries this often. */
const CLEANING_INTERVAL_MS = 1_000;

interface Entry {
  usesLeft: number;
  readonly expiresAtMs: number;
}

/**
 * How often client secrets that may be used a number of times have been. An entry stays until its secret expires:
 * a full ledger takes no more secrets rather than to forget one, which could then be used again.
 */
export class UseLedger {
  readonly #entries = new Map<string, Entry>();
  readonly #wallMs: () => number;
  readonly #countMax: number;
  #refusedCount = 0;
  #cleanedAtMs = 0;

  constructor(wallMs: () => number, countMax = COUNTED_SECRET_COUNT_MAX) {
    this.#wallMs = wallMs;
    this.#countMax = countMax;
  }

  get count(): number {
    return this.#entries.size;
  }

  /** How often there was no room. */
  get refusedCount(): number {
    return this.#refusedCount;
  }

  /** Counts for a secret from now on, if it doesn't yet; false if there is no room. */
  enter(secretId: string, usesMax: number, expiresAtMs: number): boolean {
    if (this.#entries.has(secretId)) return true;
    if (!this.hasRoom()) {
      this.#refusedCount += 1;
      return false;
    }
    this.#entries.set(secretId, { usesLeft: usesMax, expiresAtMs });
    return true;
  }

  hasRoom(): boolean {
    if (this.#entries.size >= this.#countMax) this.#forgetExpired();
    return this.#entries.size < this.#countMax;
  }

  /** False if the secret has been used as often as it may. One that isn't counted has no such limit. */
  hasUses(secretId: string): boolean {
    return (this.#entries.get(secretId)?.usesLeft ?? 1) > 0;
  }

  /** Takes one use. */
  take(secretId: string): void {
    const entry = this.#entries.get(secretId);
    if (entry !== undefined) entry.usesLeft -= 1;
  }

  #forgetExpired(): void {
    const nowMs = this.#wallMs();
    // Not for every caller: going through a full ledger takes a while.
    if (nowMs - this.#cleanedAtMs < CLEANING_INTERVAL_MS) return;
    this.#cleanedAtMs = nowMs;
    for (const [secretId, { expiresAtMs }] of this.#entries) {
      if (nowMs >= expiresAtMs) this.#entries.delete(secretId);
    }
  }
}
