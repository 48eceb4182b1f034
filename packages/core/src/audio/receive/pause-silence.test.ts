import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { ReceiveBench } from '../../testing/receive-bench.ts';

/** The first byte of an Opus frame of 20 ms alone: discontinuous transmission begins. */
const DTX = Uint8Array.of(0x98);
const CN = { payloadType: 13, payload: Uint8Array.of(70) };
const G711 = { payloadType: 0, payload: new Uint8Array(160) };

/** Lengths of what was played by type, in ms. */
function lengthMs(bench: ReceiveBench, type: string): number {
  const parts = bench.played.filter((one) => one.type === type);
  return parts.reduce((sum, { samples }) => sum + samples, 0) / 24;
}

suite('silence in an announced pause', () => {
  test('[DTX1] is played in real time, 60 ms behind the packet that would have come', () => {
    const bench = new ReceiveBench();
    bench.push(0, 0);
    bench.push(1, 20, { payload: DTX });
    bench.advance(119);
    assert.equal(bench.timelineMs, 40);
    bench.advance(120);
    assert.equal(bench.timelineMs, 60);
    bench.advance(400);
    assert.equal(bench.timelineMs, 340);
    assert.ok(bench.played.slice(2).every(({ samples }) => samples === 480));
    assert.equal(bench.timersArmed, 0);
  });

  test('[DTX2] the packet that ends the pause finds the timeline as long as RTP time says', () => {
    const bench = new ReceiveBench();
    bench.push(0, 0);
    bench.push(1, 20, { payload: DTX });
    bench.push(2, 420, { timestamp: 21 * 960 });
    assert.equal(bench.timelineMs, 22 * 20);
    assert.equal(bench.played.at(-1)?.type, 'speech');
    const { silenceSamples, silenceAheadSamples } = bench.receiver.counters();
    assert.deepEqual([silenceSamples / 24, silenceAheadSamples / 24], [380, 320]);
  });

  test('[DTX2] comfort noise announces a pause as well', () => {
    const bench = new ReceiveBench();
    bench.push(0, 0, { ...G711, timestamp: 0 });
    bench.push(1, 20, { ...CN, timestamp: 160 });
    bench.advance(220);
    assert.equal(lengthMs(bench, 'silence'), 140);
    bench.push(2, 420, { ...G711, timestamp: 160 + 400 * 8 });
    assert.equal(bench.timelineMs, 440);
  });

  test('[DTX2] speech that comes at once has no silence before it', () => {
    const bench = new ReceiveBench();
    bench.push(0, 0, { payload: DTX });
    bench.push(1, 75);
    assert.equal(lengthMs(bench, 'silence'), 0);
  });

  test('[DTX3] what was too much, since a packet came late, is left out of the next pause', () => {
    const bench = new ReceiveBench();
    bench.push(0, 0, { payload: DTX });
    // A pause of 100 ms, told 100 ms late.
    bench.push(1, 220, { timestamp: 6 * 960 });
    assert.equal(lengthMs(bench, 'silence'), 140);
    bench.push(2, 240, { timestamp: 7 * 960, payload: DTX });
    bench.push(3, 560, { timestamp: 23 * 960 });
    assert.equal(bench.timelineMs, 24 * 20);
    assert.equal(bench.receiver.counters().silenceExcessSamples, 0);
  });

  test('[DTX3] at most 200 ms are taken back, the rest is counted', () => {
    const bench = new ReceiveBench();
    bench.push(0, 0, { payload: DTX });
    bench.push(1, 1_080, { timestamp: 960 });
    assert.equal(lengthMs(bench, 'silence'), 1_000);
    assert.equal(bench.receiver.counters().silenceExcessSamples, 800 * 24);
    bench.push(2, 1_100, { timestamp: 2 * 960, payload: DTX });
    bench.push(3, 1_520, { timestamp: 23 * 960 });
    assert.equal(bench.timelineMs, 24 * 20 + 800);
  });

  test('[DTX4] a pause is silent for 10 s without a packet, and what comes then is as it was', () => {
    const bench = new ReceiveBench();
    bench.push(0, 0, { payload: DTX });
    assert.ok(bench.receiver.isInPause);
    bench.advance(60_000);
    assert.ok(!bench.receiver.isInPause);
    assert.equal(lengthMs(bench, 'silence'), 10_000);
    bench.push(1, 60_000, { timestamp: 3_000 * 960 });
    assert.equal(lengthMs(bench, 'silence'), 10_000);
    assert.equal(bench.receiver.counters().skippedSamples, (2_999 * 20 - 10_000) * 24);
  });

  test('[DTX5] packets that stop without a word are no pause: nothing is played until they come', () => {
    const bench = new ReceiveBench();
    bench.push(0, 0);
    assert.ok(!bench.receiver.isInPause);
    bench.advance(5_000);
    assert.equal(bench.story, '0');
    bench.push(1, 5_000);
    assert.equal(bench.story, '0, 1');
  });

  test('[DTX5] behind a gap, and after a new source, there is no pause', () => {
    const bench = new ReceiveBench({ isNackNegotiated: true });
    bench.push(0, 0, { payload: DTX });
    bench.push(2, 20, { timestamp: 2 * 960 });
    assert.ok(!bench.receiver.isInPause);
    bench.advance(120);
    assert.equal(bench.timelineMs, 60);
    bench.push(3, 130, { timestamp: 3 * 960, payload: DTX });
    bench.push(9, 140, { ssrc: 2 });
    assert.ok(!bench.receiver.isInPause);
  });

  test('[DTX2] [DTX3] with any pauses and any lateness below 60 ms the timeline is exact', () => {
    const talk = fc.record({
      speech: fc.integer({ min: 1, max: 10 }),
      pause: fc.integer({ min: 0, max: 60 }),
      lateMs: fc.integer({ min: 0, max: 59 }),
    });
    fc.assert(
      fc.property(fc.array(talk, { minLength: 1, maxLength: 8 }), (talks) => {
        const bench = new ReceiveBench();
        let [sequence, frame] = [0, 0];
        for (const { speech, pause, lateMs } of talks) {
          for (let index = 0; index <= speech; index += 1) {
            const payload = index === speech ? { payload: DTX } : {};
            const atMs = Math.max(bench.nowMs, frame * 20 + lateMs);
            bench.push(sequence, atMs, { timestamp: frame * 960, ...payload });
            sequence += 1;
            frame += 1;
          }
          assert.equal(bench.timelineMs, frame * 20);
          frame += pause;
        }
      }),
    );
  });
});
