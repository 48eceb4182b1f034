import { after, type Clock, type Timer } from '@prism/core';
import { spanJson } from './span-json.ts';
import type { SpanRecord, SpanSink } from './span-record.ts';

/** Spans that wait; those that come then are dropped, and counted. */
const SPAN_QUEUE_COUNT_MAX = 4_096;
/** Spans in one request. */
const BATCH_COUNT_MAX = 512;
/** How long spans wait for more to be sent with them. */
const GATHER_MS = 1_000;

export interface SpanQueueParts {
  readonly clock: Clock;
  /** Sends a batch, each span as `spanJson` writes it, in UTF-8; rejects if it could not, and then it is lost. */
  readonly send: (spans: readonly Uint8Array[]) => Promise<void>;
  /** Told of each batch that was lost. */
  readonly failed: (error: unknown) => void;
}

export interface SpanCounts {
  readonly sent: number;
  /** For want of room. */
  readonly dropped: number;
  /** The collector didn't take them. */
  readonly failed: number;
}

/**
 * Spans on their way to the collector: gathered, one request at a time, bounded. Nobody waits for it. Each is written
 * when it comes: bytes outside of the heap wait more cheaply than objects, and no batch keeps the event loop.
 */
export class SpanQueue implements SpanSink {
  readonly #parts: SpanQueueParts;
  #waiting: Uint8Array[] = [];
  #timer: Timer | undefined;
  #sending: Promise<void> | undefined;
  #sent = 0;
  #dropped = 0;
  #failed = 0;

  constructor(parts: SpanQueueParts) {
    this.#parts = parts;
  }

  counts(): SpanCounts {
    return { sent: this.#sent, dropped: this.#dropped, failed: this.#failed };
  }

  add(span: SpanRecord): void {
    if (this.#waiting.length >= SPAN_QUEUE_COUNT_MAX) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(Buffer.from(spanJson(span)));
    if (this.#waiting.length >= BATCH_COUNT_MAX) this.#begin();
    else this.#arm();
  }

  /** Sends what waits; resolves when that is over. */
  async flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#sending;
    while (this.#waiting.length > 0) await this.#send();
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#sending !== undefined) return;
    const { clock } = this.#parts;
    this.#timer = clock.setTimer(after(clock.nowMs(), GATHER_MS), () => {
      this.#timer = undefined;
      this.#begin();
    });
  }

  #begin(): void {
    if (this.#sending !== undefined) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#sending = this.#send().finally(() => {
      this.#sending = undefined;
      if (this.#waiting.length > 0) this.#arm();
    });
  }

  async #send(): Promise<void> {
    const batch = this.#waiting.splice(0, BATCH_COUNT_MAX);
    try {
      await this.#parts.send(batch);
      this.#sent += batch.length;
    } catch (error) {
      this.#failed += batch.length;
      this.#parts.failed(error);
    }
  }
}
