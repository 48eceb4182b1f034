// Measures the built-in ears: node bench/recognition/run.mjs [--grammar assistant|tools|file.jsgf] [--seed 1]
//   [--out-of-grammar file.txt] [--sentences 120] [--voices slt,rms,awb] [--snr 10] [--realtime 12] [--every 1] [--json file]
//
// Each seed asks other sentences in other noise, and seed 1 another list of sentences outside than the rest
// (splits.mjs tells which sentences are whose).
// Random sentences of the grammar and sentences that it lacks are spoken by the synthesiser's voices, clean and in pink
// noise, and heard as in a session; with `--every 3` each third recording, which is quicker. The package must be built.
// Two threads listen, one recording each at a time.

import { writeFileSync } from 'node:fs';
import { createSpeechEars } from '../../packages/engine/dist/ears/speech-ears.js';
import {
  addNoise,
  synthesizeUserSpeech,
  withPauses,
} from '../../packages/engine/dist/testing/speech-testing.js';
import { readOptions } from '../options.mjs';
import { loadGrammar } from './grammars.mjs';
import { hear } from './hearing.mjs';
import { heldOutSentences, readGroups } from './splits.mjs';

const RATE_HZ = 24_000;
const THREAD_COUNT = 2;
/** Partial texts are compared with the final ones in so many recordings. */
const PARTIALS_COUNT = 60;

const { values: options } = readOptions(import.meta.url, {
  options: {
    grammar: { type: 'string', default: 'assistant' },
    'out-of-grammar': { type: 'string' },
    sentences: { type: 'string', default: '120' },
    voices: { type: 'string', default: 'slt,rms,awb' },
    snr: { type: 'string', default: '10' },
    realtime: { type: 'string', default: '12' },
    every: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});

const snrDb = Number(options.snr);
const voices = options.voices.split(',');
const seed = Number(options.seed);
const { grammar, has, meansSame } = loadGrammar(options.grammar);
const inGrammar = heldOutSentences(options.grammar, { count: Number(options.sentences), seed });
const outOfGrammar = readGroups(options['out-of-grammar'] ?? ownOutOfGrammar());
for (const { text } of outOfGrammar) {
  if (has(text)) throw new Error(`"${text}" is in the grammar`);
}

/** The sentences outside that belong to the seed. */
function ownOutOfGrammar() {
  return new URL(seed === 1 ? 'out-of-grammar.txt' : 'out-of-grammar-2.txt', import.meta.url);
}

function recording(text, voice) {
  const { pcm } = synthesizeUserSpeech(text, { voice });
  return withPauses([pcm], { rateHz: RATE_HZ, pauseMs: 800 });
}

/** Every text by every voice. */
function speak(texts) {
  return voices.flatMap((voice) =>
    texts.map((text) => ({ text, voice, pcm: recording(text, voice) })),
  );
}

function noiseSeed(index) {
  return (seed - 1) * 1_000_000 + index + 1;
}

/** The same in noise, each in another stretch of it. */
function inNoise(items) {
  return items.map((item, index) => ({
    ...item,
    pcm: addNoise(item.pcm, { rateHz: RATE_HZ, color: 'pink', snrDb, seed: noiseSeed(index) }),
  }));
}

function quantile(sorted, ratio) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * ratio))] ?? Number.NaN;
}

/** The recordings that are heard. */
function chosen(recordings) {
  return recordings.filter((_recording, index) => index % Number(options.every) === 0);
}

/** Hears all recordings, as many at a time as there are threads; the results are in order. */
async function hearAll(ears, recordings) {
  const items = chosen(recordings);
  const results = [];
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const index = next++;
      const { text, voice, pcm } = items[index];
      const { hearing, partials } = await hear(ears, { grammar, pcm });
      results[index] = {
        voice,
        said: text,
        heard: hearing?.text ?? '',
        isAccepted: hearing?.isAccepted ?? false,
        confidenceRatio: hearing?.confidenceRatio ?? 0,
        partials,
      };
    }
  };
  await Promise.all(Array.from({ length: THREAD_COUNT }, lane));
  return results;
}

function share(results, isGood) {
  const goodCount = results.filter(isGood).length;
  const percent = ((100 * goodCount) / results.length).toFixed(1);
  return { percent: Number(percent), text: `${percent} % (${goodCount} of ${results.length})` };
}

/** How long after the end of a turn its result comes, when the audio comes as it is spoken. */
async function measureFinishMs(ears, items) {
  const stride = Math.max(1, Math.floor(items.length / Number(options.realtime)));
  const spread = items.filter((_item, index) => index % stride === 0);
  const finishMs = [];
  for (const { pcm } of spread.slice(0, Number(options.realtime))) {
    const heard = await hear(ears, { grammar, pcm, isRealTime: true });
    if (heard.finishMs !== undefined) finishMs.push(heard.finishMs);
  }
  return finishMs.sort((a, b) => a - b);
}

const rows = [];
const details = {};
const row = (what, measured, target = '') => rows.push([what, measured, target]);
const isRight = ({ isAccepted, said, heard }) => isAccepted && said === heard;
const isUnderstood = ({ isAccepted, said, heard }) => isAccepted && meansSame(said, heard);

function tellInGrammar(where, results, target) {
  details[`in-grammar ${where}`] = results;
  row(`in grammar, ${where}: accepted, every word right`, share(results, isRight).text, target);
  row(`in grammar, ${where}: accepted, meaning right`, share(results, isUnderstood).text);
  const rightWords = share(results, ({ said, heard }) => said === heard);
  row(`in grammar, ${where}: every word right, accepted or not`, rightWords.text);
}

const startMs = performance.now();
const ears = await createSpeechEars({ workerCount: THREAD_COUNT, recogniserCount: 1 });
const readyMs = performance.now() - startMs;

const clean = speak(inGrammar);
const audioSeconds = chosen(clean).reduce((sum, { pcm }) => sum + pcm.length, 0) / RATE_HZ;
const cpuBefore = process.cpuUsage();
const cleanResults = await hearAll(ears, clean);
const cpu = process.cpuUsage(cpuBefore);
tellInGrammar('clean', cleanResults, '>= 95 %');
tellInGrammar(`pink noise ${snrDb} dB`, await hearAll(ears, inNoise(clean)), '>= 80 %');

function tellOutOfGrammar(group, where, results) {
  const accepted = share(results, ({ isAccepted }) => isAccepted);
  row(`out of grammar (${group}), ${where}: accepted`, accepted.text, '<= 5 %');
}

const allOutside = new Map();
for (const group of new Set(outOfGrammar.map((item) => item.group))) {
  const items = speak(outOfGrammar.filter((item) => item.group === group).map((item) => item.text));
  for (const [where, recordings] of [
    ['clean', items],
    [`pink noise ${snrDb} dB`, inNoise(items)],
  ]) {
    const results = await hearAll(ears, recordings);
    details[`${group} ${where}`] = results;
    allOutside.set(where, [...(allOutside.get(where) ?? []), ...results]);
    tellOutOfGrammar(group, where, results);
  }
}
for (const [where, results] of allOutside) tellOutOfGrammar('all', where, results);

const withPartials = cleanResults.slice(0, PARTIALS_COUNT);
const contradicted = withPartials.filter(
  ({ heard, partials }) => !`${heard} `.startsWith(`${partials.at(-1) ?? heard} `),
);
row(
  'partial texts that the final one contradicts',
  `${contradicted.length} of ${withPartials.length}`,
);
const finishMs = await measureFinishMs(ears, clean);
row('end of turn to result, p50', `${quantile(finishMs, 0.5).toFixed(1)} ms`);
row('end of turn to result, p95', `${quantile(finishMs, 0.95).toFixed(1)} ms`);
row('CPU per second of audio', `${((cpu.user + cpu.system) / 1000 / audioSeconds).toFixed(0)} ms`);
row('ears ready after', `${readyMs.toFixed(0)} ms`);
await ears.close();

console.log(
  `${inGrammar.length} sentences of the grammar "${options.grammar}", ${outOfGrammar.length} that it lacks, voices ${voices.join(', ')}, seed ${options.seed}`,
);
const widths = [0, 1].map((column) => Math.max(...rows.map((cells) => cells[column].length)));
for (const [what, measured, target] of rows) {
  console.log(`${what.padEnd(widths[0])}  ${measured.padEnd(widths[1])}  ${target}`.trimEnd());
}
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify({ options, rows, details }, undefined, 2)}\n`);
}
