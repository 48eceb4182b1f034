/** Speech that was made before, by what was said and how: greetings and stock answers are the same in every session. */
export class SpeechCache {
  readonly #maxBytes: number;
  /** Least recently used first. */
  readonly #pcmByKey = new Map<string, Int16Array>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @returns A copy of the speech that {@link make} gave for this key, made now if it isn't kept. */
  get<Failure>(key: string, make: () => Int16Array | Failure): Int16Array | Failure {
    const kept = this.#pcmByKey.get(key);
    if (kept !== undefined) {
      this.#pcmByKey.delete(key);
      this.#pcmByKey.set(key, kept);
      return kept.slice();
    }
    const made = make();
    if (made instanceof Int16Array && made.byteLength <= this.#maxBytes) this.#keep(key, made);
    return made;
  }

  #keep(key: string, pcm: Int16Array): void {
    this.#pcmByKey.set(key, pcm.slice());
    this.#bytes += pcm.byteLength;
    for (const [oldestKey, oldest] of this.#pcmByKey) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#pcmByKey.delete(oldestKey);
      this.#bytes -= oldest.byteLength;
    }
  }
}
