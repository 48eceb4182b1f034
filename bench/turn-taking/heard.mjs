// How much of an answer the heard transcript tells, against the truth: answers are spoken word by word, so that each
// word's last sound is known.

import { mix, seededNoise } from '../../packages/core/dist/testing/sounds.js';
import { HeardTranscript } from '../../packages/core/dist/transcript/heard-transcript.js';
import { say } from './onsets.mjs';

const RATE_HZ = 24_000;
const TEXTS = [
  'The library opens at nine and closes at six, except on Sunday, when it opens at noon.',
  'There are three trains in the morning, and the second one is the fastest, but it is often full.',
  'I have put two tickets aside for you, and you can collect them at the desk, if you show your card.',
  'It will be sunny tomorrow, with a light wind from the west, and a little rain in the evening.',
];

function speak(text, voice) {
  const parts = [];
  const words = [];
  let atMs = 240;
  let end = 0;
  for (const word of text.split(' ')) {
    end += word.length + (end === 0 ? 0 : 1);
    const pcm = say(word.replaceAll(/[,.]/g, ''), voice);
    parts.push({ pcm, atMs });
    atMs += (pcm.length * 1_000) / RATE_HZ;
    words.push({ endMs: atMs, text: text.slice(0, end) });
    atMs += word.endsWith(',') ? 260 : 15;
  }
  return { text, words, pcm: mix(atMs + 200, parts) };
}

const source = (itemId) => ({ responseId: 'r', itemId, contentIndex: 0 });

/** Feeds an answer: text in words, ahead of its audio; audio in 200 ms. `share` of it has come at the cut. */
function feed(heard, { text, pcm }, share) {
  const itemId = 'cut';
  const words = text.match(/\S+\s*/g);
  const deltas = Math.ceil(pcm.length / 4_800);
  let told = 0;
  for (let n = 0; n < deltas * share; n++) {
    for (; told < words.length && told <= (words.length * 1.5 * n) / deltas + 2; told++) {
      heard.text(source(itemId), words[told]);
    }
    heard.audio(source(itemId), pcm.subarray(n * 4_800, (n + 1) * 4_800));
  }
  if (share < 1) return;
  heard.textDone(source(itemId), text);
  heard.audioDone(source(itemId));
}

const METHODS = {
  'Prism, answer complete': (spoken, cutMs) => ours(spoken, cutMs, 1),
  'Prism, 70 % generated': (spoken, cutMs) => ours(spoken, cutMs, 0.7),
  'share of the time': (spoken, cutMs) => {
    const share = (cutMs * 24) / spoken.pcm.length;
    return spoken.text.slice(0, Math.floor(spoken.text.length * share)).replace(/\s*\S*$/, '');
  },
};

function ours(spoken, cutMs, share) {
  const heard = new HeardTranscript();
  feed(heard, spoken, share);
  return heard.heard(source('cut'), cutMs * 24).text;
}

/** Words told too many and too few, by method, at random cuts. */
export function heardRows() {
  const answers = ['slt', 'rms', 'awb'].flatMap((voice) => TEXTS.map((text) => speak(text, voice)));
  const rows = [];
  for (const [method, tell] of Object.entries(METHODS)) {
    const random = seededNoise(1);
    const short = [];
    let over = 0;
    for (let n = 0; n < 600; n++) {
      const spoken = answers[n % answers.length];
      const cutMs = Math.abs(random()) * 0.7 * (spoken.pcm.length / 24);
      const toldWords = countWords(tell(spoken, cutMs));
      const truth = spoken.words.filter(({ endMs }) => endMs <= cutMs).length;
      if (toldWords > truth) over += 1;
      else short.push(truth - toldWords);
    }
    rows.push({ method, cuts: 600, over, short: short.sort((a, b) => a - b) });
  }
  return rows;
}

const countWords = (text) => text.split(/\s+/).filter((word) => word !== '').length;
