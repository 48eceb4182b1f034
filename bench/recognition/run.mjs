// Measures the built-in ears: node bench/recognition/run.mjs [--grammar file.jsgf] [--out-of-grammar file.txt]
//   [--pronunciations file.json] [--sentences 100] [--voices slt,rms,awb] [--realtime 12] [--seed 1] [--json file]
// The package must be built. Nothing is read but the two files, and nothing is written but the JSON.

import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createSpeechEars } from '../../packages/engine/dist/ears/speech-ears.js';
import {
  addNoise,
  synthesizeUserSpeech,
  withPauses,
} from '../../packages/engine/dist/testing/speech-testing.js';
import { randomSentences } from './jsgf-sentences.mjs';

const RATE_HZ = 24_000;
const FRAME_SAMPLES = 240;
const here = (name) => new URL(name, import.meta.url);

const { values: options } = parseArgs({
  options: {
    grammar: { type: 'string' },
    'out-of-grammar': { type: 'string' },
    pronunciations: { type: 'string' },
    sentences: { type: 'string', default: '100' },
    voices: { type: 'string', default: 'slt,rms,awb' },
    realtime: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});

const jsgf = readFileSync(options.grammar ?? here('demo.jsgf'), 'utf8');
const pronunciations =
  options.pronunciations === undefined
    ? {}
    : JSON.parse(readFileSync(options.pronunciations, 'utf8'));
const voices = options.voices.split(',');
const inGrammar = randomSentences(jsgf, Number(options.sentences), Number(options.seed));
const outOfGrammar = readGroups(
  readFileSync(options['out-of-grammar'] ?? here('out-of-grammar.txt'), 'utf8'),
);

/** Lines by their group: "## far" begins one, "#" is a comment. */
function readGroups(text) {
  const items = [];
  let group = 'far';
  for (const line of text.split('\n')) {
    if (line.startsWith('## ')) group = line.slice(3).trim();
    else if (line.trim() !== '' && !line.startsWith('#')) items.push({ text: line.trim(), group });
  }
  return items;
}

/** The smallest turn machine: 60 ms of speech begin a turn, 500 ms of silence end it. */
class Turns {
  #speechFrames = 0;
  #silentFrames = 0;
  #frame = 0;
  #isOpen = false;

  constructor(begin, end) {
    this.begin = begin;
    this.end = end;
  }

  hear(probabilities) {
    for (const probability of probabilities) {
      this.#frame++;
      if (probability > 0.5) {
        this.#speechFrames++;
        this.#silentFrames = 0;
      } else {
        this.#speechFrames = 0;
        this.#silentFrames++;
      }
      if (!this.#isOpen && this.#speechFrames >= 6) {
        this.#isOpen = true;
        this.begin(Math.max(0, this.#frame - 6 - 30) * FRAME_SAMPLES);
      } else if (this.#isOpen && this.#silentFrames >= 50) {
        this.#isOpen = false;
        this.end(this.#frame * FRAME_SAMPLES);
      }
    }
  }
}

/** Hears one recording in an ear of its own; the longest accepted turn counts, or else the longest. */
function hear(ears, pcm, { isRealTime = false } = {}) {
  return new Promise((resolve) => {
    const results = [];
    let openCount = 0;
    let turnId = 0;
    let toldSamples = 0;
    let endedAtMs = 0;
    let finishMs;
    const partials = [];
    const settle = () => {
      if (toldSamples + FRAME_SAMPLES <= pcm.length || openCount > 0) return;
      ear.close();
      const best = results
        .filter((hearing) => hearing.text !== '')
        .sort((a, b) => b.isAccepted - a.isAccepted || b.speechMs - a.speechMs)[0];
      resolve({ hearing: best, turnCount: results.length, finishMs, partials });
    };
    const turns = new Turns(
      (fromSample) => {
        openCount++;
        ear.begin(`turn-${++turnId}`, fromSample);
      },
      (toSample) => {
        endedAtMs = performance.now();
        ear.end(`turn-${turnId}`, toSample);
      },
    );
    const ear = ears.open(
      { jsgf, pronunciations },
      {
        activity(firstSample, probabilities) {
          toldSamples = firstSample + probabilities.length * FRAME_SAMPLES;
          turns.hear(probabilities);
          settle();
        },
        partial: (_id, text) => partials.push(text),
        final(_id, hearing) {
          finishMs = performance.now() - endedAtMs;
          openCount--;
          results.push(hearing);
          settle();
        },
        failed(_id, reason) {
          throw new Error(reason);
        },
      },
    );
    const chunkSamples = RATE_HZ / 50;
    if (!isRealTime) {
      for (let at = 0; at < pcm.length; at += chunkSamples)
        ear.push(pcm.subarray(at, at + chunkSamples));
      return;
    }
    const startMs = performance.now();
    let at = 0;
    const timer = setInterval(() => {
      const dueSamples = ((performance.now() - startMs) * RATE_HZ) / 1000;
      for (; at < pcm.length && at < dueSamples; at += chunkSamples) {
        ear.push(pcm.subarray(at, at + chunkSamples));
      }
      if (at >= pcm.length) clearInterval(timer);
    }, 10);
  });
}

function recording(text, voice) {
  const { pcm } = synthesizeUserSpeech(text, { voice });
  return withPauses([pcm], { rateHz: RATE_HZ, pauseMs: 800 });
}

function noisy(pcm, seed) {
  return addNoise(pcm, { rateHz: RATE_HZ, color: 'pink', snrDb: 10, seed });
}

function percent(part, whole) {
  return whole === 0 ? Number.NaN : (100 * part) / whole;
}

function quantile(sorted, ratio) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * ratio))];
}

async function measure(ears, items, judge) {
  const count = { total: 0, good: 0 };
  const misses = [];
  for (const { text, voice, pcm } of items) {
    const { hearing, partials } = await hear(ears, pcm);
    count.total++;
    if (judge(text, hearing, partials)) count.good++;
    else
      misses.push({
        voice,
        said: text,
        heard: hearing?.text ?? '',
        isAccepted: hearing?.isAccepted ?? false,
        confidence: hearing?.confidenceRatio ?? 0,
      });
  }
  return { ...count, percent: percent(count.good, count.total), misses };
}

const startMs = performance.now();
const ears = await createSpeechEars({ recogniserCount: 1 });
const readyMs = performance.now() - startMs;

const said = (texts) =>
  voices.flatMap((voice) => texts.map((text) => ({ text, voice, pcm: recording(text, voice) })));
const clean = said(inGrammar);
const inNoise = clean.map((item, index) => ({ ...item, pcm: noisy(item.pcm, index + 1) }));
const isRight = (text, hearing) => hearing?.isAccepted === true && hearing.text === text;
const isRightText = (text, hearing) => hearing?.text === text;
const isRefused = (_text, hearing) => hearing?.isAccepted !== true;

const report = { sentences: inGrammar.length, voices, readyMs };
const audioSeconds = clean.reduce((sum, { pcm }) => sum + pcm.length, 0) / RATE_HZ;
const cpuBefore = process.cpuUsage();
report.clean = await measure(ears, clean, isRight);
const cpu = process.cpuUsage(cpuBefore);
report.cpuMsPerAudioSecond = (cpu.user + cpu.system) / 1000 / audioSeconds;
report.cleanTextOnly = percent(
  report.clean.good +
    report.clean.misses.filter((miss) => isRightText(miss.said, { text: miss.heard })).length,
  report.clean.total,
);
report.noise10dB = await measure(ears, inNoise, isRight);
report.contradictedPartials = 0;
await measure(ears, clean.slice(0, 40), (_text, hearing, partials) => {
  const last = partials.at(-1);
  if (last !== undefined && !`${hearing?.text} `.startsWith(`${last} `))
    report.contradictedPartials++;
  return true;
});
for (const group of new Set(outOfGrammar.map((item) => item.group))) {
  const texts = outOfGrammar.filter((item) => item.group === group).map((item) => item.text);
  const items = said(texts);
  report[`refused-${group}`] = await measure(ears, items, isRefused);
  report[`refused-${group}-10dB`] = await measure(
    ears,
    items.map((item, index) => ({ ...item, pcm: noisy(item.pcm, index + 1) })),
    isRefused,
  );
}
const latencies = [];
for (const { pcm } of clean
  .filter((_item, index) => index % 7 === 0)
  .slice(0, Number(options.realtime))) {
  const { finishMs } = await hear(ears, pcm, { isRealTime: true });
  if (finishMs !== undefined) latencies.push(finishMs);
}
latencies.sort((a, b) => a - b);
report.finishMs = {
  p50: quantile(latencies, 0.5),
  p95: quantile(latencies, 0.95),
  count: latencies.length,
};
await ears.close();

const rows = [['what', 'measured', 'target']];
const row = (name, result, target) =>
  rows.push([name, `${result.percent.toFixed(1)} % (${result.good}/${result.total})`, target]);
row('in grammar, clean: accepted and right', report.clean, '>= 95 %');
rows.push(['in grammar, clean: text right', `${report.cleanTextOnly.toFixed(1)} %`, '']);
row('in grammar, pink noise 10 dB', report.noise10dB, '>= 80 %');
for (const key of Object.keys(report).filter((name) => name.startsWith('refused-'))) {
  row(`out of grammar, ${key.slice(8)}: refused`, report[key], '>= 95 %');
}
rows.push(['partials that the final contradicts', `${report.contradictedPartials}/40`, '']);
rows.push(['end to final, real time, p50', `${report.finishMs.p50?.toFixed(1)} ms`, 'small']);
rows.push(['end to final, real time, p95', `${report.finishMs.p95?.toFixed(1)} ms`, 'small']);
rows.push(['CPU per second of audio', `${report.cpuMsPerAudioSecond.toFixed(0)} ms`, '']);
rows.push(['ready after', `${readyMs.toFixed(0)} ms`, '<= 2000 ms']);
const widths = [0, 1, 2].map((column) => Math.max(...rows.map((cells) => cells[column].length)));
for (const cells of rows) {
  console.log(
    cells
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
}
if (options.json !== undefined)
  writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
