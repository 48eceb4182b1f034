// The loudspeaker in the microphone: what Prism plays comes back late and quieter through a room, with and without
// somebody talking over it.

import { mix, seededNoise } from '../../packages/core/dist/testing/sounds.js';
import { EchoGuard } from '../../packages/core/dist/turn-taking/echo-guard.js';
import { EchoMonitor } from '../../packages/core/dist/turn-taking/echo-monitor.js';
import { InputHold } from '../../packages/core/dist/turn-taking/input-hold.js';
import { SpeechOnset } from '../../packages/core/dist/turn-taking/speech-onset.js';
import { say, VOICES } from './onsets.mjs';

const RATE_HZ = 24_000;
const FRAME_SAMPLES = 480;

const ANSWER = [
  'The library opens at nine and closes at six, except on Sunday.',
  'There are three trains in the morning, and the second one is the fastest.',
  'I have put two tickets aside for you, and you can collect them at the desk.',
  'It will be sunny tomorrow, with a light wind from the west.',
  'Shall I send you the address and the telephone number?',
];
const CHATTER = [
  'Wait, that is not what I meant.',
  'Can you repeat that?',
  'I have another question.',
  'What about tomorrow morning?',
  'Six o clock would be fine.',
];
const BARGE_INS = ['Wait, that is not what I meant.', 'No, stop please.', 'Hold on a second.'];

/** An answer of about 20 s, 2 s after the start, in turn with a pause of 3 s and once more. */
export function answerTrack(voice) {
  const parts = [];
  let atMs = 2_000;
  for (let turn = 0; turn < 2; turn++) {
    for (const text of ANSWER) {
      const pcm = say(text, voice);
      parts.push({ pcm, atMs });
      atMs += (pcm.length * 1_000) / RATE_HZ + 220;
    }
    atMs += 3_000;
  }
  // 6 dB above the usual level of speech: what synthesisers send.
  return mix(atMs, parts).map((sample) => Math.max(-32768, Math.min(32767, sample * 2)));
}

/** Decaying noise: the reverberation of a furnished room (60 dB in 0.3 s), 60 ms of it. */
function roomResponse(seed) {
  const noise = seededNoise(seed);
  const taps = [{ at: 0, gain: 1 }];
  for (let i = 0; i < 60; i++) {
    const at = Math.floor(24 + (i + Math.abs(noise())) * 24);
    taps.push({ at, gain: 0.5 * noise() * 10 ** ((-3 * at) / (0.3 * RATE_HZ)) });
  }
  return taps;
}

/** What of `played` comes back: a loudspeaker that saturates a little, a room, a delay, a level. */
export function echoOf(played, { delayMs, levelDb, seed = 1 }) {
  const taps = roomResponse(seed);
  const out = new Float64Array(played.length);
  const delay = Math.round((delayMs * RATE_HZ) / 1_000);
  const driven = Float64Array.from(played, (sample) => Math.tanh(sample / 20_000) * 20_000);
  for (const { at, gain } of taps) {
    for (let i = delay + at; i < out.length; i++) out[i] += gain * driven[i - delay - at];
  }
  const rms = (pcm) => Math.sqrt(pcm.reduce((sum, value) => sum + value * value, 0) / pcm.length);
  const scale = (rms(played) / rms(out)) * 10 ** (levelDb / 20);
  return Int16Array.from(out, (value) => Math.max(-32768, Math.min(32767, value * scale)));
}

/** Where somebody talks over the answer: every 6.3 s. */
function bargeIns(durationMs, voice) {
  const labels = [];
  const parts = [];
  for (let n = 0, startMs = 6_000; startMs < durationMs - 4_000; n++, startMs += 6_300) {
    const pcm = say(BARGE_INS[n % BARGE_INS.length], voice);
    labels.push({ startMs, endMs: startMs + (pcm.length * 1_000) / RATE_HZ });
    parts.push({ pcm, atMs: startMs });
  }
  return { labels, parts };
}

/** One scene: an answer, its echo (none if `levelDb` is undefined), room noise, and maybe somebody talking over it. */
export function scene({ answerVoice, userVoice, delayMs, levelDb }) {
  const played = answerTrack(answerVoice);
  const durationMs = (played.length * 1_000) / RATE_HZ;
  const { labels, parts } =
    userVoice === undefined ? { labels: [], parts: [] } : bargeIns(durationMs, userVoice);
  const noise = seededNoise(5);
  const room = Int16Array.from({ length: played.length }, () => Math.round(30 * noise()));
  const sounds = [{ pcm: room, atMs: 0 }, ...parts];
  if (levelDb !== undefined) sounds.push({ pcm: echoOf(played, { delayMs, levelDb }), atMs: 0 });
  return { played, captured: mix(durationMs, sounds), labels };
}

/** No echo at all, and somebody who never stops talking over the answer: what is taken for echo is a mistake. */
export function chatter(answerVoice, userVoice, offsetMs) {
  const played = answerTrack(answerVoice);
  const durationMs = (played.length * 1_000) / RATE_HZ;
  const parts = [];
  let atMs = 2_000 + offsetMs;
  for (let n = 0; atMs < durationMs - 3_000; n++) {
    const pcm = say(CHATTER[n % CHATTER.length], userVoice);
    parts.push({ pcm, atMs });
    atMs += (pcm.length * 1_000) / RATE_HZ + 600;
  }
  return { played, captured: mix(durationMs, parts), labels: [] };
}

/** Runs a scene through monitor and detector, frame by frame; `isGuarded` false leaves the monitor out. */
export function hearScene({ played, captured }, isGuarded = true) {
  const monitor = new EchoMonitor();
  const onsets = [];
  const detector = new SpeechOnset({
    onset: (startSample, atSample) =>
      onsets.push({ startMs: startSample / 24, atMs: atSample / 24, endMs: Infinity }),
    ended: (endSample) => {
      onsets.at(-1).endMs = endSample / 24;
    },
  });
  const maskedFrames = [];
  let foundAtMs;
  for (let at = 0; at + FRAME_SAMPLES <= captured.length; at += FRAME_SAMPLES) {
    monitor.play(played.subarray(at, at + FRAME_SAMPLES), at);
    const frame = captured.subarray(at, at + FRAME_SAMPLES);
    const isEcho = monitor.capture(frame, at) && isGuarded;
    if (isEcho) maskedFrames.push(at / 24);
    if (monitor.state === 'echo') foundAtMs ??= at / 24;
    detector.push(frame, isEcho);
  }
  return { monitor, onsets, maskedFrames, foundAtMs };
}

/** What the upstream doesn't get of a scene, in ms. */
export function silencedMs({ played, captured }) {
  const guard = new EchoGuard('suppress');
  let ms = 0;
  const hold = new InputHold(
    () => {},
    (pcm) => {
      ms += pcm.length / 24;
    },
  );
  for (let at = 0; at + FRAME_SAMPLES <= captured.length; at += FRAME_SAMPLES) {
    guard.play(played.subarray(at, at + FRAME_SAMPLES), at);
    const frame = captured.subarray(at, at + FRAME_SAMPLES);
    const verdict = guard.capture(frame, at);
    if (verdict.isSilenced) ms += FRAME_SAMPLES / 24;
    hold.take(frame, verdict.hold);
  }
  return ms;
}

export const ANSWER_VOICES = ['slt', 'rms'];
export const DELAYS_MS = [30, 100, 200, 300];
export const LEVELS_DB = [-10, -20, -30];
export { VOICES };
