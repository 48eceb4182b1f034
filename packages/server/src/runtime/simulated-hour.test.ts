import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type MonotonicMs, SAMPLES_PER_MS, type Timer } from '@prism/core';
import { ManualClock } from '@prism/core/testing';
import { compactNtp, ntpTimeFromMs, RTP_HEADER_BYTES, writeRtpHeader } from '@prism/protocol';
import { RunnerBench, type SentPacket } from '../testing/runner-bench.ts';

const HOUR_MS = 3_600_000;
const PAUSE_MS = 5_000;
const SLOT_MS = 20;
const SLOT_TICKS = 960;
const TICKS_PER_MS = 48;
/** RTP time of slot 0: what the bench's `randomUint32` gives. */
const FIRST_TIMESTAMP = 7;
/** The silent frames after an answer. */
const TAIL_FRAMES = 10;

/** A clock on which every timer fires a millisecond late. */
class LateClock extends ManualClock {
  override setTimer(atMs: MonotonicMs, fire: () => void): Timer {
    return super.setTimer((atMs + 1) as MonotonicMs, fire);
  }
}

function slotOf(packet: SentPacket): number {
  return (packet.timestamp - FIRST_TIMESTAMP) / SLOT_TICKS;
}

suite('one simulated hour', () => {
  test('[TCK4] RTP time follows the clock, nothing bursts, and no answer comes later than the one before', () => {
    const bench = new RunnerBench(new LateClock());
    bench.connect();
    const { clock } = bench;
    const spokenSlots = 350;
    let isStalled = false;
    let stalls = 0;
    for (let turn = 0; clock.nowMs() < HOUR_MS; turn += 1) {
      const askedAtMs = clock.nowMs();
      const before = bench.packetsSent;
      // Deltas of 200 ms, twice as fast as they play; every 25th answer meets a process that stands still.
      for (let delta = 0; delta < spokenSlots / 10; delta += 1) {
        bench.answer(10, `resp_${turn}`);
        isStalled = turn % 25 === 24 && delta === 20;
        if (isStalled) {
          clock.stall(PAUSE_MS);
          stalls += 1;
        }
        clock.advance(100);
      }
      bench.answerDone(`resp_${turn}`);
      clock.advance((spokenSlots / 2 + TAIL_FRAMES) * SLOT_MS + PAUSE_MS);
      const packets = bench.packets.slice(before);
      assert.equal(packets.length, spokenSlots + TAIL_FRAMES, `answer ${turn}`);
      assert.equal(packets[0]?.atMs, askedAtMs, 'the first frame leaves at once');
      const lastSpokenAtMs = packets[spokenSlots - 1]?.atMs ?? 0;
      const heldUpMs = turn % 25 === 24 ? PAUSE_MS : 0;
      const lateMs = lastSpokenAtMs - askedAtMs - (spokenSlots - 1) * SLOT_MS - heldUpMs;
      assert.ok(
        lateMs > -2 * SLOT_MS && lateMs <= SLOT_MS + 1,
        `answer ${turn}: ${lateMs} ms late`,
      );
      // Another phase of the slots for each answer.
      clock.advance((turn * 7) % SLOT_MS);
    }
    let lastSlot = -2;
    for (const packet of bench.packets) {
      const slot = slotOf(packet);
      assert.ok(Number.isInteger(slot) && slot > lastSlot, 'one packet to a slot, in order');
      const errorMs = packet.atMs - slot * SLOT_MS;
      assert.ok(errorMs >= 0 && errorMs < SLOT_MS, `RTP time is off by ${errorMs} ms`);
      assert.equal(packet.hasMarker, slot !== lastSlot + 1);
      lastSlot = slot;
    }
    assert.ok(stalls >= 10 && bench.packetsSent > 90_000);
    assert.equal(clock.armedCount, 0);
  });

  test('[TCK4] [RTC7] every sender report ties RTP time to the clock', () => {
    const bench = new RunnerBench(new LateClock());
    bench.connect();
    const wallOffsetMs = bench.clock.wallMs() - bench.clock.nowMs();
    for (let turn = 0; bench.clock.nowMs() < HOUR_MS; turn += 1) {
      bench.answer(500, `resp_${turn}`);
      bench.answerDone(`resp_${turn}`);
      bench.clock.advance(10_000 + PAUSE_MS + (turn % SLOT_MS));
    }
    for (const { atMs, report } of bench.senderReports) {
      assert.equal(compactNtp(report.ntpTime), compactNtp(ntpTimeFromMs(atMs + wallOffsetMs)));
      const rtpMs = (report.rtpTimestamp - FIRST_TIMESTAMP) / TICKS_PER_MS;
      assert.ok(Math.abs(rtpMs - atMs) < 0.1, `off by ${rtpMs - atMs} ms`);
    }
    assert.ok(bench.senderReports.length > 400);
  });

  for (const driftPpm of [200, -200]) {
    test(`[TCK5] a client clock that is ${driftPpm} ppm off makes nothing wait and loses nothing`, () => {
      const bench = new RunnerBench(new LateClock());
      bench.connect();
      const { clock } = bench;
      const packet = new Uint8Array(RTP_HEADER_BYTES + 20).fill(0x98);
      const pauseSlots = PAUSE_MS / SLOT_MS;
      let sequenceNumber = 0;
      /** The client's clock, in slots. */
      let slot = 0;
      let appendedSamples = 0;
      while (clock.nowMs() < HOUR_MS) {
        // 10 s of speech, then nothing is sent (discontinuous transmission).
        for (let count = 0; count < 500; count += 1, slot += 1, sequenceNumber += 1) {
          const dueMs = slot * SLOT_MS * (1 + driftPpm / 1_000_000);
          clock.advance(Math.max(0, dueMs - clock.nowMs()));
          writeRtpHeader(packet, {
            payloadType: 111,
            hasMarker: count === 0,
            sequenceNumber,
            timestamp: slot * SLOT_TICKS,
            ssrc: 5,
          });
          bench.peerListener.packet(packet);
          for (const { atMs, samples } of bench.appended.splice(0)) {
            assert.equal(atMs, clock.nowMs(), 'what came was sent on in the same turn');
            appendedSamples += samples;
          }
          assert.equal(appendedSamples, (slot + 1) * SLOT_MS * SAMPLES_PER_MS);
        }
        slot += pauseSlots;
      }
      const clientMs = (slot - pauseSlots) * SLOT_MS;
      const realMs = clientMs * (1 + driftPpm / 1_000_000);
      assert.ok(Math.abs(realMs - clientMs) > 700, 'the clocks went apart');
      assert.equal(appendedSamples, clientMs * SAMPLES_PER_MS);
    });
  }
});
