// What of a voice's first sound is left out with the silence before it: `node bench/onset/voices.mjs [--base FOLDER]`.
// Needs flite (apt-get install flite). `--base` is another checkout of Prism, built, beside this one.
//
// Four voices say words that begin softly and words that don't; flite tells when the first sound of each begins. Noise is
// added, and the session's own trimmer leaves out what it takes for silence. Told are how much of the first sound that
// was, how loud its loudest 5 ms were (the voice alone; its loudest 20 ms have -20 dBFS), and what was kept before it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededNoise } from '@prism/core/testing';
import { readOptions } from '../options.mjs';
import { percentile } from '../samples.mjs';

const VOICES = ['slt', 'rms', 'awb', 'kal16'];
const WORDS =
  'Fine. Hello. See. Think. Maybe. She. Who. Sure. Nine. Ten. Fair. House. Thanks. Moon. Oh. Easy. Zoo. Yes.'.split(
    ' ',
  );
/** None but the voice's own, and noise added, in dBFS. */
const NOISES_DBFS = [undefined, -90, -80, -70, -62, -57];
const SAMPLES_PER_MS = 24;
const FULL_SCALE = 32_768;
const LEVEL_DBFS = -20;
const WAV_HEADER_BYTES = 44;
/** On either side. */
const SINC_SAMPLES = 16;

const { values } = readOptions(import.meta.url, { options: { base: { type: 'string' } } });
const trimmerOf = async (root) =>
  (await import(new URL('packages/core/dist/playout/leading-silence.js', root).href))
    .LeadingSilence;
const ROOT = new URL('../../', import.meta.url);
const trimmers = new Map([['this', await trimmerOf(ROOT)]]);
if (values.base !== undefined)
  trimmers.set('base', await trimmerOf(new URL(`file://${values.base}/`)));

const dbfs = (power) => 10 * Math.log10(Math.max(power, 1e-9) / FULL_SCALE ** 2);
const powerOf = (pcm) => pcm.reduce((sum, sample) => sum + sample ** 2, 0) / pcm.length;

/** The power of the loudest part of this length. */
function loudestPower(pcm, ms) {
  const length = ms * SAMPLES_PER_MS;
  let loudest = 0;
  for (let at = 0; at + length <= pcm.length; at += length)
    loudest = Math.max(loudest, powerOf(pcm.subarray(at, at + length)));
  return loudest;
}

/** 16 kHz to 24, by a sinc under a Hann window. */
function resampled(pcm) {
  return Float64Array.from({ length: Math.floor(pcm.length * 1.5) }, (_, index) => {
    const place = index / 1.5;
    let sum = 0;
    for (let at = Math.ceil(place) - SINC_SAMPLES; at < place + SINC_SAMPLES; at += 1) {
      const from = Math.PI * (place - at);
      const sinc = from === 0 ? 1 : Math.sin(from) / from;
      sum += (pcm[at] ?? 0) * sinc * Math.cos(from / 2 / SINC_SAMPLES) ** 2;
    }
    return sum;
  });
}

/** `{ pcm, onsetMs }`, at 24 kHz. */
function spoken(folderPath, voice, word) {
  const path = join(folderPath, 'word.wav');
  const told = execFileSync('flite', ['-voice', voice, '-t', word, '-psdur', '-o', path]);
  const bytes = readFileSync(path);
  const pcm = resampled(
    new Int16Array(
      bytes.buffer.slice(bytes.byteOffset + WAV_HEADER_BYTES, bytes.byteOffset + bytes.length),
    ),
  );
  const gain = Math.sqrt((FULL_SCALE ** 2 * 10 ** (LEVEL_DBFS / 10)) / loudestPower(pcm, 20));
  const [, pauseS] = /pau:([\d.]+)/.exec(told.toString());
  return { pcm: pcm.map((sample) => sample * gain), onsetMs: Number(pauseS) * 1_000 };
}

function trimmedMsOf(Trimmer, pcm) {
  const silence = new Trimmer();
  for (let at = 0; at < pcm.length; at += 480) silence.push(pcm.subarray(at, at + 480));
  return silence.trimmedSamples / SAMPLES_PER_MS;
}

function judge(Trimmer, { pcm, onsetMs }, { noiseDbfs, seed }) {
  const noise = seededNoise(seed);
  // Uniform noise has a third of its peak's power.
  const peak = noiseDbfs === undefined ? 0 : FULL_SCALE * 10 ** (noiseDbfs / 20) * Math.sqrt(3);
  const heard = Int16Array.from(pcm, (sample) => Math.round(sample + peak * noise()));
  const trimmedMs = trimmedMsOf(Trimmer, heard);
  const lost = pcm.subarray(
    onsetMs * SAMPLES_PER_MS,
    Math.max(onsetMs, trimmedMs) * SAMPLES_PER_MS,
  );
  return {
    lostMs: Math.max(0, trimmedMs - onsetMs),
    lostDbfs: dbfs(loudestPower(lost, 5)),
    keptMs: onsetMs - trimmedMs,
  };
}

const folderPath = mkdtempSync(join(tmpdir(), 'prism-onset-'));
const words = VOICES.flatMap((voice) => WORDS.map((word) => spoken(folderPath, voice, word)));
rmSync(folderPath, { recursive: true });
const rows = NOISES_DBFS.flatMap((noiseDbfs) =>
  [...trimmers].map(([name, Trimmer]) => {
    const all = words.map((word, seed) => judge(Trimmer, word, { noiseDbfs, seed }));
    const of = (key, share) =>
      percentile(
        all.map((each) => each[key]),
        share,
      ).toFixed(0);
    return {
      'noise dBFS': noiseDbfs ?? 'its own',
      trimmer: name,
      'lost ms p95': of('lostMs', 0.95),
      'lost ms max': of('lostMs', 1),
      'loudest lost dBFS p95': of('lostDbfs', 0.95),
      'loudest lost dBFS max': of('lostDbfs', 1),
      'kept before ms p50': of('keptMs', 0.5),
    };
  }),
);
console.log(`${words.length} words`);
console.table(rows);
