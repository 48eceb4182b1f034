// Speech to fit the acoustic model to: each sentence once clean and once in noise, both through the engine's denoiser,
// with the phone that is said in each frame.

import { readFileSync } from 'node:fs';
import { DenoiserFactory } from '../../../packages/engine/dist/ears/denoiser.js';
import { EarStream } from '../../../packages/engine/dist/ears/ear-stream.js';
import { loadSoundswallower } from '../../../packages/engine/dist/ears/soundswallower-module.js';
import {
  addNoise,
  synthesizeUserSpeech,
  withPauses,
} from '../../../packages/engine/dist/testing/speech-testing.js';
import { seededRandom } from '../jsgf-sentences.mjs';
import { grammarSentences, keptApart } from '../splits.mjs';
import { melCepstra } from './mel-cepstra.mjs';

const RATE_HZ = 24_000;
const FRAME_SAMPLES = 160;
const TARGET_RMS = 0.06;
const LEAD_FRAMES = 30;
const TAIL_FRAMES = 20;
const PITCH_HZ_BY_VOICE = { slt: 175, rms: 100, awb: 110 };

/** Half of the sentences are of the grammar, half are words of the dictionary in no order. */
function trainingTexts(dictionaryPath, { count, seed, random }) {
  const words = readFileSync(dictionaryPath, 'latin1')
    .split('\n')
    .map((line) => line.split(' ')[0]);
  const known = new Set(words);
  const plain = words.filter((word) => /^[a-z]{2,9}$/.test(word));
  const apart = keptApart();
  const texts = [
    ...grammarSentences('assistant', Math.round(count * 0.3), seed),
    ...grammarSentences('tools', Math.round(count * 0.15), seed),
  ].filter((text) => !apart.has(text) && text.split(' ').every((word) => known.has(word)));
  while (texts.length < count) {
    const length = 4 + Math.floor(random() * 3);
    const any = () => plain[Math.floor(random() * plain.length)];
    texts.push(Array.from({ length }, any).join(' '));
  }
  return texts;
}

/** What the recogniser gets of a recording. */
function denoise(factory, pcm) {
  const stream = new EarStream(factory.create());
  const probabilities = [];
  const frames = [];
  for (let at = 0; at + RATE_HZ / 100 <= pcm.length; at += RATE_HZ / 100) {
    probabilities.push(stream.process(pcm.subarray(at, at + RATE_HZ / 100)));
    while (frames.length < stream.audioFrameCount) frames.push(stream.read(frames.length, 1));
  }
  const { speechRms } = stream;
  const gain = speechRms === undefined ? 1 : Math.min(16, Math.max(0.25, TARGET_RMS / speechRms));
  stream.close();
  const samples = Float32Array.from(
    frames.flatMap((frame) => [...frame]),
    (sample) => Math.max(-1, Math.min(1, sample * gain)),
  );
  return { samples, probabilities };
}

/** Phones by frame, "SIL" where nobody speaks. */
function phonesByFrame(decoder, module, { text, samples, frameCount }) {
  const frontEnd = module._decoder_init_fe(decoder.cdecoder);
  const features = module._decoder_init_feat_s3file(decoder.cdecoder, 0);
  module._acmod_reinit_feat(decoder.cacmod, frontEnd, features);
  decoder.set_align_text(text);
  decoder.start();
  decoder.process_audio(samples, false, false);
  decoder.stop();
  const phones = new Array(frameCount).fill('SIL');
  for (const word of decoder.get_alignment({ start: 0, align_level: 1 }).w ?? []) {
    for (const { b: startS, d: durationS, t: phone } of word.w ?? []) {
      const start = Math.round(startS * 100);
      phones.fill(phone, start, Math.min(frameCount, start + Math.round(durationS * 100)));
    }
  }
  return phones;
}

async function createAligner(cepstralMean) {
  const { module, modelDirectory } = await loadSoundswallower();
  const decoder = new module.Decoder({
    loglevel: 'FATAL',
    samprate: 16_000,
    hmm: modelDirectory,
    dict: `${modelDirectory}/dict.txt`,
    cmninit: cepstralMean.join(),
    beam: 1e-80,
    pbeam: 1e-80,
    wbeam: 1e-60,
  });
  await decoder.initialize();
  return { modelDirectory, align: (request) => phonesByFrame(decoder, module, request) };
}

/**
 * Makes the speech of one seed.
 *
 * @returns Per sentence: `phones` by frame, `clean` and `noisy` cepstra by frame.
 */
export async function* trainingSpeech({ seed, count, cepstralMean }) {
  const random = seededRandom(seed);
  const { modelDirectory, align } = await createAligner(cepstralMean);
  const factory = await DenoiserFactory.load();
  const voices = Object.keys(PITCH_HZ_BY_VOICE);
  const texts = trainingTexts(`${modelDirectory}/dict.txt`, { count, seed, random });
  for (const [index, text] of texts.entries()) {
    const voice = voices[index % voices.length];
    const pitchHz = PITCH_HZ_BY_VOICE[voice] * (0.85 + 0.35 * random());
    const rate = 0.88 + 0.3 * random();
    const spoken = synthesizeUserSpeech(text, { voice, pitchHz, rate }).pcm;
    const pcm = withPauses([spoken], { rateHz: RATE_HZ, pauseMs: 700 });
    const snrDb = 6 + 9 * random();
    const color = random() < 0.65 ? 'pink' : 'white';
    const inNoise = addNoise(pcm, { rateHz: RATE_HZ, color, snrDb, seed: seed * 10_000 + index });
    const clean = denoise(factory, pcm);
    const noisy = denoise(factory, inNoise);
    const isSpeech = (probability) => probability > 0.5;
    const first = clean.probabilities.findIndex(isSpeech);
    if (first < 0) continue;
    const start = Math.max(0, first - LEAD_FRAMES) * FRAME_SAMPLES;
    const last = clean.probabilities.findLastIndex(isSpeech) + TAIL_FRAMES;
    const end = Math.min(last * FRAME_SAMPLES, clean.samples.length);
    const samples = clean.samples.slice(start, end);
    const cepstra = [samples, noisy.samples.subarray(start, end)].map(melCepstra);
    const frameCount = Math.min(...cepstra.map((frames) => frames.length));
    yield {
      phones: align({ text, samples, frameCount }),
      clean: cepstra[0].slice(0, frameCount),
      noisy: cepstra[1].slice(0, frameCount),
    };
  }
}
