// Fits the acceptance to the development recordings: node bench/recognition/acceptance/run.mjs [--evidence file.json]
//
// Prints the weights for packages/engine/src/ears/acceptance.ts and what they give on the development recordings. The
// weights of the misfit are a logistic regression; the bias without noise and in noise are then set so that no more
// sentences outside are accepted than FALSE_ACCEPTANCE_RATIO says. Takes about seven minutes of a core, and writes what
// was heard into the file, from which it goes on if it is there. The package must be built.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { noiseRatio } from '../../../packages/engine/dist/ears/acceptance.js';

const PROCESS_COUNT = 2;
/** Of the sentences outside, near and far together. Less than the goal of 5 %: other sentences come out worse. */
const FALSE_ACCEPTANCE_RATIO = { clean: 0.02, noise: 0.035 };
/** Less speech than this is heard as nothing. */
const MIN_SPEECH_MS = 200;
const STEP_COUNT = 4_000;
const STEP_SIZE = 0.5;
const PENALTY = 1e-3;
const DIMENSIONS = ['bias', 'noise', 'loss', 'worst', 'unexplained'];

const { values } = parseArgs({ options: { evidence: { type: 'string' } } });
const evidencePath = values.evidence ?? join(tmpdir(), `acceptance-evidence-${process.pid}.json`);

/** Hears all recordings, in processes of their own. */
async function hearAll() {
  const script = fileURLToPath(new URL('evidence.mjs', import.meta.url));
  const parts = Array.from({ length: PROCESS_COUNT }, (_, part) => ({
    part,
    out: `${evidencePath}.${part}`,
  }));
  await Promise.all(
    parts.map(
      ({ part, out }) =>
        new Promise((resolve, reject) => {
          const args = [
            script,
            '--part',
            String(part),
            '--parts',
            String(PROCESS_COUNT),
            '--out',
            out,
          ];
          spawn(process.execPath, args, { stdio: 'ignore' }).on('exit', (code) =>
            code === 0 ? resolve() : reject(new Error(`part ${part} ended with ${code}`)),
          );
        }),
    ),
  );
  const results = parts.flatMap(({ out }) => JSON.parse(readFileSync(out, 'utf8')));
  for (const { out } of parts) rmSync(out);
  writeFileSync(evidencePath, JSON.stringify(results.sort((a, b) => a.index - b.index)));
}

/** The utterance that counts: the longest. */
function mainUtterance({ heard }) {
  return heard
    .filter(
      ({ text, evidence, speechMs }) =>
        text !== '' && evidence !== undefined && speechMs >= MIN_SPEECH_MS,
    )
    .sort((a, b) => b.speechMs - a.speechMs)[0];
}

function valuesOf({ evidence, signalToNoiseDb }) {
  const { lossPerFrame, worstLossPerFrame, unexplainedRatio } = evidence;
  return [1, noiseRatio(signalToNoiseDb), lossPerFrame, worstLossPerFrame, unexplainedRatio];
}

const isInside = ({ group }) => group === 'assistant' || group === 'tools';
const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** Logistic regression by gradient, both classes counting alike. */
function regress(samples) {
  const scale = DIMENSIONS.map((_, i) => {
    const all = samples.map(({ x }) => x[i]);
    const mean = i === 0 ? 0 : all.reduce((a, b) => a + b, 0) / all.length;
    const variance = all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length;
    return { mean, deviation: i === 0 ? 1 : Math.sqrt(variance) + 1e-9 };
  });
  const insideCount = samples.filter(({ y }) => y === 1).length;
  const shareOf = (y) =>
    samples.length / 2 / (y === 1 ? insideCount : samples.length - insideCount);
  const scaled = samples.map(({ x, y }) => ({
    x: x.map((value, i) => (value - scale[i].mean) / scale[i].deviation),
    y,
    share: shareOf(y),
  }));
  let weights = DIMENSIONS.map(() => 0);
  for (let step = 0; step < STEP_COUNT; step++) {
    const gradient = DIMENSIONS.map(() => 0);
    for (const { x, y, share } of scaled) {
      const error = (y - 1 / (1 + Math.exp(-dot(x, weights)))) * share;
      for (const i of gradient.keys()) gradient[i] += error * x[i];
    }
    weights = weights.map(
      (weight, i) =>
        weight + STEP_SIZE * (gradient[i] / scaled.length - (i === 0 ? 0 : PENALTY * weight)),
    );
  }
  const raw = weights.map((weight, i) => weight / scale[i].deviation);
  raw[0] -= weights.reduce(
    (sum, weight, i) => sum + (i === 0 ? 0 : (weight * scale[i].mean) / scale[i].deviation),
    0,
  );
  return raw;
}

/** The bias at which just so many of the recordings are accepted. */
function biasFor(recordings, weights, ratio) {
  const needed = recordings
    .map((recording) => mainUtterance(recording))
    .map((utterance) =>
      utterance === undefined ? Infinity : -dot(valuesOf(utterance), [0, 0, ...weights.slice(2)]),
    )
    .sort((a, b) => a - b);
  const allowedCount = Math.floor(ratio * recordings.length);
  return (needed[allowedCount] ?? Infinity) - 0.01;
}

if (!existsSync(evidencePath)) await hearAll();
const recordings = JSON.parse(readFileSync(evidencePath, 'utf8'));
if (values.evidence === undefined) rmSync(evidencePath);

const samples = recordings.flatMap((recording) => {
  const utterance = mainUtterance(recording);
  // A sentence inside of which words are wrong is neither.
  const isUnclear = isInside(recording) && utterance?.text !== recording.text;
  return utterance === undefined || isUnclear
    ? []
    : [{ x: valuesOf(utterance), y: isInside(recording) ? 1 : 0 }];
});
const weights = regress(samples);

const conditionOf = ({ noise }) =>
  noise === undefined ? 'clean' : noise.snrDb === 10 ? 'noise' : 'other noise';
const outside = recordings.filter((recording) => !isInside(recording));
const outsideIn = (condition) =>
  outside.filter((recording) => conditionOf(recording) === condition);
const cleanBias = biasFor(outsideIn('clean'), weights, FALSE_ACCEPTANCE_RATIO.clean);
const noisyBias = biasFor(outsideIn('noise'), weights, FALSE_ACCEPTANCE_RATIO.noise);
console.log(
  'regression alone:',
  DIMENSIONS.map((name, i) => `${name} ${weights[i].toPrecision(4)}`).join(', '),
);
weights[0] = cleanBias;
weights[1] = noisyBias - cleanBias;
console.log(
  'to be used:      ',
  DIMENSIONS.map((name, i) => `${name} ${weights[i].toPrecision(4)}`).join(', '),
);

for (const condition of ['clean', 'noise', 'other noise']) {
  for (const group of ['assistant', 'tools', 'near', 'far']) {
    const all = recordings.filter(
      (recording) => recording.group === group && conditionOf(recording) === condition,
    );
    const accepted = all.filter((recording) => {
      const utterance = mainUtterance(recording);
      return utterance !== undefined && dot(valuesOf(utterance), weights) >= 0;
    });
    const right = accepted.filter((recording) => mainUtterance(recording).text === recording.text);
    const heardRight = all.filter((recording) => mainUtterance(recording)?.text === recording.text);
    const percent = (part) => `${((100 * part.length) / all.length).toFixed(1)} %`;
    const inside = isInside({ group })
      ? `, every word right ${percent(right)} of ${percent(heardRight)}`
      : '';
    console.log(`${condition}, ${group} (${all.length}): accepted ${percent(accepted)}${inside}`);
  }
}
