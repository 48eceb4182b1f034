import { INPUT_BACKLOG_MS_MAX } from '@prism/protocol';
import { SAMPLES_PER_MS, samplesToMs } from '../audio/pcm.ts';
import { PcmBacklog } from '../audio/pcm-backlog.ts';
import { PcmChunker } from '../audio/pcm-chunker.ts';
import type { Outbox } from './outbox.ts';

/**
 * The client's audio on its way to the upstream's input buffer.
 *
 * Until the upstream is ready audio waits in a bounded backlog, newest kept, so that what is said while connecting
 * isn't lost; any loss is counted and reported once the upstream is there.
 */
export class InputAudio {
  readonly #outbox: Outbox;
  readonly #chunker: PcmChunker;
  readonly #backlog = new PcmBacklog(INPUT_BACKLOG_MS_MAX * SAMPLES_PER_MS);
  #isUpstreamReady = false;
  #receivedSamples = 0;

  constructor(outbox: Outbox, appendMs: number) {
    this.#outbox = outbox;
    this.#chunker = new PcmChunker(appendMs * SAMPLES_PER_MS);
  }

  /** The position in the client's audio: all that came in so far. */
  get receivedSamples(): number {
    return this.#receivedSamples;
  }

  get receivedMs(): number {
    return samplesToMs(this.#receivedSamples);
  }

  get droppedMs(): number {
    return samplesToMs(this.#backlog.droppedSamples);
  }

  receive(pcm: Int16Array): void {
    this.#receivedSamples += pcm.length;
    this.#chunker.push(pcm, this.#emit);
  }

  /** Sends what is still being gathered, so that an event that follows finds all audio before it. */
  flush(): void {
    this.#chunker.flush(this.#emit);
  }

  /** The upstream takes audio: what waited goes now. Idempotent. */
  upstreamReady(): void {
    if (this.#isUpstreamReady) return;
    this.#isUpstreamReady = true;
    this.#backlog.drain(this.#append);
    if (this.droppedMs > 0)
      this.#outbox.report({ type: 'input.backlog_dropped', droppedMs: this.droppedMs });
  }

  readonly #append = (pcm: Int16Array): void => {
    this.#outbox.push({ type: 'upstream.append', pcm });
  };

  readonly #emit = (chunk: Int16Array): void => {
    if (this.#isUpstreamReady) this.#append(chunk);
    else this.#backlog.push(chunk);
  };
}
