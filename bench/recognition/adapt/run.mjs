// Fits the recogniser's Gaussians to denoised speech: node bench/recognition/adapt/run.mjs
//   [--out packages/engine/models/en-us.means] [--seeds 7001,7002] [--sentences 330]
//
// Single-pass retraining (Gales 1995) with a prior (MAP, Gauvain and Lee 1994): which Gaussian of its phone a frame
// belongs to is read off the clean sound; the mean then moves towards what the noisy and the clean sound have there.
// Takes about five minutes of a core. The package must be built; what it writes counts from the next start on.

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { TRAINING_SEEDS } from '../splits.mjs';
import { CEPSTRUM_COUNT, features, STREAM_COUNT } from './mel-cepstra.mjs';
import { trainingSpeech } from './training-speech.mjs';

const DENSITY_COUNT = 128;
/** Codebooks of the model, in its order. */
const PHONES =
  '+NSN+ +SPN+ AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH SIL T TH UH UW V W Y Z ZH'.split(
    ' ',
  );
/** As the decoder has it. */
const CEPSTRAL_MEAN = [43, 3, 10, 3, 0, 1, -3, 0, 1, 1, 2, 0, 1];
/** What a clean frame counts beside a noisy one. */
const CLEAN_WEIGHT = 0.5;
/** Frames that the model's own mean, moved as its whole codebook moves, is worth. */
const PRIOR_FRAMES = 3;
/** Frames that the movement of all codebooks is worth beside that of one. */
const CODEBOOK_PRIOR_FRAMES = 200;
const MIN_SHARE = 1e-3;
/** Magic number, three counts, three lengths, number of values. */
const PREAMBLE_BYTES = 32;
/** Bits of a mean that are rounded away, so that the file packs well: 0.03 % of it. */
const ROUNDED_BITS = 12;

const ROOT = new URL('../../../', import.meta.url);
const { values: options } = parseArgs({
  options: {
    out: {
      type: 'string',
      default: fileURLToPath(new URL('packages/engine/models/en-us.means', ROOT)),
    },
    seeds: { type: 'string', default: TRAINING_SEEDS.join() },
    sentences: { type: 'string', default: '330' },
  },
});

const packagePath = dirname(fileURLToPath(import.meta.resolve('soundswallower')));

/** A file of Gaussians (Sphinx 3): a text header, and floats by codebook, stream, density and dimension. */
function readGaussians(name) {
  const file = readFileSync(join(packagePath, 'model/en-us', name));
  const start = file.indexOf('endhdr\n') + 'endhdr\n'.length;
  const floats = PHONES.length * STREAM_COUNT * DENSITY_COUNT * CEPSTRUM_COUNT;
  const from = file.byteOffset + start + PREAMBLE_BYTES;
  return {
    preamble: file.subarray(start, start + PREAMBLE_BYTES),
    values: new Float32Array(file.buffer.slice(from, from + floats * 4)),
  };
}

const means = readGaussians('means');
const variances = readGaussians('variances').values;
const gaussianCount = means.values.length / CEPSTRUM_COUNT;
const counts = new Float64Array(gaussianCount);
/** Sums of how far the frames of a Gaussian are from its mean. */
const moves = new Float64Array(means.values.length);

/** The share of each of a codebook's Gaussians in a frame's stream. */
function shares(first, feature, stream) {
  const logs = new Float64Array(DENSITY_COUNT);
  for (let density = 0; density < DENSITY_COUNT; density++) {
    let log = 0;
    for (let i = 0; i < CEPSTRUM_COUNT; i++) {
      const at = (first + density) * CEPSTRUM_COUNT + i;
      const variance = Math.max(variances[at], 1e-4);
      const difference = feature[stream * CEPSTRUM_COUNT + i] - means.values[at];
      log -= 0.5 * (Math.log(variance) + (difference * difference) / variance);
    }
    logs[density] = log;
  }
  const best = Math.max(...logs);
  const weights = logs.map((log) => Math.exp(log - best));
  const sum = weights.reduce((before, weight) => before + weight, 0);
  return weights.map((weight) => weight / sum);
}

function learnFrame(codebook, clean, noisy) {
  for (let stream = 0; stream < STREAM_COUNT; stream++) {
    const first = (codebook * STREAM_COUNT + stream) * DENSITY_COUNT;
    for (const [density, share] of shares(first, clean, stream).entries()) {
      if (share < MIN_SHARE) continue;
      counts[first + density] += share * (1 + CLEAN_WEIGHT);
      for (let i = 0; i < CEPSTRUM_COUNT; i++) {
        const at = (first + density) * CEPSTRUM_COUNT + i;
        const own = stream * CEPSTRUM_COUNT + i;
        const mean = means.values[at];
        moves[at] += share * (noisy[own] - mean + CLEAN_WEIGHT * (clean[own] - mean));
      }
    }
  }
}

/** Frames and movement of some Gaussians together, in one dimension. */
function total(gaussians, i) {
  let count = 0;
  let move = 0;
  for (const gaussian of gaussians) {
    count += counts[gaussian];
    move += moves[gaussian * CEPSTRUM_COUNT + i];
  }
  return { count, move };
}

const gaussiansOf = (codebook, stream) =>
  Array.from(
    { length: DENSITY_COUNT },
    (_, density) => (codebook * STREAM_COUNT + stream) * DENSITY_COUNT + density,
  );

function moveStream(stream) {
  const codebooks = PHONES.map((_, codebook) => gaussiansOf(codebook, stream));
  for (let i = 0; i < CEPSTRUM_COUNT; i++) {
    const all = total(codebooks.flat(), i);
    for (const gaussians of codebooks) {
      const own = total(gaussians, i);
      const common =
        (own.move + CODEBOOK_PRIOR_FRAMES * (all.move / all.count)) /
        (own.count + CODEBOOK_PRIOR_FRAMES);
      for (const gaussian of gaussians) {
        const at = gaussian * CEPSTRUM_COUNT + i;
        means.values[at] += (moves[at] + PRIOR_FRAMES * common) / (counts[gaussian] + PRIOR_FRAMES);
      }
    }
  }
}

function roundedBytes(floats) {
  const words = new Uint32Array(floats.buffer.slice(0));
  const half = 1 << (ROUNDED_BITS - 1);
  return Buffer.from(words.map((word) => ((word + half) >>> ROUNDED_BITS) << ROUNDED_BITS).buffer);
}

/** @returns How many of the sentence's frames were used. */
function learnSentence({ phones, clean, noisy }) {
  const cleanFeatures = features(clean, CEPSTRAL_MEAN);
  const noisyFeatures = features(noisy, CEPSTRAL_MEAN);
  let usedCount = 0;
  for (const [frame, phone] of phones.entries()) {
    const codebook = PHONES.indexOf(phone);
    if (codebook < 0) continue;
    usedCount++;
    learnFrame(codebook, cleanFeatures[frame], noisyFeatures[frame]);
  }
  return usedCount;
}

let frameCount = 0;
for (const seed of options.seeds.split(',').map(Number)) {
  const request = { seed, count: Number(options.sentences), cepstralMean: CEPSTRAL_MEAN };
  for await (const sentence of trainingSpeech(request)) frameCount += learnSentence(sentence);
}
for (let stream = 0; stream < STREAM_COUNT; stream++) moveStream(stream);
// The two blanks put the numbers at a multiple of four.
const header = Buffer.from('s3\nversion 1.0\n  endhdr\n');
writeFileSync(options.out, Buffer.concat([header, means.preamble, roundedBytes(means.values)]));
console.log(
  `${(frameCount / 100).toFixed(0)} s of speech, ${gaussianCount} Gaussians: ${options.out}`,
);
