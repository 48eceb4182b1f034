import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ManualClock } from '@prism/core/testing';
import { RunnerBench, type SentPacket } from '../testing/runner-bench.ts';
import { MediaTick } from './media-tick.ts';

const SLOT_TICKS = 960;

/** When packets left, and in which slots by their RTP time, the first one's being 0. */
function timing(packets: readonly SentPacket[]): (readonly [number, number])[] {
  const first = packets[0]?.timestamp ?? 0;
  return packets.map(({ atMs, timestamp }) => [atMs, (timestamp - first) / SLOT_TICKS]);
}

suite('first frame', () => {
  test('[PLY8] it leaves when its audio comes, the others with the slots', () => {
    const bench = new RunnerBench();
    bench.connect();
    bench.clock.advance(107);
    bench.answer(4);
    assert.deepEqual(timing(bench.packets), [[107, 0]]);
    bench.clock.advance(60);
    assert.deepEqual(timing(bench.packets), [
      [107, 0],
      [120, 1],
      [140, 2],
      [160, 3],
    ]);
    assert.deepEqual(
      bench.packets.map(({ hasMarker }) => hasMarker),
      [true, false, false, false],
    );
  });

  test('[PLY8] audio that is short of a frame waits for more, which then leaves at once', () => {
    const bench = new RunnerBench();
    bench.connect();
    bench.answer(0.5);
    bench.clock.advance(33);
    assert.equal(bench.packetsSent, 0);
    bench.answer(0.5);
    assert.deepEqual(timing(bench.packets), [[33, 0]]);
    // Its end, too, leaves when it is known to be the end.
    bench.answer(0.5);
    bench.clock.advance(15);
    assert.equal(bench.packetsSent, 1);
    bench.answerDone();
    assert.deepEqual(timing(bench.packets), [
      [33, 0],
      [48, 1],
    ]);
  });

  test('[PLY8] a slot that had a frame has no second one', () => {
    const bench = new RunnerBench();
    bench.connect();
    bench.answer(1);
    bench.answerDone();
    bench.clock.advance(45);
    // The silent tail is on: the slot of 40 ms has had its frame.
    bench.answer(2, 'resp_2');
    assert.deepEqual(timing(bench.packets).slice(-1), [[40, 2]]);
    bench.clock.advance(20);
    assert.deepEqual(timing(bench.packets).slice(-1), [[60, 3]]);
  });

  test("[PLY8] [TCK2] a tick that is late finds the slot used, and doesn't send twice", () => {
    const clock = new ManualClock();
    const tick = new MediaTick(clock);
    const other = new RunnerBench(clock, tick);
    other.connect();
    other.answer(100);
    clock.advance(100);
    const bench = new RunnerBench(clock, tick);
    bench.connect();
    // The slot of 120 ms is on, its tick hasn't come.
    clock.stall(27);
    bench.answer(3);
    clock.advance(33);
    assert.deepEqual(timing(bench.packets), [
      [127, 0],
      [140, 1],
      [160, 2],
    ]);
    assert.deepEqual(timing(other.packets).slice(-3), [
      [127, 6],
      [140, 7],
      [160, 8],
    ]);
  });

  test('[PLY8] before the session is live nothing leaves; then what waited does', () => {
    const bench = new RunnerBench();
    bench.upstream?.ready();
    bench.answer(2);
    bench.clock.advance(50);
    assert.equal(bench.packetsSent, 0);
    bench.peerListener.connected();
    assert.deepEqual(timing(bench.packets), [[50, 0]]);
  });
});
