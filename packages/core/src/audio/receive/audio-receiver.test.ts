import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { opusPayload, ReceiveBench } from '../../testing/receive-bench.ts';

/** The bytes of a telephone event (RFC 4733), which is none of the negotiated payload types. */
const TELEPHONE_EVENT = { payloadType: 126, payload: Uint8Array.of(1, 10, 0, 160) };

suite('audio receiver: in order', () => {
  test('[RTP4] [HLD8] in-order packets are played at once, and no timer is armed', () => {
    const bench = new ReceiveBench({ isNackNegotiated: true });
    for (let sequence = 0; sequence < 50; sequence += 1) bench.push(sequence, sequence * 20);
    assert.deepEqual(
      bench.played.map(({ id, atMs }) => [id, atMs]),
      Array.from({ length: 50 }, (_, index) => [index, index * 20]),
    );
    assert.equal(bench.timersArmed, 0);
    assert.equal(bench.receiver.counters().heldMsMax, 0);
  });

  test('[RTP8] wrapping numbers change nothing', () => {
    const bench = new ReceiveBench();
    for (let step = 0; step < 40; step += 1) {
      const timestamp = (0xffff_ffff - 10 * 960 + step * 960) >>> 0;
      bench.push(65_520 + step, step * 20, { timestamp, payload: opusPayload(step) });
    }
    assert.equal(bench.story, Array.from({ length: 40 }, (_, index) => index).join(', '));
    assert.equal(bench.receiver.counters().restarts, 0);
  });

  test('[RTP8] a gap across the wrap is filled like any other', () => {
    const bench = new ReceiveBench();
    const timestamp = (step: number): number => (0xffff_ff00 + step * 960) >>> 0;
    for (const step of [0, 1, 3, 2, 5])
      bench.push(65_534 + step, step * 20 + 40, {
        timestamp: timestamp(step),
        payload: opusPayload(step),
      });
    bench.advance(1_000);
    assert.equal(bench.story, '0, 1, 2, 3, conceal 20, 5');
  });

  test('[RTP11] packets of any length, and changes of it, are put end to end', () => {
    const bench = new ReceiveBench();
    let timestamp = 0xffff_f000;
    const lengths = [20, 10, 10, 40, 60, 120, 20, 120, 10, 60];
    lengths.forEach((lengthMs, sequence) => {
      bench.push(sequence, sequence * 20, {
        timestamp: timestamp >>> 0,
        payload: opusPayload(sequence, lengthMs),
      });
      timestamp += lengthMs * 48;
    });
    assert.deepEqual(
      bench.played.map(({ type, samples }) => [type, samples / 24]),
      lengths.map((lengthMs) => ['speech', lengthMs]),
    );
  });

  test('[RTP11] a lost packet of another length leaves a gap of its length', () => {
    const bench = new ReceiveBench();
    bench.push(0, 0, { timestamp: 0, payload: opusPayload(0, 60) });
    bench.push(2, 100, { timestamp: 60 * 48 + 40 * 48, payload: opusPayload(2, 20) });
    bench.advance(1_000);
    assert.equal(bench.story, '0, conceal 40, 2');
  });
});

suite('audio receiver: gaps', () => {
  test('[HLD1] a gap is waited for a round trip and 10 ms, then filled, and all behind it released', () => {
    const bench = new ReceiveBench();
    bench.receiver.setRttMs(30);
    bench.push(0, 0);
    bench.push(2, 40);
    bench.push(3, 60);
    bench.advance(79);
    assert.equal(bench.story, '0');
    bench.push(4, 80);
    assert.equal(bench.story, '0, conceal 20, 2, 3, 4');
    assert.deepEqual(new Set(bench.played.slice(1).map(({ atMs }) => atMs)), new Set([80]));
    bench.push(5, 100);
    assert.equal(bench.played.at(-1)?.atMs, 100);
    const { packetsHeld, heldMsMax, packetsGivenUp } = bench.receiver.counters();
    assert.deepEqual([packetsHeld, heldMsMax, packetsGivenUp], [2, 40, 1]);
  });

  test('[HLD1] no gap is waited for longer than 60 ms, whatever the round trip', () => {
    for (const rttMs of [undefined, 50, 80, 5_000]) {
      const bench = new ReceiveBench();
      if (rttMs !== undefined) bench.receiver.setRttMs(rttMs);
      bench.push(0, 0);
      bench.push(2, 40);
      bench.advance(99);
      assert.equal(bench.story, '0');
      bench.advance(100);
      assert.equal(bench.story, '0, conceal 20, 2');
    }
  });

  test('[HLD2] each gap is waited for from its own notice, so that no packet waits longer', () => {
    const bench = new ReceiveBench();
    bench.push(0, 0);
    for (const sequence of [2, 4, 6, 8]) bench.push(sequence, sequence * 20);
    bench.advance(1_000);
    assert.deepEqual(
      bench.played.filter(({ type }) => type === 'speech').map(({ id, atMs }) => [id, atMs]),
      [
        [0, 0],
        [2, 100],
        [4, 140],
        [6, 180],
        [8, 220],
      ],
    );
  });

  test('[HLD3] what comes within the wait is played in its place, and the rest at once', () => {
    const bench = new ReceiveBench();
    bench.push(0, 0);
    bench.push(3, 40);
    bench.push(2, 45);
    bench.push(4, 50);
    bench.push(1, 55);
    assert.equal(bench.story, '0, 1, 2, 3, 4');
    assert.deepEqual(
      bench.played.map(({ atMs }) => atMs),
      [0, 55, 55, 55, 55],
    );
    assert.equal(bench.receiver.counters().packetsReordered, 2);
    assert.equal(bench.receiver.deadlineMs(), undefined);
  });

  test('[HLD3] what waits keeps its sound when the bytes that it came in are used again', () => {
    const bench = new ReceiveBench();
    const payload = Buffer.from(opusPayload(2));
    bench.push(0, 0);
    bench.push(2, 40, { payload });
    payload.fill(0);
    bench.push(3, 60);
    bench.advance(200);
    assert.equal(bench.story, '0, conceal 20, 2, 3');
  });

  test('[RTP5] duplicates, late packets and foreign payload types are dropped and counted', () => {
    const bench = new ReceiveBench();
    bench.push(1, 0);
    bench.push(1, 1);
    bench.push(3, 40);
    bench.push(3, 41);
    bench.advance(200);
    bench.push(2, 201);
    bench.push(2, 202);
    bench.push(4, 203, TELEPHONE_EVENT);
    bench.push(5, 204);
    assert.equal(bench.story, '1, conceal 20, 3, silence 20, 5');
    const counters = bench.receiver.counters();
    assert.deepEqual(
      [
        counters.packetsPlayed,
        counters.packetsDuplicate,
        counters.packetsLate,
        counters.packetsForeign,
      ],
      [3, 3, 1, 1],
    );
  });

  test('[RTP6] lost packets are concealed for 100 ms and silent beyond', () => {
    const bench = new ReceiveBench();
    bench.push(0, 0);
    bench.push(4, 80);
    bench.advance(300);
    bench.push(15, 300);
    bench.advance(400);
    assert.equal(bench.story, '0, conceal 60, 4, conceal 100, silence 100, 15');
  });

  test('[RTP6] a gap longer than 10 s, or than the time that passed and a second, is skipped beyond that', () => {
    const bench = new ReceiveBench();
    bench.push(0, 0);
    bench.push(1_001, 20_020);
    bench.advance(21_000);
    assert.equal(bench.story, '0, conceal 100, silence 9900, 1001');
    assert.equal(bench.receiver.counters().skippedSamples, 10_000 * 24);
    const burst = new ReceiveBench();
    burst.push(0, 0);
    burst.push(401, 0);
    burst.advance(60);
    assert.equal(burst.timelineMs, 20 + 1_060 + 20);
  });

  test('[RTP7] a pause without loss becomes silence of its length', () => {
    const bench = new ReceiveBench();
    bench.push(0, 0);
    bench.push(1, 420, { timestamp: 21 * 960 });
    assert.equal(bench.story, '0, silence 400, 1');
    assert.equal(bench.timersArmed, 0);
  });

  test('[RTP9] a new source or a large jump starts a new timeline, after what was waiting', () => {
    const bench = new ReceiveBench();
    bench.push(0, 0);
    bench.push(2, 40);
    bench.push(500, 50, { ssrc: 2 });
    bench.push(3, 60);
    bench.push(501, 70, { ssrc: 2 });
    bench.push(9_000, 90, { ssrc: 2 });
    assert.equal(bench.story, '0, conceal 20, 2, 500, 501, 9000');
    const { restarts, packetsLate } = bench.receiver.counters();
    assert.deepEqual([restarts, packetsLate], [2, 1]);
  });

  test('[HLD7] more than 64 packets or 2 s behind a gap give it up', () => {
    const bench = new ReceiveBench();
    bench.push(0, 0);
    for (let sequence = 2; sequence <= 64; sequence += 1) bench.push(sequence, 1);
    assert.equal(bench.story, '0');
    bench.push(65, 1);
    assert.equal(bench.played.length, 66);
    assert.equal(bench.receiver.counters().holdOverflows, 1);
    const long = new ReceiveBench();
    long.push(0, 0, { payload: opusPayload(0, 120), timestamp: 0 });
    for (let sequence = 2; sequence <= 19; sequence += 1)
      long.push(sequence, 1, { payload: opusPayload(sequence, 120), timestamp: sequence * 5_760 });
    assert.equal(long.receiver.counters().holdOverflows, 1);
    assert.equal(long.timelineMs, 20 * 120);
  });
});

suite('audio receiver: a process that stands still', () => {
  test('[HLD13] what came in time and was not read yet is played in its place', () => {
    const bench = new ReceiveBench();
    bench.push(0, 0);
    bench.push(2, 40);
    bench.stall(300);
    bench.advance(308);
    bench.push(1, 308);
    bench.push(3, 308);
    assert.equal(bench.story, '0, 1, 2, 3');
    assert.equal(bench.receiver.counters().packetsGivenUp, 0);
  });

  test('[HLD13] the time to read is 10 ms, whether the timer comes first or a packet, and each gap has it once', () => {
    for (const isPacketFirst of [false, true]) {
      const bench = new ReceiveBench();
      bench.push(0, 0);
      bench.push(2, 40);
      if (isPacketFirst) {
        bench.nowMs = 300;
        bench.push(3, 300);
      } else bench.stall(300);
      assert.equal(bench.story, '0');
      bench.stall(330);
      assert.match(bench.story, /^0, conceal 20, 2/);
      bench.push(6, 340);
      bench.advance(399);
      assert.doesNotMatch(bench.story, /6/);
      bench.advance(400);
      assert.match(bench.story, /6$/);
    }
  });

  test('[HLD13] what waited because the process stood still is not counted as late, and later gaps have all their time', () => {
    const bench = new ReceiveBench({ isNackNegotiated: true });
    bench.receiver.setRttMs(40);
    for (let round = 0; round < 12; round += 1) {
      const [first, atMs] = [round * 4, round * 1_000];
      bench.push(first, atMs);
      bench.push(first + 2, atMs + 40);
      bench.stall(atMs + 500);
      bench.push(first + 1, atMs + 505);
      bench.push(first + 3, atMs + 505);
    }
    assert.equal(bench.receiver.counters().packetsGivenUp, 0);
    bench.push(48, 12_000);
    bench.push(50, 12_040);
    bench.advance(12_139);
    assert.equal(bench.played.at(-1)?.id, 48);
    bench.advance(12_140);
    assert.equal(bench.story.endsWith('48, conceal 20, 50'), true);
  });
});

suite('audio receiver: odd packets', () => {
  test('[RTP12] malformed packets cost one concealed gap each, whatever their number', () => {
    const bench = new ReceiveBench();
    for (let sequence = 0; sequence <= 200; sequence += 1) {
      const isMalformed = sequence % 50 === 49;
      bench.push(sequence, sequence * 20, isMalformed ? { payload: Uint8Array.of(0x9b) } : {});
    }
    assert.equal(bench.timelineMs, 201 * 20);
    assert.equal(bench.played.filter(({ type }) => type === 'conceal').length, 4);
    assert.equal(bench.receiver.counters().packetsMalformed, 4);
    assert.equal(bench.timersArmed, 0);
  });

  test('[RTP13] the payload type may change in the middle, with its clock', () => {
    const bench = new ReceiveBench();
    const g711 = (payloadType: number, timestamp: number): object => ({
      payloadType,
      timestamp,
      payload: new Uint8Array(160),
    });
    bench.push(0, 0);
    bench.push(1, 20, g711(0, 960));
    bench.push(2, 40, g711(0, 1_120));
    bench.push(3, 60, g711(8, 1_280));
    bench.push(5, 100, g711(8, 1_600));
    bench.advance(200);
    bench.push(7, 240, { timestamp: 77_777 });
    bench.advance(400);
    bench.push(8, 400, { timestamp: 77_777 + 960 });
    assert.deepEqual(
      bench.played.map(({ type, samples }) => `${type} ${samples / 24}`),
      [
        ...['speech 20', 'speech 20', 'speech 20', 'speech 20', 'conceal 20', 'speech 20'],
        ...['conceal 20', 'speech 20', 'speech 20'],
      ],
    );
  });

  test('[RTP14] comfort noise and discontinuous transmission are silence, lost packets among them too', () => {
    const bench = new ReceiveBench();
    const g711 = (timestamp: number): object => ({
      payloadType: 0,
      timestamp,
      payload: new Uint8Array(160),
    });
    const noise = (timestamp: number): object => ({
      payloadType: 13,
      timestamp,
      payload: Uint8Array.of(70),
    });
    bench.push(0, 0, g711(0));
    bench.push(1, 20, noise(160));
    bench.push(2, 220, noise(1_760));
    bench.push(4, 620, g711(4_960));
    bench.advance(1_000);
    assert.equal(bench.timelineMs, 640);
    assert.deepEqual(
      new Set(bench.played.slice(1, -1).map(({ type }) => type)),
      new Set(['silence']),
    );
    assert.equal(bench.receiver.counters().concealedSamples, 0);
    const opus = new ReceiveBench();
    opus.push(0, 0);
    opus.push(1, 20, { payload: Uint8Array.of(0x98) });
    opus.push(2, 420, { timestamp: 21 * 960, payload: Uint8Array.of(0x98) });
    opus.push(4, 840, { timestamp: 42 * 960 });
    opus.advance(1_000);
    assert.equal(opus.timelineMs, 43 * 20);
    assert.equal(opus.receiver.counters().concealedSamples, 0);
  });
});
