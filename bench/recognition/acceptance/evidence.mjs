// What the ears know of the development recordings when they judge them: one part of them per process.
// Started by run.mjs: node evidence.mjs --part 0 --parts 2 --out file.json

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DenoiserFactory } from '../../../packages/engine/dist/ears/denoiser.js';
import { EarStream } from '../../../packages/engine/dist/ears/ear-stream.js';
import { GrammarCache } from '../../../packages/engine/dist/ears/grammar-cache.js';
import { PronouncingDictionary } from '../../../packages/engine/dist/ears/pronouncing-dictionary.js';
import { Recogniser } from '../../../packages/engine/dist/ears/recogniser.js';
import { loadSoundswallower } from '../../../packages/engine/dist/ears/soundswallower-module.js';
import { Utterance } from '../../../packages/engine/dist/ears/utterance.js';
import {
  addNoise,
  synthesizeUserSpeech,
  withPauses,
} from '../../../packages/engine/dist/testing/speech-testing.js';
import { Flite } from '../../../packages/engine/dist/voice/flite.js';
import { loadGrammar } from '../grammars.mjs';
import { Turns } from '../hearing.mjs';
import { seededRandom } from '../jsgf-sentences.mjs';
import { developmentSentences, readGroups } from '../splits.mjs';

const RATE_HZ = 24_000;
const FRAME_SAMPLES = 240;
/** Neither the voices' own pitch and pace, as the bench has them, nor those of the training. */
const SPEAKERS = [
  { voice: 'slt', pitchHz: 195, rate: 1.05 },
  { voice: 'rms', pitchHz: 95, rate: 0.97 },
  { voice: 'awb', pitchHz: 118, rate: 1.03 },
];
const SEED = 50_001;
const NOISE_SEED = 184_297_292;

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '0' },
    part: { type: 'string' },
    parts: { type: 'string' },
    out: { type: 'string' },
  },
});

/** The sentences outside, by their file. */
function outside() {
  const { has } = loadGrammar('tools');
  return readGroups(new URL('out-of-grammar.txt', import.meta.url)).filter(
    ({ text }) => !has(text),
  );
}

/** Every sentence by every speaker: clean, with pink noise 10 dB below it, and every other time with some other noise. */
function* recordings() {
  const random = seededRandom(NOISE_SEED);
  const items = [
    ...developmentSentences('assistant').map((text) => ({
      text,
      group: 'assistant',
      grammar: 'assistant',
    })),
    ...developmentSentences('tools').map((text) => ({ text, group: 'tools', grammar: 'tools' })),
    ...outside().map((item, index) => ({
      ...item,
      grammar: index % 4 === 3 ? 'tools' : 'assistant',
    })),
  ];
  let index = 0;
  for (const item of items) {
    for (const speaker of SPEAKERS) {
      const other = { color: random() < 0.5 ? 'pink' : 'white', snrDb: 5 + 30 * random() };
      const noises = [undefined, { color: 'pink', snrDb: 10 }, ...(random() < 0.5 ? [other] : [])];
      for (const noise of noises) {
        index++;
        yield { ...item, speaker, noise, seed: SEED + index, index };
      }
    }
  }
}

function record({ text, speaker, noise, seed }) {
  const { pcm } = synthesizeUserSpeech(text, speaker);
  const quiet = withPauses([pcm], { rateHz: RATE_HZ, pauseMs: 800 });
  return noise === undefined ? quiet : addNoise(quiet, { rateHz: RATE_HZ, seed, ...noise });
}

const soundswallower = await loadSoundswallower();
const denoisers = await DenoiserFactory.load();
const flite = Flite.load();
const grammars = new GrammarCache(
  PronouncingDictionary.load(`${soundswallower.modelDirectory}/dict.txt`),
  (words) => flite.pronounce(words),
);
const recognisers = new Map();
for (const name of ['assistant', 'tools']) {
  const { grammar } = grammars.prepare(loadGrammar(name).grammar);
  const recogniser = await Recogniser.create(soundswallower);
  recogniser.setGrammar(grammar);
  recognisers.set(name, { grammar, recogniser });
}

/** A recogniser that keeps what it found. */
function spyOn(recogniser, found) {
  return {
    start: () => recogniser.start(),
    feed: (samples) => recogniser.feed(samples),
    wordsSoFar: () => recogniser.wordsSoFar(),
    abandon: () => recogniser.abandon(),
    finish: (isSpeechFrame) => {
      const recognition = recogniser.finish(isSpeechFrame);
      found.push(recognition);
      return recognition;
    },
  };
}

/** The utterances of a recording: words, evidence, signal to noise. */
function listen(pcm, { grammar, recogniser }) {
  const stream = new EarStream(denoisers.create());
  const heard = [];
  const found = [];
  let utterance;
  let frame = 0;
  const advance = (isDrained) => {
    while (utterance !== undefined) {
      const step = utterance.step(frame, 10, isDrained);
      if (step.type === 'waiting') return;
      if (step.type !== 'final') continue;
      const { words, evidence } = found.at(-1);
      heard.push({
        text: words.join(' '),
        evidence,
        speechMs: step.hearing.speechMs,
        signalToNoiseDb: utterance.signalToNoiseDb,
      });
      utterance = undefined;
    }
  };
  const turns = new Turns(
    (fromSample) => {
      utterance = new Utterance(stream, grammar, fromSample / FRAME_SAMPLES);
      utterance.start(spyOn(recogniser, found));
    },
    (toSample) => utterance?.end(toSample / FRAME_SAMPLES),
  );
  for (let at = 0; at + FRAME_SAMPLES <= pcm.length; at += FRAME_SAMPLES) {
    const probability = stream.process(pcm.subarray(at, at + FRAME_SAMPLES));
    frame++;
    turns.hear([probability]);
    advance(false);
  }
  utterance?.end(frame);
  advance(true);
  stream.close();
  return heard;
}

const results = [];
const startedMs = performance.now();
for (const recording of recordings()) {
  if (recording.index % Number(values.parts) !== Number(values.part)) continue;
  if (recording.index < Number(values.from)) continue;
  const { text, group, grammar, speaker, noise, index } = recording;
  const heard = listen(record(recording), recognisers.get(grammar));
  if (results.length % 50 === 49) console.log(results.length + 1);
  results.push({ index, text, group, grammar, voice: speaker.voice, noise, heard });
}
console.log(
  `${results.length} recordings, ${Math.round((performance.now() - startedMs) / 1000)} s`,
);
writeFileSync(values.out, JSON.stringify(results));
