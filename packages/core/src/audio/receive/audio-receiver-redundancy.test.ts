import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  opusPayload,
  opusPayloadWithFec,
  ReceiveBench,
  redPayload,
} from '../../testing/receive-bench.ts';

suite('audio receiver: redundancy', () => {
  const withCopies = (sequence: number, distances: readonly number[]): Uint8Array =>
    redPayload([
      ...distances.map((distance) => ({
        offsetTicks: distance * 960,
        payload: opusPayload(sequence - distance),
      })),
      { offsetTicks: 0, payload: opusPayload(sequence) },
    ]);

  test('[RED2] a missing packet is played from its copy, without a wait', () => {
    const bench = new ReceiveBench();
    const lost = new Set([3, 6, 7]);
    for (let sequence = 0; sequence < 10; sequence += 1) {
      if (lost.has(sequence)) continue;
      const payload = sequence < 2 ? opusPayload(sequence) : withCopies(sequence, [2, 1]);
      bench.push(sequence, sequence * 20, { payloadType: sequence < 2 ? 111 : 63, payload });
    }
    assert.equal(bench.story, '0, 1, 2, 3, 4, 5, 6, 7, 8, 9');
    assert.equal(bench.timersArmed, 0);
    const counters = bench.receiver.counters();
    assert.deepEqual([counters.packetsRecoveredByRed, counters.packetsGivenUp], [3, 0]);
  });

  test('[RED2] a copy finds its place by its time, whatever the distance', () => {
    const bench = new ReceiveBench();
    bench.push(0, 0);
    bench.push(3, 60, { payloadType: 63, payload: withCopies(3, [2]) });
    bench.push(5, 80, { payloadType: 63, payload: withCopies(5, [3]) });
    assert.equal(bench.story, '0, 1, 2, 3');
    bench.push(4, 85);
    assert.equal(bench.story, '0, 1, 2, 3, 4, 5');
  });

  test('[RED3] copies of what was played are ignored, and originals behind their copies are duplicates', () => {
    const bench = new ReceiveBench();
    bench.push(1, 0);
    bench.push(2, 20, { payloadType: 63, payload: withCopies(2, [1]) });
    bench.push(4, 60, { payloadType: 63, payload: withCopies(4, [2, 1]) });
    bench.push(3, 65);
    bench.push(8, 140, { payloadType: 63, payload: withCopies(8, [2, 1]) });
    bench.push(7, 145);
    bench.push(5, 146);
    assert.equal(bench.story, '1, 2, 3, 4, 5, 6, 7, 8');
    assert.equal(bench.receiver.counters().packetsDuplicate, 2);
  });

  test('[RED1] a payload that contradicts itself costs one concealed gap', () => {
    const bench = new ReceiveBench();
    bench.push(0, 0);
    bench.push(1, 20, {
      payloadType: 63,
      payload: Uint8Array.of(0x80 | 111, 0xff, 0xff, 0xff, 111),
    });
    bench.push(2, 40);
    assert.equal(bench.story, '0, conceal 20, 2');
    assert.equal(bench.receiver.counters().packetsMalformed, 1);
  });

  test('[FEC2] without requests and reordering, in-band FEC fills the end of a gap at once', () => {
    const bench = new ReceiveBench();
    bench.push(0, 0);
    bench.push(2, 40, { payload: opusPayloadWithFec(2) });
    assert.equal(bench.story, '0, decode_fec 20, 2');
    assert.equal(bench.played.at(-1)?.atMs, 40);
    bench.push(5, 100, { payload: opusPayloadWithFec(5) });
    bench.advance(300);
    assert.equal(bench.story, '0, decode_fec 20, 2, conceal 20, decode_fec 20, 5');
    const { packetsRecoveredByFec, packetsGivenUp } = bench.receiver.counters();
    assert.deepEqual([packetsRecoveredByFec, packetsGivenUp], [2, 1]);
  });

  test('[FEC2] [HLD5] where requests may bring the packet itself, in-band FEC waits its turn', () => {
    const bench = new ReceiveBench({ isNackNegotiated: true });
    bench.receiver.setRttMs(10);
    bench.push(0, 0);
    bench.push(2, 40, { payload: opusPayloadWithFec(2) });
    bench.push(1, 51);
    bench.push(4, 80, { payload: opusPayloadWithFec(4) });
    bench.advance(500);
    assert.equal(bench.story, '0, 1, 2, decode_fec 20, 4');
    assert.equal(bench.played.at(-1)?.atMs, 140);
  });

  test('[HLD6] reordering that was seen lengthens the wait to what it needs, for 10 s', () => {
    const bench = new ReceiveBench();
    bench.receiver.setRttMs(5);
    const fec = (sequence: number): object => ({ payload: opusPayloadWithFec(sequence) });
    bench.push(0, 0);
    bench.push(2, 40, fec(2));
    // 30 ms late: FEC had no reason to wait for it.
    bench.push(1, 70);
    bench.push(4, 80, fec(4));
    bench.push(3, 110);
    assert.equal(bench.story, '0, decode_fec 20, 2, 3, 4');
    bench.push(6, 11_000, { ...fec(6), timestamp: 6 * 960 });
    assert.equal(bench.story, '0, decode_fec 20, 2, 3, 4, decode_fec 20, 6');
  });

  test('[HLD6] lateness beyond the longest wait teaches nothing', () => {
    const bench = new ReceiveBench();
    bench.receiver.setRttMs(5);
    bench.push(0, 0);
    bench.push(2, 40);
    bench.push(1, 140);
    bench.push(4, 150);
    bench.advance(165);
    assert.equal(bench.played.at(-1)?.id, 4);
  });
});
