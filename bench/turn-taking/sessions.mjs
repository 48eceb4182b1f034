// The whole session with an echo: what a call's microphone hears of its loudspeaker goes through the session machine to
// an upstream that listens with the built-in engine's ear, and interrupts. Who interrupted, and when?

import { SessionBench } from '../../packages/core/dist/testing/session-bench.js';
import { mix, seededNoise } from '../../packages/core/dist/testing/sounds.js';
import {
  TURN_TAKING_DEFAULTS,
  TURN_TAKING_OFF,
} from '../../packages/core/dist/turn-taking/turn-taking-policy.js';
import { Ear } from './ear.mjs';
import { ANSWER_VOICES, answerTrack, echoOf, LEVELS_DB } from './echoes.mjs';
import { say } from './onsets.mjs';

const SLOT_MS = 20;
const SLOT_SAMPLES = 480;
/** Network and append on the way to the upstream and back. */
const UPSTREAM_TRIP_MS = 40;
const DURATION_MS = 20_000;
/** From a frame's leaving to its coming back. */
const DELAY_MS = 100;
/** Somebody talks over the answer at these moments. */
const TALK_AT_MS = [5_000, 9_300, 13_700];
const TALK = ['Wait, that is not what I meant.', 'No, stop please.', 'Hold on a second.'];

export const MODES = {
  'switched off': TURN_TAKING_OFF,
  'echo reported': { ...TURN_TAKING_DEFAULTS, echo: 'report' },
  'echo suppressed': { ...TURN_TAKING_DEFAULTS, echo: 'suppress' },
  'half duplex': { ...TURN_TAKING_DEFAULTS, echo: 'half_duplex' },
};

/** Plays answers without an end to a room, and lists when something happened to them, in ms. */
function converse({ answer, turnTaking, delayMs, levelDb, talk }) {
  const bench = SessionBench.live({ turnTaking });
  const ear = new Ear();
  const room = seededNoise(5);
  const echo = levelDb === undefined ? undefined : echoOf(answer, { delayMs, levelDb });
  // What sounds in the room is known once it was played: the echo of each frame is that of its place in the answer.
  const air = new Float64Array((DURATION_MS + 2_000) * 24);
  const words = [];
  const happened = { ducked: [], interrupted: [] };
  let answerAt = 0;
  let number = 0;
  let framesBefore = 0;
  const begin = () => {
    number += 1;
    bench.responseCreated(`resp_${number}`);
    bench.answer(answer.subarray(answerAt), `resp_${number}`, `item_${number}`);
    bench.responseDone(`resp_${number}`);
  };
  /** The echo of a frame that was played, as loud as it was. */
  const sound = (nowMs, played) => {
    for (let i = 0; i < SLOT_SAMPLES; i++) {
      const scale = answer[answerAt + i] === 0 ? 1 : played[i] / answer[answerAt + i];
      air[nowMs * 24 + i] += (echo[answerAt + i + delayMs * 24] ?? 0) * scale;
    }
  };
  begin();
  for (let nowMs = SLOT_MS; nowMs <= DURATION_MS; nowMs += SLOT_MS) {
    bench.advance(SLOT_MS);
    if (bench.session.wantsSlots) bench.post({ type: 'media.slot' });
    const played = bench.effects.find(({ type }) => type === 'media.frame')?.pcm;
    const { answerFramesSent } = bench.session.describe();
    // The silence after an answer was cut is none of its frames.
    if (answerFramesSent > framesBefore) {
      framesBefore = answerFramesSent;
      if (echo !== undefined) sound(nowMs, played);
      answerAt = (answerAt + SLOT_SAMPLES) % answer.length;
    }
    const pcm = new Int16Array(SLOT_SAMPLES);
    for (let i = 0; i < SLOT_SAMPLES; i++) {
      const heard =
        (air[(nowMs - delayMs) * 24 + i] ?? 0) + 30 * room() + (talk[nowMs * 24 + i] ?? 0);
      pcm[i] = Math.max(-32768, Math.min(32767, Math.round(heard)));
    }
    bench.post({ type: 'media.audio', pcm });
    if (words[0] <= nowMs) {
      words.shift();
      bench.speechStarted();
    }
    for (const effect of bench.effects.splice(0)) {
      if (effect.type === 'upstream.append' && ear.hears(effect.pcm)) {
        words.push(nowMs + UPSTREAM_TRIP_MS);
      }
      if (effect.type !== 'report') continue;
      if (effect.fact.type === 'answer.ducked') happened.ducked.push(nowMs);
      if (effect.fact.type === 'answer.interrupted') {
        happened.interrupted.push(nowMs);
        begin();
      }
    }
  }
  ear.close();
  return happened;
}

function talkTrack(voice) {
  if (voice === undefined) return { pcm: new Int16Array(0), labels: [] };
  const parts = TALK_AT_MS.map((atMs, n) => ({ pcm: say(TALK[n % TALK.length], voice), atMs }));
  const labels = parts.map(({ pcm, atMs }) => ({ startMs: atMs, endMs: atMs + pcm.length / 24 }));
  return { pcm: mix(DURATION_MS, parts), labels };
}

/** One setting at one level, in all places: without a talker, then with one. */
function judge({ levelDb, mode, turnTaking, talker, nobody }) {
  const row = { levelDb, mode, calls: 0, interrupted: 0, ducked: 0, said: 0, missed: 0 };
  const stopMs = [];
  for (const answerVoice of ANSWER_VOICES) {
    const place = { answer: answerTrack(answerVoice), turnTaking, delayMs: DELAY_MS, levelDb };
    const alone = converse({ ...place, talk: nobody.pcm });
    row.calls += 1;
    row.interrupted += alone.interrupted.length;
    row.ducked += alone.ducked.length;
    const over = converse({ ...place, talk: talker.pcm });
    const stops = talker.labels.map(
      ({ startMs, endMs }) =>
        over.interrupted.find((ms) => ms > startMs && ms < endMs + 500) - startMs,
    );
    row.said += stops.length;
    row.missed += stops.filter(Number.isNaN).length;
    stopMs.push(...stops.filter((ms) => !Number.isNaN(ms)));
  }
  return { ...row, stopMs: stopMs.sort((a, b) => a - b) };
}

/** By level and setting: interruptions and dips without a talker, and what became of a talker's. */
export function sessionRows() {
  const talker = talkTrack('awb');
  const nobody = talkTrack(undefined);
  return [...LEVELS_DB, undefined].flatMap((levelDb) =>
    Object.entries(MODES).map(([mode, turnTaking]) =>
      judge({ levelDb, mode, turnTaking, talker, nobody }),
    ),
  );
}
