// What the duck's policies make of it when somebody speaks, agrees, coughs or types over an answer. The upstream's ear
// is the built-in engine's: RNNoise and its turn detector.

import { mix } from '../../packages/core/dist/testing/sounds.js';
import { Duck } from '../../packages/core/dist/turn-taking/duck.js';
import { SpeechOnset } from '../../packages/core/dist/turn-taking/speech-onset.js';
import { TurnDetector } from '../../packages/engine/dist/conversation/turn-detector.js';
import { DenoiserFactory } from '../../packages/engine/dist/ears/denoiser.js';
import { backchannelTrack, NOISES, sentenceTrack } from './onsets.mjs';

const FRAME_SAMPLES = 480;
/** Network and append on the way to the upstream and back. */
const UPSTREAM_TRIP_MS = 40;
/** The next answer begins so long after one was stopped. */
const NEXT_ANSWER_MS = 300;

export const POLICIES = {
  none: { isEnabled: false },
  default: {},
  'tolerant (600 ms)': { backchannelMs: 600 },
};

const denoisers = await DenoiserFactory.load();

/** When the upstream says `speech_started`, in ms. */
function upstreamWords(pcm) {
  const denoiser = denoisers.create();
  const detector = new TurnDetector();
  detector.configure({ type: 'server_vad', threshold: 0.5, silence_duration_ms: 500 });
  const words = [];
  const frame = new Float32Array(480);
  for (let at = 0; at + 240 <= pcm.length; at += 240) {
    for (let i = 0; i < 240; i++) {
      frame[2 * i] = pcm[at + i];
      frame[2 * i + 1] = (pcm[at + i] + (pcm[at + i + 1] ?? 0)) / 2;
    }
    const event = detector.frame(at, denoiser.process(frame));
    if (event?.type === 'started') words.push((at + 240) / 24 + UPSTREAM_TRIP_MS);
  }
  denoiser.close();
  return words;
}

/** Plays answers all the time and lets one policy hear a recording. */
function run(pcm, policy, words) {
  const duck = new Duck(policy);
  const ducksMs = [];
  const stopsMs = [];
  let nowMs = 0;
  let answerAtMs = 0;
  const tell = (input) => {
    duck.handle(input, nowMs);
    for (let effect = duck.poll(); effect !== undefined; effect = duck.poll()) {
      if (effect.type === 'duck') ducksMs.push(nowMs);
      if (effect.type !== 'stop') continue;
      stopsMs.push(nowMs);
      answerAtMs = nowMs + NEXT_ANSWER_MS;
    }
  };
  const detector = new SpeechOnset({
    onset: () => tell({ type: 'speech.onset' }),
    ended: () => tell({ type: 'speech.ended' }),
  });
  let nextWord = 0;
  for (let at = 0; at + FRAME_SAMPLES <= pcm.length; at += FRAME_SAMPLES) {
    nowMs = (at + FRAME_SAMPLES) / 24;
    if (nowMs >= answerAtMs) {
      answerAtMs = Infinity;
      tell({ type: 'answer.started' });
    }
    detector.push(pcm.subarray(at, at + FRAME_SAMPLES));
    if (detector.isSpeaking) tell({ type: 'speech.ongoing', samples: detector.speechSamples });
    for (; nextWord < words.length && words[nextWord] <= nowMs; nextWord++) {
      tell({ type: 'upstream.speech' });
    }
    if ((duck.deadline()?.atMs ?? Infinity) <= nowMs) tell({ type: 'deadline' });
  }
  return { ducksMs, stopsMs, counters: duck.counters };
}

const within = (timesMs, { startMs, endMs }) =>
  timesMs.find((ms) => ms >= startMs && ms <= endMs + 900) ?? Infinity;

function only(noise, levelDbfs) {
  const durationMs = 60_000;
  return { pcm: NOISES[noise](durationMs, levelDbfs), labels: [], durationMs };
}

/** How many of the labelled were stopped, and how soon; without labels, how often an answer was stopped. */
function judge(labels, { ducksMs, stopsMs, counters }) {
  const after = (timesMs) => labels.map((label) => within(timesMs, label) - label.startMs);
  const stopMs = after(stopsMs);
  const duckMs = after(ducksMs);
  const quietMs = stopMs.map((ms, index) => Math.min(ms, duckMs[index]));
  const happened = (list) => list.filter((ms) => ms !== Infinity).sort((a, b) => a - b);
  return {
    events: labels.length,
    stopped: labels.length === 0 ? stopsMs.length : happened(stopMs).length,
    ducks: counters.ducks,
    falseDucks: counters.falseDucks,
    quietMs: happened(quietMs),
    stopMs: happened(stopMs),
  };
}

/** Results by policy and recording. */
export function policyRows() {
  const recordings = {
    sentences: sentenceTrack(),
    'sentences, keyboard': noisy(sentenceTrack(), 'keyboard', -36),
    backchannels: backchannelTrack(),
    'coughs, 60 in 60 s': only('coughs', -26),
    'keyboard, 60 s': only('keyboard', -26),
    'doors, 30 in 60 s': only('doors', -26),
    'breath, 60 s': only('breath', -32),
  };
  const rows = [];
  for (const [recording, { pcm, labels }] of Object.entries(recordings)) {
    const words = upstreamWords(pcm);
    for (const [policy, options] of Object.entries(POLICIES)) {
      rows.push({ recording, policy, ...judge(labels, run(pcm, options, words)) });
    }
  }
  return rows;
}

function noisy(track, noise, levelDbfs) {
  const pcm = mix(track.durationMs, [
    { pcm: track.pcm, atMs: 0 },
    { pcm: NOISES[noise](track.durationMs, levelDbfs), atMs: 0 },
  ]);
  return { ...track, pcm };
}
