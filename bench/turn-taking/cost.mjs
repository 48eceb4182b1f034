// What a 20 ms frame costs each machine, beside a plain energy gate. Rounds in turn, the median of each counts.

import { SessionBench } from '../../packages/core/dist/testing/session-bench.js';
import { HeardTranscript } from '../../packages/core/dist/transcript/heard-transcript.js';
import { EchoMonitor } from '../../packages/core/dist/turn-taking/echo-monitor.js';
import { GainRamp } from '../../packages/core/dist/turn-taking/gain-ramp.js';
import { InputGate } from '../../packages/core/dist/turn-taking/input-gate.js';
import { SpeechOnset } from '../../packages/core/dist/turn-taking/speech-onset.js';
import {
  TURN_TAKING_DEFAULTS,
  TURN_TAKING_OFF,
} from '../../packages/core/dist/turn-taking/turn-taking-policy.js';
import { scene } from './echoes.mjs';
import { EnergyGate, sentenceTrack, withNoise } from './onsets.mjs';

const FRAME_SAMPLES = 480;
const ROUNDS = 15;
const sink = { onset() {}, ended() {} };

/** Microseconds of CPU per frame, by name. */
export function costRows() {
  const talk = sentenceTrack();
  const noisy = withNoise(talk, 'pink', 5);
  const quiet = new Int16Array(talk.pcm.length);
  const { played, captured } = scene({ answerVoice: 'slt', delayMs: 107, levelDb: -20 });
  const gate = new EnergyGate(sink);
  const onset = new SpeechOnset(sink);
  const monitor = new EchoMonitor();
  const idle = new EchoMonitor();
  const gain = new GainRamp();
  gain.moveTo(0.1, 10);
  const input = new InputGate();
  const heard = new HeardTranscript();
  const source = { responseId: 'r', itemId: 'i', contentIndex: 0 };
  let at = 0;
  const machines = {
    'energy gate, speech': [talk.pcm, (frame) => gate.push(frame)],
    'speech onset, speech': [talk.pcm, (frame) => onset.push(frame)],
    'speech onset, speech in pink noise 5 dB': [noisy, (frame) => onset.push(frame)],
    'speech onset, silence': [quiet, (frame) => onset.push(frame)],
    'echo monitor, both ways, answer plays': [
      captured,
      (frame, start) => {
        monitor.play(played.subarray(start, start + FRAME_SAMPLES), at);
        monitor.capture(frame, at);
        at += FRAME_SAMPLES;
      },
    ],
    'echo monitor, nothing plays': [
      captured,
      (frame) => {
        idle.capture(frame, at);
        at += FRAME_SAMPLES;
      },
    ],
    'gain, ducked': [talk.pcm.slice(), (frame) => gain.apply(frame)],
    'input gate, open': [talk.pcm, (frame) => input.apply(frame)],
    'session, a frame in and one out, switched off': [
      talk.pcm,
      sessionFrames(TURN_TAKING_OFF, played),
    ],
    'session, a frame in and one out, default': [
      talk.pcm,
      sessionFrames(TURN_TAKING_DEFAULTS, played),
    ],
    'heard transcript, per frame of answer': [
      talk.pcm.subarray(0, 24_000 * 20),
      (frame) => heard.audio(source, frame),
    ],
  };
  const samples = new Map(Object.keys(machines).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, [pcm, take]] of Object.entries(machines)) {
      samples.get(name).push(microsecondsPerFrame(pcm, take));
    }
  }
  return [...samples].map(([name, all]) => {
    const sorted = all.slice(5).sort((a, b) => a - b);
    return { name, medianUs: sorted[Math.floor(sorted.length / 2)], samplesUs: all };
  });
}

/** One frame comes in and one of an answer that doesn't end leaves, through the whole session machine. */
function sessionFrames(turnTaking, answer) {
  const bench = SessionBench.live({ turnTaking });
  return (frame) => {
    bench.nowMs += 20;
    if (!bench.session.wantsSlots) bench.answer(answer.slice());
    bench.post({ type: 'media.audio', pcm: frame });
    bench.post({ type: 'media.slot' });
    if ((bench.session.deadline()?.atMs ?? Infinity) <= bench.nowMs)
      bench.post({ type: 'deadline' });
    bench.effects.length = 0;
  };
}

function microsecondsPerFrame(pcm, take) {
  const before = process.cpuUsage();
  let frames = 0;
  for (let start = 0; start + FRAME_SAMPLES <= pcm.length; start += FRAME_SAMPLES) {
    take(pcm.subarray(start, start + FRAME_SAMPLES), start);
    frames += 1;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / frames;
}
