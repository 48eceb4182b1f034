import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  atLevel,
  breath,
  clicks,
  hiss,
  hum,
  keyboard,
  mix,
  samplesOf,
  voice,
} from '../testing/index.ts';
import { SpeechOnset, type SpeechOnsetOptions } from './speech-onset.ts';

interface Heard {
  readonly startMs: number;
  readonly atMs: number;
  endMs: number;
}

function detect(
  pcm: Int16Array,
  frames: readonly number[] = [480],
  options: Partial<SpeechOnsetOptions> = {},
): readonly Heard[] {
  const heard: Heard[] = [];
  const detector = new SpeechOnset(
    {
      onset: (startSample, atSample) =>
        heard.push({ startMs: startSample / 24, atMs: atSample / 24, endMs: Number.NaN }),
      ended: (endSample) => {
        const last = heard.at(-1);
        if (last !== undefined) last.endMs = endSample / 24;
      },
    },
    options,
  );
  for (let at = 0, n = 0; at < pcm.length; n += 1) {
    const length = frames[n % frames.length] ?? 480;
    detector.push(pcm.subarray(at, at + length));
    at += length;
  }
  return heard;
}

const said = (durationMs: number, levelDbfs = -26, seed = 1): Int16Array =>
  voice({ durationMs, levelDbfs, seed });

suite('speech onset', () => {
  test('[ONS1] an onset has its start and becomes known soon after, and its end follows', () => {
    for (const pitchHz of [90, 120, 210, 300]) {
      const speech = voice({ durationMs: 900, levelDbfs: -26, seed: 1, pitchHz });
      const heard = detect(mix(2_500, [{ pcm: speech, atMs: 1_000 }]));
      assert.equal(heard.length, 1, `${pitchHz} Hz`);
      const [onset] = heard;
      assert.ok(onset !== undefined && Math.abs(onset.startMs - 1_000) <= 60, `${onset?.startMs}`);
      assert.ok(onset.atMs - 1_000 <= 120, `${onset.atMs}`);
      assert.ok(Math.abs(onset.endMs - 1_900) <= 100, `${onset.endMs}`);
    }
  });

  test('[ONS2] typing, clicks, breath, hiss and hum make no onset', () => {
    for (const sound of [keyboard, clicks, breath, hiss, hum]) {
      for (const levelDbfs of [-20, -30, -45]) {
        const noise = sound({ durationMs: 20_000, levelDbfs, seed: 3 });
        assert.deepEqual(detect(noise), [], `${sound.name} ${levelDbfs}`);
      }
    }
  });

  test('[ONS3] noise that begins is learnt, and speech above it is heard', () => {
    const noise = hiss({ durationMs: 6_000, levelDbfs: -36, seed: 5 });
    const heard = detect(
      mix(7_000, [
        { pcm: noise, atMs: 1_000 },
        { pcm: said(800), atMs: 3_000 },
        { pcm: said(800, -26, 2), atMs: 5_000 },
      ]),
    );
    assert.deepEqual(
      heard.map(({ startMs }) => Math.round(startMs / 1_000)),
      [3, 5],
    );
    const detector = new SpeechOnset({ onset: () => undefined, ended: () => undefined });
    detector.push(new Int16Array(samplesOf(1_000)));
    detector.push(noise.subarray(0, samplesOf(1_700)));
    // Part of white noise is above the band.
    assert.ok(Math.abs(detector.noiseFloorDbfs + 48) < 4, `${detector.noiseFloorDbfs}`);
  });

  test('[ONS4] the cut into frames changes nothing', () => {
    const pcm = mix(4_000, [
      { pcm: said(700), atMs: 500 },
      { pcm: said(900, -30, 2), atMs: 2_000 },
      { pcm: keyboard({ durationMs: 4_000, levelDbfs: -35, seed: 1 }), atMs: 0 },
    ]);
    const whole = detect(pcm, [pcm.length]);
    assert.equal(whole.length, 2);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 8 }),
        (frames) => {
          assert.deepEqual(detect(pcm, frames), whole);
        },
      ),
      { numRuns: 20, seed: 1 },
    );
  });

  test('[ONS5] a short pause belongs to speech, a longer one ends it', () => {
    const apart = (pauseMs: number): number =>
      detect(
        mix(3_500, [
          { pcm: said(500), atMs: 500 },
          { pcm: said(500, -26, 2), atMs: 1_000 + pauseMs },
        ]),
      ).length;
    assert.deepEqual([apart(80), apart(400)], [1, 2]);
  });

  test('[ONS6] a whistle is no speech, and a steady tone stops being it', () => {
    const tone = (hz: number): Int16Array =>
      atLevel(
        Float64Array.from({ length: samplesOf(5_000) }, (_, i) =>
          Math.sin((2 * Math.PI * hz * i) / 24_000),
        ),
        -26,
      );
    assert.deepEqual(detect(mix(6_000, [{ pcm: tone(600), atMs: 500 }])), []);
    for (const hz of [220, 860]) {
      const heard = detect(mix(6_000, [{ pcm: tone(hz), atMs: 500 }]));
      assert.equal(heard.length, 1);
      assert.ok((heard[0]?.endMs ?? Number.NaN) < 1_500, `${heard[0]?.endMs}`);
    }
  });

  test('[ONS7] masked audio is silence that teaches nothing', () => {
    let onsets = 0;
    let ends = 0;
    const detector = new SpeechOnset({ onset: () => (onsets += 1), ended: () => (ends += 1) });
    const floor = detector.noiseFloorDbfs;
    detector.push(said(2_000), true);
    assert.deepEqual([onsets, detector.noiseFloorDbfs], [0, floor]);
    detector.push(said(600));
    assert.deepEqual([onsets, detector.isSpeaking], [1, true]);
    assert.ok(detector.speechSamples > samplesOf(400));
    detector.push(said(600), true);
    assert.deepEqual([ends, detector.isSpeaking, detector.speechSamples], [1, false, 0]);
  });

  test('[ONS8] the level below which nothing is speech', () => {
    const quiet = mix(2_000, [{ pcm: said(900, -56), atMs: 500 }]);
    assert.deepEqual(detect(quiet), []);
    assert.equal(detect(quiet, [480], { levelMinDbfs: -70 }).length, 1);
  });
});
