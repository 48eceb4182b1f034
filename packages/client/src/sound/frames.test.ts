import assert from 'node:assert/strict';
import { test } from 'node:test';
import { framesFor, resampled } from './frames.ts';

/** Lengths of pieces as browsers give them, and odd ones. */
const PIECE_SAMPLES = [480, 128, 441, 7, 1, 960];

function pieces(samples: Float32Array): readonly Float32Array[] {
  const cut: Float32Array[] = [];
  for (let at = 0; at < samples.length; at += cut.at(-1)?.length ?? 0)
    cut.push(samples.subarray(at, at + (PIECE_SAMPLES[cut.length % PIECE_SAMPLES.length] ?? 1)));
  return cut;
}

function sine(hertz: number, rateHz: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, at) =>
    Math.sin((2 * Math.PI * hertz * at) / rateHz),
  );
}

function peakOf(samples: readonly number[]): number {
  return Math.max(...samples.map((sample) => Math.abs(sample)));
}

test('[SOC13] pieces of any length become frames of 20 ms, whole and in order', () => {
  const frames: Float32Array[] = [];
  const push = framesFor((frame) => frames.push(frame));
  const said = Float32Array.from({ length: 24_000 }, (_, at) => at / 24_000);
  for (const piece of pieces(said)) push(piece);
  assert.equal(frames.length, 50);
  assert.ok(frames.every(({ length }) => length === 480));
  assert.deepEqual(
    frames.flatMap((frame) => [...frame]),
    [...said],
  );
});

for (const rateHz of [8_000, 16_000, 44_100, 48_000, 96_000]) {
  test(`[SOC13] ${rateHz} Hz become 24 kHz, the same in whatever pieces they come`, () => {
    const said = sine(1_000, rateHz, rateHz);
    const whole = resampled(rateHz)(said);
    const resample = resampled(rateHz);
    assert.deepEqual(
      pieces(said).flatMap((piece) => [...resample(piece)]),
      whole,
    );
    assert.ok(24_000 - whole.length <= 15, `${whole.length} samples`);
    const wanted = sine(1_000, 24_000, 24_000);
    // Before the first sample there was nothing.
    const wrong = whole.map((sample, at) => sample - (wanted[at] ?? 0)).slice(20);
    assert.ok(peakOf(wrong) < 0.005, `${peakOf(wrong)}`);
  });
}

for (const rateHz of [44_100, 48_000]) {
  for (const { hertz, from, to } of [
    { hertz: 300, from: 0.98, to: 1.02 },
    { hertz: 4_000, from: 0.98, to: 1.02 },
    { hertz: 8_000, from: 0.9, to: 1.02 },
    { hertz: 16_000, from: 0, to: 0.05 },
    { hertz: 20_000, from: 0, to: 0.01 },
  ]) {
    test(`[SOC13] of ${hertz} Hz at ${rateHz} Hz between ${from} and ${to} is left`, () => {
      const peak = peakOf(resampled(rateHz)(sine(hertz + 1, rateHz, rateHz)).slice(20));
      assert.ok(peak >= from && peak <= to, `${peak}`);
    });
  }
}
