import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ManualClock } from '@prism/core/testing';
import { RunnerBench } from '../testing/runner-bench.ts';
import { MediaTick } from './media-tick.ts';
import type { SessionRunner } from './session-runner.ts';

/** A full garbage collection, with the event loop given a turn before it. */
async function collectGarbage(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
}

suite('session runner', () => {
  test('[MCH7] after its end nothing keeps a session in memory, though tick and clock live on', async () => {
    const clock = new ManualClock();
    const tick = new MediaTick(clock);
    const session = ((): WeakRef<SessionRunner> => {
      const bench = new RunnerBench(clock, tick);
      bench.connect();
      bench.answer(100);
      clock.advance(100);
      bench.peerListener.closed();
      assert.deepEqual(bench.closed, ['client_closed']);
      const { runner } = bench;
      return new WeakRef(runner);
    })();
    await collectGarbage();
    assert.equal(session.deref(), undefined);
    assert.equal(clock.armedCount, 0);
  });

  test('[HLD12] the round trip is known once the data channel is open', () => {
    for (const [rttMs, waitMs] of [
      [undefined, 60],
      [20, 30],
    ] as const) {
      const bench = new RunnerBench();
      bench.channelRttMs = rttMs;
      bench.connect();
      bench.hear(1);
      bench.hear(3);
      bench.clock.advance(waitMs - 1);
      assert.equal(bench.appended.length, 1);
      bench.clock.advance(1);
      assert.equal(bench.appended.length, 3);
    }
  });

  test('[MCH4] a bug ends the one session and releases all it had', () => {
    const bench = new RunnerBench();
    bench.connect();
    bench.answer(50);
    bench.encode = () => {
      throw new Error('a bug');
    };
    bench.clock.advance(20);
    assert.deepEqual(bench.closed, ['internal_error']);
    assert.match(String(bench.faults[0]), /a bug/);
    assert.deepEqual(
      [bench.isUpstreamClosed, bench.isPeerClosed, bench.openCodecs],
      [true, true, 0],
    );
    assert.equal(bench.clock.armedCount, 0);
    bench.clock.advance(10_000);
    assert.equal(bench.closed.length, 1);
  });

  test('[MCH5] one timer is armed for the next deadline, and none once the session is live or closed', () => {
    const bench = new RunnerBench();
    assert.equal(bench.clock.armedCount, 1);
    bench.connect();
    assert.equal(bench.clock.armedCount, 0);
    const other = new RunnerBench();
    other.clock.advance(1_000);
    assert.deepEqual(other.facts.filter((fact) => fact.type === 'upstream.failed').length, 1);
    other.runner.close('client_hangup');
    other.peerListener.closed();
    assert.equal(other.clock.armedCount, 0);
    assert.deepEqual(other.closed, ['upstream_unreachable']);
  });

  test('[MCH6] the tick runs while there is audio, and not before or after', () => {
    const bench = new RunnerBench();
    bench.connect();
    bench.clock.advance(200);
    assert.equal(bench.packetsSent, 0);
    bench.answer(5);
    bench.answerDone();
    bench.clock.advance(1_000);
    // Five frames of speech and ten of silence.
    assert.equal(bench.packetsSent, 15);
    assert.equal(bench.clock.armedCount, 0);
  });

  test('[RTC9] [MCH5] reports need no timer, and the goodbye comes before the peer is closed', () => {
    const bench = new RunnerBench();
    bench.connect();
    bench.answer(5);
    bench.clock.advance(1_000);
    assert.deepEqual(bench.rtcpSent, ['sender_report source_description']);
    assert.equal(bench.clock.armedCount, 1, 'the tick alone, for more of the answer');
    bench.runner.close('client_hangup');
    bench.runner.close('client_hangup');
    bench.peerListener.closed();
    assert.deepEqual(bench.rtcpSent.slice(1), ['sender_report source_description bye']);
    assert.equal(bench.clock.armedCount, 0);
  });
});
