import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytesOfPcm, pcmOfRecording } from '../conversation/wire-audio.ts';
import { seededRandom } from '../simulator/seeded-random.ts';
import { decodeTimeCode } from './decode-time-code.ts';
import { CODE_FRAME_SAMPLES, encodeTimeCode } from './encode-time-code.ts';
import { reportTimeCode } from './time-code-report.ts';
import { CODE_COUNT, codeOfDigits, digitsOfCode } from './tone-plan.ts';

function concat(...parts: readonly Int16Array[]): Int16Array {
  const joined = new Int16Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function codesIn(pcm: Int16Array, rateHz?: number): number[] {
  return decodeTimeCode(pcm, rateHz).map(({ code }) => code);
}

function sequence(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => (first + index) % CODE_COUNT);
}

function clip(value: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(value)));
}

/** White noise at a level below the signal's. */
function withNoise(pcm: Int16Array, signalToNoiseDb: number): Int16Array {
  const random = seededRandom(7);
  const power = pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length;
  const peak = Math.sqrt(3 * power * 10 ** (-signalToNoiseDb / 10));
  return pcm.map((sample) => clip(sample + peak * (2 * random.next() - 1)));
}

test('[TMC1] every code is different, and a digit misread is refused', () => {
  const seen = new Set<string>();
  for (let code = 0; code < CODE_COUNT; code += 1) {
    const digits = digitsOfCode(code);
    seen.add(digits.slice(0, 4).join(''));
    assert.equal(codeOfDigits(digits), code);
    for (let place = 0; place < digits.length; place += 1) {
      const misread = digits.map((digit, index) => (index === place ? (digit + 1) % 8 : digit));
      assert.equal(codeOfDigits(misread), undefined);
    }
  }
  assert.equal(seen.size, CODE_COUNT);
});

test('[TMC1] [TMC2] on a clean channel all 4096 codes are found, in order and once each', () => {
  const marks = decodeTimeCode(encodeTimeCode(0, CODE_COUNT));
  assert.deepEqual(
    marks.map(({ code }) => code),
    sequence(0, CODE_COUNT),
  );
  for (const [index, { atMs }] of marks.entries()) {
    assert.ok(Math.abs(atMs - index * 20) < 3, `frame ${index} at ${atMs}`);
  }
});

test('[TMC1] the sequence is unambiguous for 80 s and goes on after it', () => {
  assert.ok(CODE_COUNT * 20 >= 80_000);
  const pcm = encodeTimeCode(CODE_COUNT - 3, 6);
  assert.deepEqual(codesIn(pcm), [4093, 4094, 4095, 0, 1, 2]);
  const report = reportTimeCode(decodeTimeCode(pcm));
  assert.equal(report.lastFrame, CODE_COUNT + 2);
  assert.equal(report.missingCount, 0);
});

test('[TMC2] frames are found wherever a recording begins, at any level', () => {
  fc.assert(
    fc.property(
      fc.nat(CODE_COUNT - 1),
      fc.nat(959),
      fc.integer({ min: 2, max: 100 }),
      (first, offsetSamples, levelPercent) => {
        const pcm = encodeTimeCode(first, 25).map((sample) => (sample * levelPercent) / 100);
        const marks = decodeTimeCode(
          concat(new Int16Array(offsetSamples), pcm, new Int16Array(CODE_FRAME_SAMPLES)),
        );
        assert.deepEqual(
          marks.map(({ code }) => code),
          sequence(first, 25),
        );
        for (const [index, { atMs }] of marks.entries()) {
          assert.ok(Math.abs(atMs - (offsetSamples / 24 + index * 20)) < 3);
        }
      },
    ),
    { numRuns: 60, seed: 11 },
  );
});

test('[TMC3] what is cut out, repeated or swapped is seen as such', () => {
  const frame = (index: number): Int16Array => encodeTimeCode(100 + index, 1);
  const pcm = concat(
    ...[0, 1, 2, 2, 3, 7, 8, 10, 9].map(frame),
    new Int16Array(24 * 33),
    ...[11, 12].map(frame),
  );
  const report = reportTimeCode(decodeTimeCode(pcm));
  assert.equal(report.firstFrame, 100);
  assert.equal(report.lastFrame, 112);
  assert.deepEqual(report.missing, [{ fromFrame: 104, toFrame: 106 }]);
  assert.equal(report.missingCount, 3);
  assert.equal(report.repeatedCount, 1);
  assert.equal(report.disorderedCount, 1);
  assert.equal(report.heardCount, 10);
  assert.ok(Math.abs(report.driftMsMax - 60) < 4, `drift ${report.driftMsMax}`);
});

test('[TMC3] an answer cut at any sample is known to the frame', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2_000, max: 24_000 }), (cutSamples) => {
      const report = reportTimeCode(decodeTimeCode(encodeTimeCode(0, 50).subarray(0, cutSamples)));
      const wholeFrames = Math.floor(cutSamples / CODE_FRAME_SAMPLES);
      const lastFrame = report.lastFrame ?? -1;
      assert.ok(lastFrame === wholeFrames - 1 || lastFrame === wholeFrames);
      assert.equal(report.missingCount, 0);
    }),
    { numRuns: 60, seed: 12 },
  );
});

test('[TMC4] white noise 6 dB below the signal takes no code away', () => {
  const pcm = withNoise(encodeTimeCode(1_000, 1_000), 6);
  assert.deepEqual(codesIn(pcm), sequence(1_000, 1_000));
});

test('[TMC4] the telephone codecs take no code away', () => {
  for (const type of ['audio/pcmu', 'audio/pcma'] as const) {
    const coded = concat(encodeTimeCode(3_000, 500), new Int16Array(CODE_FRAME_SAMPLES));
    const heard = pcmOfRecording(bytesOfPcm(coded, { type }), { type });
    assert.deepEqual(codesIn(heard), sequence(3_000, 500), type);
  }
});

test('[TMC5] noise, silence and a chord contain no codes', () => {
  const random = seededRandom(3);
  const noise = Int16Array.from({ length: 24_000 * 20 }, () => 16_000 * (random.next() - 0.5));
  const chord = Int16Array.from({ length: 24_000 * 5 }, (_, sample) =>
    [440, 554.37, 659.25].reduce(
      (sum, hz) => sum + 5_000 * Math.sin((2 * Math.PI * hz * sample) / 24_000),
      0,
    ),
  );
  assert.deepEqual(codesIn(noise), []);
  assert.deepEqual(codesIn(chord), []);
  assert.deepEqual(codesIn(new Int16Array(24_000)), []);
  assert.deepEqual(codesIn(new Int16Array(10)), []);
});

test('[TMC2] recordings at 48 kHz are read too, and an unfit rate is refused', () => {
  const pcm = encodeTimeCode(2_000, 100);
  const doubled = Int16Array.from({ length: pcm.length * 2 }, (_, index) => {
    const [left, right] = [pcm[index >> 1] ?? 0, pcm[(index + 1) >> 1] ?? 0];
    return (left + right) / 2;
  });
  assert.deepEqual(codesIn(doubled, 48_000), sequence(2_000, 100));
  assert.throws(() => decodeTimeCode(pcm, 44_100), RangeError);
});

test('[TMC3] a report of nothing says so', () => {
  const report = reportTimeCode([]);
  assert.equal(report.heardCount, 0);
  assert.equal(report.firstFrame, undefined);
  assert.equal(report.missingCount, 0);
});
