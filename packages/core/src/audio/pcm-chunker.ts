/** Groups PCM of any length into chunks of one size, so that the upstream gets even appends. */
export class PcmChunker {
  readonly #chunkSamples: number;
  readonly #pending: Int16Array;
  #pendingSamples = 0;

  constructor(chunkSamples: number) {
    this.#chunkSamples = chunkSamples;
    this.#pending = new Int16Array(chunkSamples);
  }

  /** Takes `pcm` in and hands each full chunk to `emit`. A chunk is valid as long as `pcm` is; some are `pcm` itself. */
  push(pcm: Int16Array, emit: (chunk: Int16Array) => void): void {
    // As nearly always: a packet is an append. A copy of it would be most of what a packet costs the heap.
    if (this.#pendingSamples === 0 && pcm.length === this.#chunkSamples) return emit(pcm);
    let offsetSamples = 0;
    while (offsetSamples < pcm.length) {
      const takenSamples = Math.min(
        this.#chunkSamples - this.#pendingSamples,
        pcm.length - offsetSamples,
      );
      this.#pending.set(
        pcm.subarray(offsetSamples, offsetSamples + takenSamples),
        this.#pendingSamples,
      );
      this.#pendingSamples += takenSamples;
      offsetSamples += takenSamples;
      if (this.#pendingSamples === this.#chunkSamples) this.#emitPending(emit);
    }
  }

  /** Hands over what is left, however short. */
  flush(emit: (chunk: Int16Array) => void): void {
    if (this.#pendingSamples > 0) this.#emitPending(emit);
  }

  #emitPending(emit: (chunk: Int16Array) => void): void {
    const chunk = this.#pending.slice(0, this.#pendingSamples);
    this.#pendingSamples = 0;
    emit(chunk);
  }
}
