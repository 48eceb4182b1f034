import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { measureTurn, PART_ENDS, TURN_PARTS, TURN_POINTS, type TurnTimes } from './turn-parts.ts';

const WHOLE: TurnTimes = {
  spoken: 100,
  received: 130.5,
  detected: 640,
  created: 645,
  resumed: 645,
  generated: 900,
  sent: 901,
  sounded: 921,
  heard: 1_010,
};

suite('parts of a turn', () => {
  test('[TML5] each part lies between two points, and a point that is not known gives its time to the next part', () => {
    assert.deepEqual(measureTurn(WHOLE), {
      from: 'spoken',
      to: 'heard',
      totalMs: 910,
      parts: [
        { part: 'uplink', startMs: 0, durationMs: 30.5 },
        { part: 'end_of_turn', startMs: 30.5, durationMs: 509.5 },
        { part: 'response', startMs: 540, durationMs: 5 },
        { part: 'tools', startMs: 545, durationMs: 0 },
        { part: 'generation', startMs: 545, durationMs: 255 },
        { part: 'pacing', startMs: 800, durationMs: 1 },
        { part: 'silence', startMs: 801, durationMs: 20 },
        { part: 'playout', startMs: 821, durationMs: 89 },
      ],
    });
    assert.deepEqual(measureTurn({ detected: 10, generated: 30, heard: 70 }), {
      from: 'detected',
      to: 'heard',
      totalMs: 60,
      parts: [
        { part: 'generation', startMs: 0, durationMs: 20 },
        { part: 'playout', startMs: 20, durationMs: 40 },
      ],
    });
  });

  test('[TML5] fewer than two points measure nothing', () => {
    assert.equal(measureTurn({}), undefined);
    assert.equal(measureTurn({ created: 5 }), undefined);
  });

  test('[TML5] whatever is known, in whatever order, the parts follow each other and add up to the whole', () => {
    const timeMs = fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(timeMs, { minLength: 9, maxLength: 9 }), (times) => {
        const known: { [Point in (typeof TURN_POINTS)[number]]?: number } = {};
        for (const [index, point] of TURN_POINTS.entries()) {
          const atMs = times[index];
          if (atMs !== undefined) known[point] = atMs;
        }
        const measured = measureTurn(known);
        if (measured === undefined) return Object.keys(known).length < 2;
        let endMs = 0;
        for (const { startMs, durationMs } of measured.parts) {
          assert.equal(startMs, endMs);
          assert.ok(durationMs >= 0);
          endMs += durationMs;
          assert.ok(Math.abs(endMs - (startMs + durationMs)) < 1e-6);
          endMs = startMs + durationMs;
        }
        assert.ok(Math.abs(endMs - measured.totalMs) < 1e-6);
        const last = measured.parts.at(-1);
        assert.equal(last === undefined ? undefined : PART_ENDS[last.part], measured.to);
        const order = measured.parts.map(({ part }) => TURN_PARTS.indexOf(part));
        assert.deepEqual(
          order,
          [...order].sort((a, b) => a - b),
        );
        return true;
      }),
      { seed: 9 },
    );
  });
});
