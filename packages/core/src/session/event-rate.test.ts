import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { EventRate, type EventVerdict } from './event-rate.ts';

const LIMITS = { eventsPerS: 10, bytesPerS: 1_000 };

function takeMany(rate: EventRate, count: number, nowMs: number): readonly EventVerdict[] {
  return Array.from({ length: count }, () => rate.take(1, nowMs));
}

suite('event rate of a controller', () => {
  test('[RAT5] ten seconds of events may come at once, then they come at the rate', () => {
    const rate = new EventRate(LIMITS, 0);
    assert.ok(takeMany(rate, 100, 0).every((verdict) => verdict === 'pass'));
    assert.equal(rate.take(1, 0), 'tell');
    assert.equal(rate.take(1, 99), 'drop');
    assert.equal(rate.take(1, 100), 'pass');
    assert.equal(rate.take(1, 100), 'drop');
    // An hour fills no more than ten seconds.
    const verdicts = takeMany(rate, 101, 3_600_000);
    assert.equal(verdicts.filter((verdict) => verdict === 'pass').length, 100);
  });

  test('[RAT5] bytes count as events do, and one event of any size passes when all is there', () => {
    const rate = new EventRate(LIMITS, 0);
    assert.equal(rate.take(9_999, 0), 'pass');
    assert.equal(rate.take(2, 0), 'tell');
    assert.equal(rate.take(2, 1), 'pass');
    const other = new EventRate(LIMITS, 0);
    assert.equal(other.take(10_000_000, 0), 'pass');
    assert.equal(other.take(1, 0), 'tell');
  });

  test('[RAT5] who sends too much is told once a second', () => {
    const rate = new EventRate(LIMITS, 0);
    takeMany(rate, 100, 0);
    const told: number[] = [];
    for (let nowMs = 0; nowMs < 5_000; nowMs += 10) {
      if (rate.take(1, nowMs) === 'tell') told.push(nowMs);
    }
    assert.deepEqual(told, [0, 1_000, 2_000, 3_000, 4_000]);
  });

  test('[RAT6] who goes on for ten seconds has to go, who pauses begins anew', () => {
    const rate = new EventRate(LIMITS, 0);
    takeMany(rate, 100, 0);
    let endedAtMs = 0;
    for (let nowMs = 0; endedAtMs === 0; nowMs += 10) {
      if (rate.take(1, nowMs) === 'end') endedAtMs = nowMs;
    }
    assert.ok(endedAtMs >= 10_000 && endedAtMs <= 10_010, String(endedAtMs));

    const calmer = new EventRate(LIMITS, 0);
    takeMany(calmer, 100, 0);
    for (let round = 0; round < 10; round += 1) {
      const startMs = round * 12_000;
      for (let nowMs = startMs; nowMs < startMs + 9_000; nowMs += 10)
        assert.notEqual(calmer.take(1, nowMs), 'end');
    }
  });
});
