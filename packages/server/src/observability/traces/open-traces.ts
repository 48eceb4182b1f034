import type { Clock } from '@prism/core';
import { createOtlpSender, type OtlpSenderOptions } from './otlp-sender.ts';
import { SessionTracing, type UpstreamNames } from './session-spans.ts';
import { type SpanCounts, SpanQueue } from './span-queue.ts';

export interface TracesOptions extends OtlpSenderOptions {
  readonly clock: Clock;
  readonly upstream: UpstreamNames;
  /** Told of each batch that the collector didn't take. */
  readonly failed: (error: unknown) => void;
}

/** Spans of sessions on their way to a collector. */
export interface OpenTraces {
  readonly sessions: SessionTracing;
  counts(): SpanCounts;
  /** Sends what waits, and no more. */
  close(): Promise<void>;
}

/** Loaded only when there is a collector. */
export function openTraces({ clock, upstream, failed, ...sending }: TracesOptions): OpenTraces {
  const sender = createOtlpSender(sending);
  const queue = new SpanQueue({ clock, send: (spans) => sender.send(spans), failed });
  return {
    sessions: new SessionTracing({ clock, sink: queue, upstream }),
    counts: () => queue.counts(),
    close: async () => {
      await queue.flush();
      await sender.close();
    },
  };
}
