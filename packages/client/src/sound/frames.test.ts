import assert from 'node:assert/strict';
import { test } from 'node:test';
import { framesFor, halvedRate } from './frames.ts';

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

test('[SOC13] 48 kHz becomes 24 kHz, the same in whatever pieces it comes', () => {
  const said = sine(1_000, 48_000, 9_600);
  const whole = halvedRate()(said);
  const halved = halvedRate();
  assert.deepEqual(
    pieces(said).flatMap((piece) => [...halved(piece)]),
    whole,
  );
  assert.ok(Math.abs(whole.length - 4_800) <= 3, `${whole.length} samples`);
  const wrong = whole.slice(10).map((sample, at) => sample - (said[2 * (at + 10)] ?? 0));
  assert.ok(peakOf(wrong) < 0.02, `${peakOf(wrong)}`);
});

for (const { hertz, from, to } of [
  { hertz: 300, from: 0.98, to: 1.02 },
  { hertz: 4_000, from: 0.95, to: 1.05 },
  { hertz: 8_000, from: 0.8, to: 1.05 },
  { hertz: 16_000, from: 0, to: 0.15 },
  { hertz: 20_000, from: 0, to: 0.05 },
]) {
  test(`[SOC13] of ${hertz} Hz at 48 kHz between ${from} and ${to} is left`, () => {
    const peak = peakOf(halvedRate()(sine(hertz + 1, 48_000, 48_000)).slice(10));
    assert.ok(peak >= from && peak <= to, `${peak}`);
  });
}
