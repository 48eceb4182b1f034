import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sentenceChunks } from './sentence-chunks.ts';

const LONE_SURROGATE = /\p{Surrogate}/u;

const prose = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.constantFrom('. ', '! ', '? ', ', ', '\n', '。', 'Dr. ', '3.14 ', 'e.g. ', '😀', '  '),
    ),
    { maxLength: 120 },
  )
  .map((parts) => parts.join(''));

test('[VOX1] chunks join back to the text, none is empty, and none breaks a character', () => {
  fc.assert(
    fc.property(prose, (text) => {
      const chunks = sentenceChunks(text);
      assert.equal(chunks.join(''), text);
      for (const chunk of chunks) {
        assert.notEqual(chunk, '');
        assert.ok(chunk.length <= 300, `${chunk.length} characters`);
        assert.equal(
          LONE_SURROGATE.test(chunk),
          LONE_SURROGATE.test(text) && LONE_SURROGATE.test(chunk),
        );
      }
    }),
    { seed: 4, numRuns: 500 },
  );
});

test('[VOX1] a text is cut between sentences', () => {
  assert.deepEqual(
    sentenceChunks('It is raining in Oslo today. Take an umbrella with you! Is there more to say?'),
    ['It is raining in Oslo today. ', 'Take an umbrella with you! ', 'Is there more to say?'],
  );
});

for (const whole of [
  'Dr. Smith and Mrs. Jones live at no. 7 Main St. in Boston.',
  'It costs 3.50 euros, i.e. 3.9 dollars, e.g. at J. Doe and Co. in town.',
  'We met at 5 p.m. in the U.S. embassy vs. the old one.',
]) {
  test(`[VOX2] no cut is made at the dots of "${whole}"`, () => {
    const chunks = sentenceChunks(`Well then, here it is. ${whole}`);
    assert.deepEqual(chunks.slice(1), [whole]);
  });
}

test('[VOX2] list numbers stay with their line', () => {
  const chunks = sentenceChunks(
    'Here is the list:\n1. Two bottles of fresh milk\n2. Half a loaf of bread',
  );
  assert.deepEqual(chunks, [
    'Here is the list:\n',
    '1. Two bottles of fresh milk\n',
    '2. Half a loaf of bread',
  ]);
});

test('[VOX3] a long first sentence is cut at its first clause, so that speech starts early', () => {
  const [first] = sentenceChunks(
    'If you want to know the weather, I can look it up for any city that you name, and for tomorrow too.',
  );
  assert.equal(first, 'If you want to know the weather, ');
});

test('[VOX3] short sentences are spoken together', () => {
  assert.deepEqual(sentenceChunks('Yes. No. Sure.'), ['Yes. No. Sure.']);
});

test('[VOX3] Chinese and Japanese full stops end sentences', () => {
  const sentence = `${'天'.repeat(30)}。`;
  assert.deepEqual(sentenceChunks(sentence + sentence), [sentence, sentence]);
});

test('[VOX1] an empty text has no chunks', () => {
  assert.deepEqual(sentenceChunks(''), []);
});
