import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { SAMPLES_PER_MS } from '../audio/pcm.ts';
import { LeadingSilence } from '../playout/leading-silence.ts';
import { SessionBench } from '../testing/index.ts';
import { seededNoise } from '../testing/sounds.ts';

/** Quieter than the softest sound, and not zero: -70 dBFS. */
const NOISE = 10;
const GUARD_MS = 10;

/** Silence of a voice, then its sound. */
function answer(silenceMs: number, soundMs: number): Int16Array {
  const pcm = new Int16Array((silenceMs + soundMs) * SAMPLES_PER_MS);
  for (let index = 0; index < pcm.length; index += 1) {
    const isSound = index >= silenceMs * SAMPLES_PER_MS;
    pcm[index] = isSound ? 1_000 + (index % 500) : index % 2 === 0 ? NOISE : -NOISE;
  }
  return pcm;
}

function concat(pieces: readonly Int16Array[]): number[] {
  return pieces.flatMap((piece) => [...piece]);
}

/** A live session that trims, in which a response has begun. */
function trimming(): SessionBench {
  const bench = SessionBench.live({ trimsLeadingSilence: true });
  bench.responseCreated();
  bench.effects.length = 0;
  return bench;
}

/** The audio that left, without the silent tail. */
function heard(bench: SessionBench): number[] {
  const frames = bench.effects.flatMap((effect) =>
    effect.type === 'media.frame' ? [effect.pcm] : [],
  );
  while (frames.at(-1)?.every((sample) => sample === 0)) frames.pop();
  return concat(frames);
}

/** How long a sound is soft before it is loud. */
const SOFT_MS = 40;

/** Soft beginnings, by sample and noise: levels between -66 and -56 dBFS, too soft to count as sound by themselves. */
const SOFT_ONSETS: Readonly<Record<string, (index: number, noise: () => number) => number>> = {
  // f, th, h: breath alone.
  breath: (_index, noise) => 65 * noise(),
  // The same, getting louder.
  'rising breath': (index, noise) => (30 + (50 * index) / (SOFT_MS * SAMPLES_PER_MS)) * noise(),
  // m, n: a hum of 120 Hz.
  hum: (index) => 50 * Math.sin((2 * Math.PI * 120 * index) / 24_000),
  // A vowel of a deep voice: pulses at 100 Hz that ring for some milliseconds.
  pulses: (index) => {
    const sinceMs = (index % 240) / SAMPLES_PER_MS;
    return 110 * Math.exp(-sinceMs / 2) * Math.cos(2 * Math.PI * 0.5 * sinceMs);
  },
};

/** 300 ms of noise, 40 ms of a soft beginning in it, and a loud sound. */
function soundOf(
  soft: (index: number, noise: () => number) => number,
  noiseDbfs: number,
  seed: number,
): Int16Array {
  const noise = seededNoise(seed);
  const breath = seededNoise(seed + 100);
  const softStart = 300 * SAMPLES_PER_MS;
  const loudStart = softStart + SOFT_MS * SAMPLES_PER_MS;
  // Uniform noise has a third of its peak's power.
  const noisePeak = 32_768 * 10 ** (noiseDbfs / 20) * Math.sqrt(3);
  return Int16Array.from({ length: loudStart + 100 * SAMPLES_PER_MS }, (_, index) => {
    const ofSoft = index < softStart || index >= loudStart ? 0 : soft(index - softStart, breath);
    const ofLoud = index < loudStart ? 0 : 3_000 * Math.cos(index / 8);
    return Math.round(noisePeak * noise() + ofSoft + ofLoud);
  });
}

function trimmedMsOf(pcm: Int16Array): number {
  const silence = new LeadingSilence();
  for (let at = 0; at < pcm.length; at += 480) silence.push(pcm.subarray(at, at + 480));
  return silence.trimmedSamples / SAMPLES_PER_MS;
}

/** Level of the loudest 5 ms. */
function loudestDbfs(pcm: Int16Array): number {
  let loudest = 0;
  for (let at = 0; at < pcm.length; at += 120) {
    const part = pcm.subarray(at, at + 120);
    loudest = Math.max(loudest, part.reduce((sum, each) => sum + each ** 2, 0) / part.length);
  }
  return 10 * Math.log10(Math.max(loudest, 1e-9) / 32_768 ** 2);
}

suite('leading silence', () => {
  test('[TRM1] [TRM2] whatever pieces it comes in, sound and the 10 ms before it stay as they are', () => {
    fc.assert(
      fc.property(
        fc.nat(1_500),
        fc.integer({ min: 5, max: 100 }),
        fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 12 }),
        (silenceMs, soundMs, pieceSamples) => {
          const pcm = answer(silenceMs, soundMs);
          const silence = new LeadingSilence();
          const played: Int16Array[] = [];
          for (let at = 0, piece = 0; at < pcm.length; piece += 1) {
            const length = pieceSamples[piece % pieceSamples.length] ?? 1;
            played.push(silence.push(pcm.subarray(at, at + length)));
            at += length;
          }
          played.push(silence.finish());
          const trimmedSamples = silence.trimmedSamples;
          assert.deepEqual(concat(played), [...pcm.subarray(trimmedSamples)]);
          // It is found to a window of 2.5 ms, wherever pieces end.
          const mostSamples = Math.max(0, silenceMs - GUARD_MS) * SAMPLES_PER_MS;
          assert.ok(trimmedSamples <= mostSamples, 'into the guard');
          assert.ok(trimmedSamples > mostSamples - 2.5 * SAMPLES_PER_MS - 1, 'too little');
        },
      ),
      { seed: 20_261_126, numRuns: 300 },
    );
  });

  test('[TRM1] a quiet sound is no silence, and noise under −55 dBFS is no sound', () => {
    const begun = (amplitude: number): boolean => {
      const silence = new LeadingSilence();
      silence.push(new Int16Array(480).fill(amplitude));
      return silence.isOver;
    };
    assert.deepEqual([begun(57), begun(59)], [false, true]);
    // A click of one sample in 5 ms: −34 dBFS at its peak.
    const click = new Int16Array(480);
    click[300] = 660;
    const silence = new LeadingSilence();
    silence.push(click);
    assert.equal(silence.isOver, true);
  });

  test('[TRM8] what is soft of a first sound is played, in whatever noise it is heard', () => {
    for (const [name, soft] of Object.entries(SOFT_ONSETS))
      for (const noiseDbfs of [-96, -90, -80, -74])
        for (const seed of [1, 2, 3]) {
          const playedMs = 300 + SOFT_MS - trimmedMsOf(soundOf(soft, noiseDbfs, seed));
          const what = `${name}, noise ${noiseDbfs}, seed ${seed}: ${playedMs}`;
          // Ten more, and the windows' own length.
          assert.ok(playedMs >= SOFT_MS + GUARD_MS - 2.5, what);
          assert.ok(playedMs <= SOFT_MS + GUARD_MS + 17.5, what);
        }
  });

  test('[TRM8] in louder noise what is left out of it is no more than 6 dB over the noise', () => {
    for (const [name, soft] of Object.entries(SOFT_ONSETS))
      for (const noiseDbfs of [-68, -64, -60, -57]) {
        const trimmedMs = trimmedMsOf(soundOf(soft, noiseDbfs, 4));
        const lost = soundOf(soft, -200, 4).subarray(
          300 * SAMPLES_PER_MS,
          trimmedMs * SAMPLES_PER_MS,
        );
        assert.ok(loudestDbfs(lost) <= noiseDbfs + 6, `${name}, noise ${noiseDbfs}`);
      }
  });

  test('[TRM8] a sound that is there at once has 10 ms before it, in noise as in silence', () => {
    for (const noiseDbfs of [-96, -80, -70, -62])
      for (const seed of [1, 2, 3]) {
        const pcm = soundOf(() => 0, noiseDbfs, seed);
        const beforeMs = 300 + SOFT_MS - trimmedMsOf(pcm);
        assert.ok(beforeMs >= GUARD_MS && beforeMs < GUARD_MS + 5, `${noiseDbfs}: ${beforeMs}`);
      }
  });

  test('[TRM3] a pause longer than 1,500 ms keeps its rest', () => {
    const bench = trimming();
    bench.answer(answer(2_000, 100));
    bench.responseDone();
    bench.slots(100);
    assert.equal(heard(bench).length, 600 * SAMPLES_PER_MS);
    const pieces = trimming();
    for (let count = 0; count < 20; count += 1) pieces.answer(answer(100, 0));
    assert.equal(pieces.session.describe()['answerTrimmedMs'], 1_500);
    pieces.slots(100);
    assert.equal(pieces.speechFrames, 25);
  });

  test('[TRM3] nor is more left out of an item that is silent to its end', () => {
    for (const silenceMs of [1_490, 1_550, 1_600]) {
      const bench = trimming();
      bench.answer(answer(silenceMs, 0));
      bench.responseDone();
      bench.slots(100);
      const trimmedMs = Math.min(silenceMs - GUARD_MS, 1_500);
      assert.equal(bench.session.describe()['answerTrimmedMs'], trimmedMs);
    }
  });

  test('[TRM4] an answer of silence alone starts and stops', () => {
    for (const silenceMs of [5, 10, 20, 400]) {
      const bench = trimming();
      bench.answer(answer(silenceMs, 0));
      bench.slots(5);
      assert.equal(bench.frames, 0);
      bench.responseDone();
      bench.slots(100);
      assert.deepEqual(
        bench.toControllerTypes.filter((type) => String(type).startsWith('output_audio_buffer')),
        ['output_audio_buffer.started', 'output_audio_buffer.stopped'],
      );
      assert.equal(bench.session.wantsSlots, false);
    }
  });

  test('[TRM4] a silent item that another follows in the same response loses neither', () => {
    const bench = trimming();
    bench.answer(answer(100, 0), 'resp_1', 'item_1');
    bench.answer(answer(0, 100), 'resp_1', 'item_2');
    bench.responseDone();
    bench.slots(100);
    // In whole slots.
    assert.equal(heard(bench).length, (110 + 10) * SAMPLES_PER_MS);
  });

  test("[TRM5] an interrupted item is truncated in the model's time", () => {
    const bench = trimming();
    bench.answer(answer(300, 1_000));
    bench.slots(7);
    bench.speechStarted();
    const truncates = bench.toUpstream.filter(({ type }) => type === 'conversation.item.truncate');
    assert.deepEqual(
      truncates.map((event) => event['audio_end_ms']),
      [290 + 140],
    );
  });

  test('[TRM5] an item that is interrupted in its silence is truncated at what was left out of it', () => {
    const bench = trimming();
    bench.answer(answer(300, 0));
    bench.speechStarted();
    assert.deepEqual(
      bench.toUpstream.map((event) => event['audio_end_ms']),
      [200],
    );
    bench.answer(answer(0, 500));
    bench.slots(100);
    assert.equal(bench.frames, 0);
  });

  test('[TRM6] silence after the first sound, and of an item behind other audio, is played', () => {
    const bench = trimming();
    bench.answer(answer(100, 100), 'resp_1', 'item_1');
    bench.answer(answer(200, 100), 'resp_1', 'item_1');
    bench.answer(answer(200, 100), 'resp_1', 'item_2');
    bench.responseDone();
    bench.slots(200);
    assert.equal(heard(bench).length, (10 + 100 + 300 + 300 + 10) * SAMPLES_PER_MS);
  });

  test('[TRM6] nothing is left out where it is off', () => {
    const bench = SessionBench.live({ trimsLeadingSilence: false });
    bench.answer(answer(300, 100));
    bench.responseDone();
    bench.slots(100);
    assert.equal(bench.speechFrames, 20);
    assert.equal(bench.session.describe()['answerTrimmedMs'], 0);
  });

  test('[TRM7] what was left out is reported once and counted', () => {
    const bench = trimming();
    for (let count = 0; count < 3; count += 1) bench.answer(answer(100, 0));
    bench.answer(answer(0, 500));
    bench.answer(answer(200, 100));
    const facts = bench.facts.filter(({ type }) => type === 'answer.trimmed');
    assert.deepEqual(facts, [{ type: 'answer.trimmed', responseId: 'resp_1', trimmedMs: 290 }]);
    assert.equal(bench.session.describe()['answerTrimmedMs'], 290);
  });
});
