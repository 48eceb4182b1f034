// What the policies make of it when somebody speaks, agrees, coughs or types over an answer: the whole session, whose
// upstream listens with the built-in engine's ear to what the session appends, and interrupts.

import { SessionBench } from '../../packages/core/dist/testing/session-bench.js';
import { mix } from '../../packages/core/dist/testing/sounds.js';
import {
  TURN_TAKING_DEFAULTS,
  TURN_TAKING_OFF,
} from '../../packages/core/dist/turn-taking/turn-taking-policy.js';
import { Ear } from './ear.mjs';
import { answerTrack } from './echoes.mjs';
import { backchannelTrack, NOISES, sentenceTrack } from './onsets.mjs';

const SLOT_MS = 20;
const SLOT_SAMPLES = 480;
/** Network and append on the way to the upstream and back. */
const UPSTREAM_TRIP_MS = 40;
/** The next answer begins so long after one was stopped. */
const NEXT_ANSWER_MS = 300;

export const POLICIES = {
  none: TURN_TAKING_OFF,
  default: TURN_TAKING_DEFAULTS,
  'tolerant (300 ms)': { ...TURN_TAKING_DEFAULTS, backchannelMs: 300 },
  'tolerant (600 ms)': { ...TURN_TAKING_DEFAULTS, backchannelMs: 600 },
};

const ANSWER = answerTrack('slt');

/** Plays answers all the time and lets one policy hear a recording. */
function run(pcm, turnTaking) {
  const bench = SessionBench.live({ turnTaking });
  const ear = new Ear();
  const happened = { ducksMs: [], stopsMs: [] };
  const words = [];
  let number = 0;
  let answerAtMs = 0;
  for (let at = 0; at + SLOT_SAMPLES <= pcm.length; at += SLOT_SAMPLES) {
    const nowMs = (at + SLOT_SAMPLES) / 24;
    bench.advance(SLOT_MS);
    if (nowMs >= answerAtMs) {
      answerAtMs = Infinity;
      number += 1;
      bench.responseCreated(`resp_${number}`);
      for (let repeat = 0; repeat < 3; repeat++)
        bench.answer(ANSWER, `resp_${number}`, `item_${number}`);
    }
    if (bench.session.wantsSlots) bench.post({ type: 'media.slot' });
    bench.post({ type: 'media.audio', pcm: pcm.slice(at, at + SLOT_SAMPLES) });
    for (; words[0] <= nowMs; words.shift()) bench.speechStarted();
    for (const effect of bench.effects.splice(0)) {
      if (effect.type === 'upstream.append' && ear.hears(effect.pcm))
        words.push(nowMs + UPSTREAM_TRIP_MS);
      if (effect.type !== 'report') continue;
      if (effect.fact.type === 'answer.ducked') happened.ducksMs.push(nowMs);
      if (effect.fact.type !== 'answer.interrupted') continue;
      happened.stopsMs.push(nowMs);
      bench.responseDone(`resp_${number}`);
      answerAtMs = nowMs + NEXT_ANSWER_MS;
    }
  }
  ear.close();
  return { ...happened, counters: bench.session.describe() };
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
    for (const [policy, turnTaking] of Object.entries(POLICIES)) {
      rows.push({ recording, policy, ...judge(labels, run(pcm, turnTaking)) });
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
