import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { opusPayload, ReceiveBench, redPayload } from '../../testing/receive-bench.ts';

suite('audio receiver: asking again', () => {
  test('[HLD4] missing packets are asked for at once, and twice a round trip while that can be in time', () => {
    const bench = new ReceiveBench({ isNackNegotiated: true });
    bench.receiver.setRttMs(30);
    bench.push(0, 0);
    bench.push(3, 60);
    bench.advance(500);
    assert.deepEqual(
      bench.asked,
      // The wait ends at 160.
      [60, 75, 90, 105, 120].flatMap((atMs) => [
        { sequenceNumber: 1, atMs },
        { sequenceNumber: 2, atMs },
      ]),
    );
    assert.equal(bench.story, '0, conceal 40, 3');
    assert.equal(bench.played.at(-1)?.atMs, 160);
    assert.equal(bench.receiver.counters().nacksSent, 10);
  });

  test('[HLD4] three round trips of any length are waited for, and none asks more than eight times', () => {
    for (const [rttMs, waitMs, times] of [
      [0, 60, 6],
      [10, 60, 6],
      [20, 90, 8],
      [undefined, 100, 8],
    ] as const) {
      const bench = new ReceiveBench({ isNackNegotiated: true });
      if (rttMs !== undefined) bench.receiver.setRttMs(rttMs);
      bench.push(0, 0);
      bench.push(2, 40);
      bench.advance(500);
      assert.equal(bench.played.at(-1)?.atMs, 40 + waitMs);
      assert.equal(bench.asked.length, times);
    }
  });

  test('[HLD4] an answer counts as recovered, and further requests are spared', () => {
    const bench = new ReceiveBench({ isNackNegotiated: true });
    bench.receiver.setRttMs(20);
    bench.push(65_535, 0);
    bench.push(65_537, 40);
    bench.push(65_536, 59);
    bench.advance(500);
    assert.deepEqual(bench.asked, [
      { sequenceNumber: 0, atMs: 40 },
      { sequenceNumber: 0, atMs: 50 },
    ]);
    assert.equal(bench.story, '65535, 0, 1');
    assert.equal(bench.receiver.counters().packetsRecoveredByNack, 1);
  });

  test('[HLD2] [HLD4] of many packets few wait longer than 60 ms', () => {
    const bench = new ReceiveBench({ isNackNegotiated: true });
    bench.receiver.setRttMs(40);
    // Every fifth packet is lost, and never comes.
    for (let sequence = 0; sequence < 1_000; sequence += 1)
      if (sequence % 5 !== 3) bench.push(sequence, sequence * 20);
    bench.advance(30_000);
    const waits = bench.played
      .filter(({ type }) => type === 'speech')
      .map(({ id = 0, atMs }) => atMs - id * 20);
    const longCount = waits.filter((waitMs) => waitMs > 60).length;
    assert.ok(longCount > 10 && longCount <= 8 + 800 / 40, `${longCount} waits`);
    assert.ok(Math.max(...waits) <= 100);
  });

  /** A stream of which so much was late that no more may be; its next packet has the number 300, and is due at 6,000. */
  function lateStream(): ReceiveBench {
    const bench = new ReceiveBench({ isNackNegotiated: true });
    bench.receiver.setRttMs(40);
    for (let sequence = 0; sequence < 300; sequence += 1)
      if (sequence % 5 !== 3) bench.push(sequence, sequence * 20);
    return bench;
  }

  test('[HLD2] [HLD14] where many are late a packet is waited for until 55 ms after it would have come, each by itself', () => {
    const bench = lateStream();
    bench.push(302, 6_040);
    bench.advance(6_054);
    assert.equal(bench.played.at(-1)?.id, 299);
    bench.push(301, 6_060);
    assert.deepEqual(
      bench.played.slice(-3).map(({ type, id, atMs }) => [type, id, atMs]),
      [
        ['conceal', undefined, 6_060],
        ['speech', 301, 6_060],
        ['speech', 302, 6_060],
      ],
    );
    bench.push(300, 6_061);
    assert.equal(bench.receiver.counters().packetsLate, 1);
    bench.push(305, 6_100);
    bench.advance(6_134);
    assert.equal(bench.played.at(-1)?.id, 302);
    bench.advance(6_136);
    assert.equal(bench.story.endsWith('302, conceal 40, 305'), true);
    assert.equal(bench.played.at(-1)?.atMs, 6_135);
  });

  test('[HLD14] [RED3] a copy of a packet that was given up comes too late, and takes nobody’s place', () => {
    const bench = lateStream();
    bench.push(302, 6_040);
    bench.advance(6_056);
    const payload = redPayload([
      { offsetTicks: 3 * 960, payload: opusPayload(300) },
      { offsetTicks: 0, payload: opusPayload(303) },
    ]);
    bench.push(303, 6_060, { payloadType: 63, payload });
    bench.push(301, 6_061);
    assert.equal(bench.story.endsWith('299, conceal 20, 301, 302, 303'), true);
    assert.equal(bench.receiver.counters().packetsRecoveredByRed, 0);
  });

  test('[HLD14] [RTP13] given up one by one, a gap before another clock is as long as it was', () => {
    const bench = lateStream();
    bench.push(302, 6_040, { payloadType: 0, timestamp: 7, payload: new Uint8Array(160) });
    bench.advance(7_000);
    assert.deepEqual(
      bench.played.slice(-2).map(({ type, samples }) => `${type} ${samples / 24}`),
      ['conceal 40', 'speech 20'],
    );
  });

  test('[HLD16] where many are late what is overdue is asked for, until the sender is seen to have stopped', () => {
    const bench = lateStream();
    bench.asked.length = 0;
    bench.advance(6_019);
    assert.deepEqual(
      bench.asked.filter(({ sequenceNumber }) => sequenceNumber >= 300),
      [{ sequenceNumber: 300, atMs: 6_008 }],
    );
    bench.advance(20_000);
    const numbers = new Set(bench.asked.map(({ sequenceNumber }) => sequenceNumber));
    assert.deepEqual(
      [...numbers].filter((number) => number >= 300),
      [300, 301, 302, 303],
    );
    assert.equal(bench.receiver.deadlineMs(), undefined);
    const { packetsRecoveredByNack } = bench.receiver.counters();
    for (const sequence of [300, 301, 302]) bench.push(sequence, 20_000 + (sequence - 300) * 20);
    assert.equal(bench.story.endsWith('299, 300, 301, 302'), true);
    assert.equal(bench.receiver.counters().packetsRecoveredByNack, packetsRecoveredByNack);
  });

  test('[HLD4] nothing is asked for where no answer can come in time, or asking was not negotiated', () => {
    for (const { isNackNegotiated, rttMs } of [
      { isNackNegotiated: true, rttMs: 60 },
      { isNackNegotiated: false, rttMs: 20 },
    ]) {
      const bench = new ReceiveBench({ isNackNegotiated });
      bench.receiver.setRttMs(rttMs);
      bench.push(0, 0);
      bench.push(2, 40);
      bench.advance(500);
      assert.deepEqual(bench.asked, []);
    }
  });
});
