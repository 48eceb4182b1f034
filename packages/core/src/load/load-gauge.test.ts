import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Dice } from '../testing/world/dice.ts';
import { LoadGauge, type LoadSample } from './load-gauge.ts';

const IDLE: LoadSample = {
  sessions: 0,
  sessionCountMax: 100,
  busyRatio: 0,
  eventLoopDelayMs: 0,
  tickLatenessMs: 0,
};

function gauge(): LoadGauge {
  return new LoadGauge({ refusedAbove: 0.9 });
}

function times(count: number, load: LoadGauge, sample: Partial<LoadSample>): void {
  for (let index = 0; index < count; index += 1) load.sample({ ...IDLE, ...sample });
}

suite('the load of a process', () => {
  test('[CAP1] load is that of the fullest part, and a full process has 1', () => {
    const load = gauge();
    times(30, load, { sessions: 25, busyRatio: 0.5, eventLoopDelayMs: 6, tickLatenessMs: 18 });
    const { sessions, cpu, event_loop: loop, media_tick: tick } = load.parts;
    assert.deepEqual(
      [sessions, cpu, loop, tick].map((part) => Math.round(part * 100)),
      [25, 50, 10, 30],
    );
    assert.equal(Math.round(load.load * 100), 50);
    times(1, load, { sessions: 100 });
    assert.equal(load.load, 1);
  });

  test('[CAP2] one late tick keeps nobody out, a second of lateness after the other does', () => {
    const load = gauge();
    times(20, load, { tickLatenessMs: 1 });
    times(1, load, { tickLatenessMs: 500 });
    assert.equal(load.isOverloaded, false);
    times(3, load, { tickLatenessMs: 500 });
    assert.equal(load.isOverloaded, false);
    times(1, load, { tickLatenessMs: 500 });
    assert.equal(load.isOverloaded, true);
    assert.deepEqual(load.reasons, ['media_tick']);
  });

  test('[CAP3] once out of room it takes sessions again only when there is clearly some', () => {
    const load = gauge();
    times(30, load, { busyRatio: 0.95 });
    assert.equal(load.isOverloaded, true);
    times(30, load, { busyRatio: 0.75 });
    assert.equal(load.isOverloaded, true);
    times(30, load, { busyRatio: 0.65 });
    assert.equal(load.isOverloaded, false);
    times(30, load, { busyRatio: 0.85 });
    assert.equal(load.isOverloaded, false);
  });

  test('[CAP3] between the two bounds nothing changes, whatever comes', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const dice = new Dice(seed);
      const load = gauge();
      times(20, load, { busyRatio: seed % 2 });
      const before = load.isOverloaded;
      // From a full or an empty process the smoothed figure comes into the band and stays there.
      times(20, load, { busyRatio: 0.8 });
      assert.equal(load.isOverloaded, before, `seed ${seed}`);
      for (let index = 0; index < 50; index += 1) {
        times(1, load, { busyRatio: 0.72 + 0.16 * dice.ratio() });
        assert.equal(load.isOverloaded, before, `seed ${seed}`);
      }
    }
  });

  test('[CAP1] places alone overload nothing, and what is measured stays between 0 and 1', () => {
    const load = gauge();
    times(10, load, { sessions: 100 });
    assert.equal(load.isOverloaded, false);
    times(30, load, { busyRatio: 3, eventLoopDelayMs: Number.NaN, tickLatenessMs: -5 });
    assert.deepEqual(
      Object.values(load.parts).map((part) => Math.round(part * 1_000)),
      [0, 1_000, 0, 0],
    );
  });
});
