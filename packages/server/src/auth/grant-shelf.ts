/** Client secrets at a time whose grants are kept here, expired ones among them. */
export const SHELF_COUNT_MAX = 10_000;

/** Characters of all kept grants together, as JSON. */
export const SHELF_CHARS_MAX = 64 * 1024 * 1024;

interface Entry {
  readonly expiresAtMs: number;
  readonly json: string;
}

/**
 * What client secrets carry that is too large for a header: it is kept here, under the secret's id, and the secret
 * only names it. Beyond the bounds what expires first is forgotten, and its secrets with it.
 */
export class GrantShelf {
  readonly #entries = new Map<string, Entry>();
  readonly #wallMs: () => number;
  #chars = 0;
  #forgottenCount = 0;

  constructor(wallMs: () => number) {
    this.#wallMs = wallMs;
  }

  get count(): number {
    return this.#entries.size;
  }

  /** What was forgotten before its time, because there was too much. */
  get forgottenCount(): number {
    return this.#forgottenCount;
  }

  put(secretId: string, json: string, expiresAtMs: number): void {
    this.#makeRoomFor(json.length);
    this.#entries.set(secretId, { expiresAtMs, json });
    this.#chars += json.length;
  }

  get(secretId: string): string | undefined {
    return this.#entries.get(secretId)?.json;
  }

  #makeRoomFor(chars: number): void {
    const isFull = (): boolean =>
      this.#entries.size >= SHELF_COUNT_MAX || this.#chars + chars > SHELF_CHARS_MAX;
    const nowMs = this.#wallMs();
    while (isFull()) {
      let soonest: readonly [string, Entry] | undefined;
      for (const candidate of this.#entries) {
        if (soonest === undefined || candidate[1].expiresAtMs < soonest[1].expiresAtMs)
          soonest = candidate;
      }
      if (soonest === undefined) return;
      if (nowMs < soonest[1].expiresAtMs) this.#forgottenCount += 1;
      this.#entries.delete(soonest[0]);
      this.#chars -= soonest[1].json.length;
    }
  }
}
