import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Resampler, resample } from './resampler.ts';

const RATE_PAIRS = [
  [24_000, 48_000],
  [24_000, 16_000],
  [16_000, 24_000],
  [48_000, 16_000],
  [8_000, 24_000],
  [24_000, 8_000],
  [22_050, 24_000],
] as const;

const ratePair = fc.constantFrom(...RATE_PAIRS);

function concat(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    out.set(part, position);
    position += part.length;
  }
  return out;
}

function sine(frequencyHz: number, rateHz: number, sampleCount: number): Float32Array {
  return Float32Array.from({ length: sampleCount }, (_, i) =>
    Math.sin((2 * Math.PI * frequencyHz * i) / rateHz),
  );
}

/** Signal to error, in dB, away from the edges. */
function snrDb(actual: Float32Array, expected: Float32Array, edgeSamples: number): number {
  let signal = 0;
  let error = 0;
  for (let i = edgeSamples; i < expected.length - edgeSamples; i++) {
    signal += (expected[i] ?? 0) ** 2;
    error += ((actual[i] ?? 0) - (expected[i] ?? 0)) ** 2;
  }
  return 10 * Math.log10(signal / error);
}

test('[EAR1] any way of cutting a stream gives the same resampled samples, bit for bit', () => {
  fc.assert(
    fc.property(
      ratePair,
      fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { maxLength: 2_000 }),
      fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 12 }),
      ([inputRateHz, outputRateHz], values, cuts) => {
        const input = Float32Array.from(values);
        const resampler = new Resampler({ inputRateHz, outputRateHz });
        const parts: Float32Array[] = [];
        let position = 0;
        for (const cut of cuts) {
          parts.push(resampler.push(input.subarray(position, position + cut)));
          position = Math.min(input.length, position + cut);
        }
        parts.push(resampler.push(input.subarray(position)), resampler.flush());
        assert.deepEqual(concat(parts), resample(input, { inputRateHz, outputRateHz }));
      },
    ),
    { seed: 1, numRuns: 150 },
  );
});

test('[EAR1] a flushed stream has as many samples as its duration asks for', () => {
  fc.assert(
    fc.property(ratePair, fc.integer({ min: 0, max: 5_000 }), (rates, inputCount) => {
      const [inputRateHz, outputRateHz] = rates;
      const out = resample(new Float32Array(inputCount), { inputRateHz, outputRateHz });
      assert.equal(out.length, Math.ceil((inputCount * outputRateHz) / inputRateHz));
    }),
    { seed: 2, numRuns: 200 },
  );
});

for (const [inputRateHz, outputRateHz] of RATE_PAIRS) {
  test(`[EAR1] tones keep their place and height from ${inputRateHz} Hz to ${outputRateHz} Hz`, () => {
    const nyquistHz = Math.min(inputRateHz, outputRateHz) / 2;
    for (const frequencyHz of [100, 1_000, nyquistHz * 0.8]) {
      const out = resample(sine(frequencyHz, inputRateHz, inputRateHz / 2), {
        inputRateHz,
        outputRateHz,
      });
      const expected = sine(frequencyHz, outputRateHz, out.length);
      const quality = snrDb(out, expected, Math.ceil(outputRateHz / 100));
      assert.ok(quality > 70, `${frequencyHz} Hz: ${quality.toFixed(1)} dB`);
    }
  });
}

test('[EAR1] what the lower rate cannot carry is removed, not folded', () => {
  const out = resample(sine(10_500, 24_000, 12_000), { inputRateHz: 24_000, outputRateHz: 16_000 });
  const rms = Math.sqrt(out.subarray(200, -200).reduce((sum, x) => sum + x * x, 0) / out.length);
  assert.ok(rms < 1e-3, `rms ${rms}`);
});

test('[EAR1] rates that make no ratio of moderate integers are refused', () => {
  for (const inputRateHz of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => new Resampler({ inputRateHz, outputRateHz: 24_000 }), RangeError);
  }
  assert.throws(() => new Resampler({ inputRateHz: 24_001, outputRateHz: 16_000 }), RangeError);
});
