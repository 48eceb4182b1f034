// The labelled set of the onset detector: who speaks when, in what noise, and what is no speech at all.

import {
  breath,
  clicks,
  coughs,
  doors,
  hiss,
  hum,
  keyboard,
  mix,
} from '../../packages/core/dist/testing/sounds.js';
import { SpeechOnset } from '../../packages/core/dist/turn-taking/speech-onset.js';
import {
  pinkNoise,
  speechRms,
  synthesizeUserSpeech,
} from '../../packages/engine/dist/testing/speech-testing.js';

const RATE_HZ = 24_000;
const FRAME_SAMPLES = 480;
const GAP_MS = 1_300;
export const VOICES = ['slt', 'rms', 'awb'];

const SENTENCES = [
  'Wait, that is not what I meant.',
  'No, stop please.',
  'Actually, make it two.',
  'Can you repeat that?',
  'I have another question.',
  'Hold on a second.',
  'What about tomorrow morning?',
  'Six o clock would be fine.',
  'Sure, but where is it?',
  'Hello, are you there?',
];
const BACKCHANNELS = ['mhm', 'yeah', 'okay', 'right', 'uh huh'];

/** Speech without the synthesiser's own silence: from the first 5 ms within 35 dB of its loudest to the last. */
function trimmed(pcm) {
  const block = 120;
  const powers = [];
  for (let at = 0; at + block <= pcm.length; at += block) {
    let sum = 0;
    for (let i = at; i < at + block; i++) sum += pcm[i] ** 2;
    powers.push(sum / block);
  }
  const enough = Math.max(...powers) / 10 ** 3.5;
  const first = powers.findIndex((power) => power >= enough);
  const last = powers.findLastIndex((power) => power >= enough);
  return pcm.subarray(first * block, (last + 1) * block);
}

/** Scales speech to an RMS of -26 dBFS where somebody speaks, the usual level of a microphone with gain control. */
function atUsualLevel(pcm) {
  const gain = (32_768 * 10 ** (-26 / 20)) / speechRms(pcm, RATE_HZ);
  return pcm.map((sample) => Math.max(-32768, Math.min(32767, sample * gain)));
}

const spoken = new Map();

/** A sentence in a voice, trimmed and at the usual level. */
export function say(text, voice) {
  const key = `${voice}: ${text}`;
  if (!spoken.has(key)) {
    spoken.set(key, atUsualLevel(trimmed(synthesizeUserSpeech(text, { voice }).pcm)));
  }
  return spoken.get(key);
}

/** Utterances in a row with pauses, and where each begins and ends. */
export function track(utterances) {
  const parts = [];
  const labels = [];
  let atMs = 2_500;
  for (const { text, voice } of utterances) {
    const pcm = say(text, voice);
    const lengthMs = (pcm.length * 1_000) / RATE_HZ;
    parts.push({ pcm, atMs });
    labels.push({ text, voice, startMs: atMs, endMs: atMs + lengthMs });
    atMs += lengthMs + GAP_MS + (labels.length % 7) * 37;
  }
  return { pcm: mix(atMs, parts), labels, durationMs: atMs };
}

export const sentenceTrack = () =>
  track(VOICES.flatMap((voice) => SENTENCES.map((text) => ({ text, voice }))));
export const backchannelTrack = () =>
  track(VOICES.flatMap((voice) => BACKCHANNELS.map((text) => ({ text, voice }))));

const SPEECH_DBFS = -26;
/** Level of the loudest 20 ms, by kind; `snrDb` below the speech. */
export const NOISES = {
  hiss: (durationMs, levelDbfs) => hiss({ durationMs, levelDbfs, seed: 1 }),
  pink: (durationMs, levelDbfs) =>
    pinkNoise(Math.round((durationMs * RATE_HZ) / 1_000), {
      seed: 2,
      rmsAmplitude: 32_768 * 10 ** (levelDbfs / 20),
    }),
  hum: (durationMs, levelDbfs) => hum({ durationMs, levelDbfs, seed: 3 }),
  keyboard: (durationMs, levelDbfs) => keyboard({ durationMs, levelDbfs, seed: 4 }),
  clicks: (durationMs, levelDbfs) => clicks({ durationMs, levelDbfs, seed: 5 }),
  breath: (durationMs, levelDbfs) => breath({ durationMs, levelDbfs, seed: 6 }),
  coughs: (durationMs, levelDbfs) => coughs({ durationMs, levelDbfs, seed: 7 }),
  doors: (durationMs, levelDbfs) => doors({ durationMs, levelDbfs, seed: 8 }),
};

export function withNoise({ pcm, durationMs }, noise, snrDb) {
  return mix(durationMs, [
    { pcm, atMs: 0 },
    { pcm: NOISES[noise](durationMs, SPEECH_DBFS - snrDb), atMs: 0 },
  ]);
}

/** A plain energy gate, the peer: louder than -45 dBFS for 40 ms is an onset, 200 ms of less its end. */
export class EnergyGate {
  #loud = 0;
  #quiet = 0;
  #at = 0;
  #isOpen = false;

  constructor(sink) {
    this.sink = sink;
  }

  push(pcm) {
    for (let at = 0; at < pcm.length; at += 240) {
      let power = 0;
      const end = Math.min(pcm.length, at + 240);
      for (let i = at; i < end; i++) power += pcm[i] * pcm[i];
      const isLoud = power / 240 > (32_768 * 10 ** (-45 / 20)) ** 2;
      this.#loud = isLoud ? this.#loud + 1 : 0;
      this.#quiet = isLoud ? 0 : this.#quiet + 1;
      this.#at += end - at;
      if (!this.#isOpen && this.#loud >= 4) {
        this.#isOpen = true;
        this.sink.onset(this.#at - 960, this.#at);
      } else if (this.#isOpen && this.#quiet >= 20) {
        this.#isOpen = false;
        this.sink.ended(this.#at - 4_800, this.#at);
      }
    }
  }
}

/** What a detector hears in a recording, frame by frame, in ms. */
export function onsetsIn(pcm, make = (sink) => new SpeechOnset(sink)) {
  const onsets = [];
  const detector = make({
    onset: (startSample, atSample) =>
      onsets.push({ startMs: startSample / 24, atMs: atSample / 24, endMs: Infinity }),
    ended: (endSample) => {
      onsets.at(-1).endMs = endSample / 24;
    },
  });
  for (let at = 0; at < pcm.length; at += FRAME_SAMPLES) {
    detector.push(pcm.subarray(at, at + FRAME_SAMPLES));
  }
  return onsets;
}

/**
 * Compares onsets with labels: an onset within an utterance, or `graceMs` after it, is a hit, anything else is false.
 */
export function score(labels, onsets, graceMs = 100) {
  const delaysMs = [];
  const startErrorsMs = [];
  let missed = 0;
  let late = 0;
  for (const label of labels) {
    const own = onsets.filter(
      ({ atMs }) => atMs >= label.startMs - 50 && atMs <= label.endMs + graceMs,
    );
    // One that began before and still goes on covers the label: glued by noise.
    const covers = onsets.some(
      ({ atMs, endMs }) => atMs < label.startMs - 50 && endMs > label.startMs,
    );
    if (own.length === 0 || covers) {
      missed += 1;
    } else {
      const delayMs = own[0].atMs - label.startMs;
      delaysMs.push(delayMs);
      startErrorsMs.push(own[0].startMs - label.startMs);
      if (delayMs > 300) late += 1;
    }
  }
  const falseOnsets = onsets.filter(({ atMs }) =>
    labels.every(({ startMs, endMs }) => atMs < startMs - 50 || atMs > endMs + graceMs),
  );
  return {
    delaysMs: delaysMs.sort((a, b) => a - b),
    startErrorsMs,
    missed,
    late,
    falseCount: falseOnsets.length,
  };
}
