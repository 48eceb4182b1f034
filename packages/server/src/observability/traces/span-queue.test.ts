import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ManualClock } from '@prism/core/testing';
import { SpanQueue } from './span-queue.ts';
import type { SpanRecord } from './span-record.ts';
import { readTraceHeaders } from './trace-headers.ts';

const SPAN: SpanRecord = {
  name: 'a span',
  kind: 'internal',
  span: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), isSampled: true },
  parent: undefined,
  startMs: 0,
  endMs: 1,
  attributes: {},
  events: [],
  errorType: undefined,
};

/** A queue whose collector answers when the test says so. */
class QueueBench {
  readonly clock = new ManualClock();
  readonly batches: number[] = [];
  readonly failures: unknown[] = [];
  answer: (error?: Error) => void = () => undefined;
  readonly queue = new SpanQueue({
    clock: this.clock,
    send: async (spans) => {
      this.batches.push(spans.length);
      await new Promise<void>((resolve, reject) => {
        this.answer = (error) => (error === undefined ? resolve() : reject(error));
      });
    },
    failed: (error) => this.failures.push(error),
  });

  add(count: number): void {
    for (let index = 0; index < count; index += 1) this.queue.add(SPAN);
  }

  async answered(error?: Error): Promise<void> {
    this.answer(error);
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  }
}

suite('span queue', () => {
  test('[TRC8] spans are gathered for a second, and sent in one request at a time', async () => {
    const bench = new QueueBench();
    bench.add(3);
    bench.clock.advance(999);
    assert.deepEqual(bench.batches, []);
    bench.clock.advance(1);
    assert.deepEqual(bench.batches, [3]);
    bench.add(600);
    bench.clock.advance(5_000);
    assert.deepEqual(bench.batches, [3]);
    await bench.answered();
    bench.clock.advance(1_000);
    assert.deepEqual(bench.batches, [3, 512]);
    await bench.answered();
    bench.clock.advance(1_000);
    await bench.answered();
    assert.deepEqual(bench.batches, [3, 512, 88]);
    assert.deepEqual(bench.queue.counts(), { sent: 603, dropped: 0, failed: 0 });
    assert.equal(bench.clock.armedCount, 0);
  });

  test('[TRC8] what there is no room for is dropped, what the collector does not take is lost, and both are counted', async () => {
    const bench = new QueueBench();
    bench.add(512);
    bench.add(4_100);
    assert.deepEqual(bench.queue.counts(), { sent: 0, dropped: 4, failed: 0 });
    await bench.answered(new Error('gone'));
    assert.deepEqual(bench.queue.counts(), { sent: 0, dropped: 4, failed: 512 });
    assert.match(String(bench.failures[0]), /gone/);
  });

  test('[TRC10] what waits is sent at the end', async () => {
    const bench = new QueueBench();
    bench.add(5);
    const flushed = bench.queue.flush();
    await bench.answered();
    await bench.answered();
    await flushed;
    assert.deepEqual(bench.batches, [5]);
    assert.equal(bench.clock.armedCount, 0);
  });

  test('[TRC10] headers are read as OpenTelemetry writes them', () => {
    assert.deepEqual(readTraceHeaders('authorization=Bearer%20x, x-team = a=b,,=y,z'), {
      authorization: 'Bearer x',
      'x-team': 'a=b',
    });
    assert.deepEqual(readTraceHeaders('x=100%'), { x: '100%' });
    assert.deepEqual(readTraceHeaders(undefined), {});
  });
});
