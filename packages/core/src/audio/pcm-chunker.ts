/** Groups PCM of any length into chunks of one size, so that the upstream gets even appends. */
export class PcmChunker {
  readonly #chunkSamples: number;
  #pending: Int16Array;
  #pendingSamples = 0;

  constructor(chunkSamples: number) {
    this.#chunkSamples = chunkSamples;
    this.#pending = new Int16Array(chunkSamples);
  }

  /** Takes `pcm` in and hands each full chunk to `emit`, which owns it from then on. */
  push(pcm: Int16Array, emit: (chunk: Int16Array) => void): void {
    let offsetSamples = 0;
    while (offsetSamples < pcm.length) {
      const takenSamples = Math.min(
        this.#chunkSamples - this.#pendingSamples,
        pcm.length - offsetSamples,
      );
      // A view of all of it would be garbage, for every packet.
      const taken =
        takenSamples === pcm.length
          ? pcm
          : pcm.subarray(offsetSamples, offsetSamples + takenSamples);
      this.#pending.set(taken, this.#pendingSamples);
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
    const isFull = this.#pendingSamples === this.#chunkSamples;
    const chunk = isFull ? this.#pending : this.#pending.subarray(0, this.#pendingSamples);
    this.#pending = new Int16Array(this.#chunkSamples);
    this.#pendingSamples = 0;
    emit(chunk);
  }
}
