import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { opusPayload, ReceiveBench } from '../../testing/receive-bench.ts';

suite('audio receiver: any network', () => {
  test('[HLD1] [HLD2] [RTP6] whatever is lost, late, doubled or out of order, the timeline is whole and no wait is long', () => {
    const arrival = fc.record({
      isLost: fc.boolean(),
      delayMs: fc.integer({ min: 0, max: 90 }),
      copies: fc.integer({ min: 1, max: 2 }),
    });
    fc.assert(
      fc.property(
        fc.array(arrival, { minLength: 3, maxLength: 120 }),
        fc.array(fc.constantFrom(10, 20, 40, 60, 120), { minLength: 1, maxLength: 5 }),
        fc.record({ isNackNegotiated: fc.boolean(), rttMs: fc.integer({ min: 0, max: 120 }) }),
        (arrivals, lengths, { isNackNegotiated, rttMs }) => {
          const bench = new ReceiveBench({ isNackNegotiated });
          bench.receiver.setRttMs(rttMs);
          let sentMs = 0;
          const sent = arrivals.map((fate, index) => {
            const lengthMs = lengths[index % lengths.length] ?? 20;
            const packet = { index, lengthMs, startMs: sentMs, ...fate };
            sentMs += lengthMs;
            return packet;
          });
          const ends = new Set([0, arrivals.length - 1]);
          const arrivedMs = new Map<number, number>();
          const coming = sent
            .filter(({ index, isLost }) => ends.has(index) || !isLost)
            .flatMap((packet) =>
              Array.from({ length: packet.copies }, (_, copy) => ({
                ...packet,
                // The first and the last frame the timeline: they come in order.
                atMs: packet.startMs + (ends.has(packet.index) ? 0 : packet.delayMs) + copy * 7,
              })),
            )
            .map((packet) =>
              packet.index === arrivals.length - 1
                ? { ...packet, atMs: packet.atMs + 100 }
                : packet,
            )
            .sort((left, right) => left.atMs - right.atMs || left.index - right.index);
          for (const { index, lengthMs, startMs, atMs } of coming) {
            if (!arrivedMs.has(index)) arrivedMs.set(index, atMs);
            bench.push(65_000 + index, atMs, {
              timestamp: (0xffff_0000 + startMs * 48) >>> 0,
              payload: opusPayload(index, lengthMs),
            });
          }
          bench.advance(sentMs + 1_000);
          assert.equal(bench.timelineMs, sentMs);
          const heard = bench.played.filter(({ type }) => type === 'speech');
          const ids = heard.map(({ id }) => id ?? -1);
          assert.deepEqual(
            ids,
            [...new Set(ids)].sort((left, right) => left - right),
          );
          const longestMs = isNackNegotiated ? 100 : 60;
          for (const { id, atMs } of heard)
            assert.ok(atMs - (arrivedMs.get(id ?? -1) ?? 0) <= longestMs, `packet ${id} waited`);
          const counters = bench.receiver.counters();
          assert.equal(counters.packetsPlayed + counters.packetsLate, arrivedMs.size);
          assert.equal(counters.packetsDuplicate, coming.length - arrivedMs.size);
          assert.equal(bench.receiver.deadlineMs(), undefined);
        },
      ),
      { seed: 20_261_126, numRuns: 400 },
    );
  });
});
