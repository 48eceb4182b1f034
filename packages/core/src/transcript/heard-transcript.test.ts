import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { AudioSource } from '../playout/playout-queue.ts';
import { HeardTranscript } from './heard-transcript.ts';
import { wordEnds } from './spoken-text.ts';

const part = (itemId: string, contentIndex = 0): AudioSource => ({
  responseId: 'resp_1',
  itemId,
  contentIndex,
});
const A = part('item_a');
const MS = 24;

/** Sound, and silence, of a length in ms. */
const sound = (ms: number): Int16Array => new Int16Array(Math.round(ms * MS)).fill(3_000);
const silence = (ms: number): Int16Array => new Int16Array(Math.round(ms * MS));

interface Talk {
  readonly text: string;
  readonly pcm: Int16Array;
  /** Where each word's last sound is, in samples, and the text up to it. */
  readonly words: readonly { readonly endSample: number; readonly text: string }[];
}

/** Says words at `paceMs` for a letter, each of them faster or slower by up to a fifth, with a pause after commas. */
function talk(words: readonly string[], paceMs: number, seed: number): Talk {
  const pieces: Int16Array[] = [silence(140 + (seed % 300))];
  const ends: { endSample: number; text: string }[] = [];
  let text = '';
  let samples = pieces[0]?.length ?? 0;
  for (const [index, word] of words.entries()) {
    const uneven = 1 + 0.2 * Math.sin(seed * 7 + index * 2.4);
    const letters = word.replaceAll(/[^a-z]/g, '').length;
    for (const piece of [sound(letters * paceMs * uneven), silence(word.endsWith(',') ? 250 : 0)]) {
      samples += piece.length;
      if (piece[0] !== 0 && piece.length > 0) {
        text = text === '' ? word : `${text} ${word}`;
        ends.push({ endSample: samples, text });
      }
      pieces.push(piece);
    }
  }
  const pcm = new Int16Array(samples);
  let at = 0;
  for (const piece of pieces) {
    pcm.set(piece, at);
    at += piece.length;
  }
  return { text, pcm, words: ends };
}

interface Delivery {
  readonly textChars: number;
  readonly audioMs: number;
  /** Audio that comes for one piece of text. */
  readonly audioPerText: number;
}

/** Feeds a part as an upstream does: a piece of text, then some audio, and again; the first `share` of it. */
function feed(
  heard: HeardTranscript,
  spoken: Talk,
  delivery: Delivery & { share: number },
): number {
  const { textChars, audioMs, audioPerText, share } = delivery;
  const audioEnd = Math.floor(spoken.pcm.length * share);
  let audioAt = 0;
  for (let at = 0; at < spoken.text.length; at += textChars) {
    heard.text(A, spoken.text.slice(at, at + textChars));
    for (let n = 0; n < audioPerText && audioAt < audioEnd; n += 1) {
      const end = Math.min(audioEnd, audioAt + audioMs * MS);
      heard.audio(A, spoken.pcm.subarray(audioAt, end));
      audioAt = end;
    }
  }
  if (audioAt < audioEnd) heard.audio(A, spoken.pcm.subarray(audioAt, audioEnd));
  if (share === 1) {
    heard.textDone(A, spoken.text);
    heard.audioDone(A);
  }
  return audioEnd;
}

const WORD = fc.constantFrom('the', 'library', 'opens', 'at', 'nine,', 'closes', 'six,', 'except');
const TALK = fc
  .record({
    words: fc.array(WORD, { minLength: 3, maxLength: 40 }),
    paceMs: fc.integer({ min: 55, max: 85 }),
    seed: fc.integer({ min: 0, max: 1_000 }),
  })
  .map(({ words, paceMs, seed }) => talk(words, paceMs, seed));
const DELIVERY = fc.record({
  textChars: fc.integer({ min: 3, max: 60 }),
  audioMs: fc.integer({ min: 20, max: 400 }),
  audioPerText: fc.integer({ min: 0, max: 4 }),
});

suite('heard transcript', () => {
  test('[HRD1] never a word whose last sound comes after the cut', () => {
    let told = 0;
    let spoken = 0;
    fc.assert(
      fc.property(TALK, DELIVERY, fc.double({ min: 0.3, max: 1, noNaN: true }), (said, how, at) => {
        for (const share of [1, 0.8]) {
          const heard = new HeardTranscript();
          const generated = feed(heard, said, { ...how, share });
          const heardSamples = Math.floor(generated * at);
          const text = heard.heard(A, heardSamples)?.text ?? '';
          const truth =
            said.words.filter((word) => word.endSample <= heardSamples).at(-1)?.text ?? '';
          assert.ok(truth.startsWith(text), `told "${text}" of "${truth}"`);
          told += text.length;
          spoken += truth.length;
        }
      }),
      { seed: 1, numRuns: 400 },
    );
    assert.ok(told > spoken * 0.5, `${told} of ${spoken} characters`);
  });

  test('[HRD2] nothing heard is no text, everything of a complete part is all of it', () => {
    fc.assert(
      fc.property(TALK, DELIVERY, (said, how) => {
        const heard = new HeardTranscript();
        const samples = feed(heard, said, { ...how, share: 1 });
        assert.deepEqual(heard.heard(A, 0), { text: '', isWhole: false });
        assert.deepEqual(heard.heard(A, samples), { text: said.text, isWhole: true });
      }),
      { seed: 1, numRuns: 50 },
    );
    assert.equal(new HeardTranscript().heard(A, 100), undefined);
  });

  test('[HRD3] more heard is never less text', () => {
    fc.assert(
      fc.property(TALK, DELIVERY, fc.constantFrom(0.5, 1), (said, how, share) => {
        const heard = new HeardTranscript();
        const samples = feed(heard, said, { ...how, share });
        let before = '';
        for (let at = 0; at <= samples; at += 2_400) {
          const text = heard.heard(A, at)?.text ?? '';
          assert.ok(text.startsWith(before), `"${before}" then "${text}"`);
          before = text;
        }
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  test('[HRD4] words end at white space, in Chinese and Japanese with each character', () => {
    const cuts = (text: string): readonly string[] =>
      wordEnds(text).map(({ index }) => text.slice(0, index));
    assert.deepEqual(cuts('Hi, you  two. '), ['Hi,', 'Hi, you', 'Hi, you  two.']);
    assert.deepEqual(cuts('你好，世界'), ['你', '你好，', '你好，世', '你好，世界']);
    assert.deepEqual(cuts('が か゛x'), ['が', 'が か゛', 'が か゛x']);
    assert.deepEqual(cuts('um 東京 ok'), ['um', 'um 東', 'um 東京', 'um 東京 ok']);
    assert.deepEqual(cuts('สวัสดี ครับ'), ['สวัสดี', 'สวัสดี ครับ']);
    assert.deepEqual(cuts('a👩‍👩‍👧b c'), ['a👩‍👩‍👧b', 'a👩‍👩‍👧b c']);
    assert.deepEqual(cuts(' \n'), []);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        const ends = wordEnds(text);
        for (const [at, { index, weight }] of ends.entries()) {
          assert.ok(index > (ends[at - 1]?.index ?? 0) && weight >= (ends[at - 1]?.weight ?? 0));
          assert.ok(!/^[\udc00-\udfff\p{M}]/u.test(text.slice(index, index + 1)), text);
        }
      }),
      { seed: 1 },
    );
  });

  test('[HRD5] parts are told apart, and the oldest of too many is forgotten', () => {
    const heard = new HeardTranscript();
    for (let n = 0; n < 64; n += 1) heard.textDone(part('item', n), `part ${n}`);
    heard.audio(part('item', 3), sound(100));
    heard.audioDone(part('item', 3));
    assert.equal(heard.heard(part('item', 3), 2_400)?.text, 'part 3');
    assert.equal(heard.heard(part('item', 4), 2_400)?.text, '');
    heard.text(part('other'), 'one more');
    assert.deepEqual([heard.heard(part('item', 0), 1), heard.forgottenParts], [undefined, 1]);
    heard.forget(part('other'));
    assert.equal(heard.heard(part('other'), 1), undefined);
  });

  test('[HRD6] without an end, the slowest pace so far counts', () => {
    const words = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? 'library' : 'opens'));
    const toldOf = (before: readonly number[]): number => {
      const heard = new HeardTranscript();
      for (const [index, paceMs] of before.entries()) {
        const earlier = part(`earlier_${index}`);
        const said = talk(words, paceMs, 1);
        heard.audio(earlier, said.pcm);
        heard.textDone(earlier, said.text);
        heard.audioDone(earlier);
      }
      const said = talk(words, 60, 2);
      feed(heard, said, { textChars: 30, audioMs: 200, audioPerText: 2, share: 0.7 });
      return heard.heard(A, said.pcm.length * 0.6)?.text.length ?? 0;
    };
    const [unknown, quick, mixed] = [toldOf([]), toldOf([60]), toldOf([60, 100, 60])];
    assert.ok(quick > mixed && mixed > unknown && unknown > 0, `${quick} ${mixed} ${unknown}`);
  });

  test('[HRD7] text that comes before its audio is said after it came', () => {
    const heard = new HeardTranscript();
    heard.text(A, 'one two three ');
    heard.audio(A, sound(4_000));
    heard.text(A, 'four five six seven eight');
    heard.audio(A, sound(1_000));
    heard.textDone(A, 'one two three four five six seven eight');
    heard.audioDone(A);
    assert.equal(heard.heard(A, 4_000 * MS)?.text, 'one two three');
    assert.ok((heard.heard(A, 4_100 * MS)?.text ?? '').startsWith('one two three four'));
  });
});
