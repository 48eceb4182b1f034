import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readUsage } from './read-usage.ts';
import { NO_TOKENS, totalOf } from './token-counts.ts';

test('[USE1] a response is divided into fresh and cached tokens of each kind, and they are its total', () => {
  const read = readUsage({
    total_tokens: 1_150,
    input_tokens: 1_000,
    output_tokens: 150,
    input_token_details: {
      text_tokens: 300,
      audio_tokens: 600,
      image_tokens: 100,
      cached_tokens: 500,
      cached_tokens_details: { text_tokens: 200, audio_tokens: 270, image_tokens: 30 },
    },
    output_token_details: { text_tokens: 40, audio_tokens: 110 },
  });
  assert.deepEqual(read?.tokens, {
    textIn: 100,
    textCachedIn: 200,
    textOut: 40,
    audioIn: 330,
    audioCachedIn: 270,
    audioOut: 110,
    imageIn: 70,
    imageCachedIn: 30,
  });
  assert.equal(totalOf(read.tokens), 1_150);
});

test('[USE2] what is not divided is counted where it is dearest for the budget', () => {
  const undivided = readUsage({
    input_tokens: 100,
    output_tokens: 90,
    input_token_details: { text_tokens: 30, audio_tokens: 60, cached_tokens: 20 },
    output_token_details: { audio_tokens: 50, reasoning_tokens: 25 },
  });
  assert.deepEqual(undivided?.tokens, {
    ...NO_TOKENS,
    textIn: 10,
    textCachedIn: 20,
    audioIn: 70,
    textOut: 25,
    audioOut: 65,
  });
  const bare = readUsage({ input_tokens: 5, output_tokens: 7, output_token_details: {} });
  assert.deepEqual(bare?.tokens, { ...NO_TOKENS, audioIn: 5, audioOut: 7 });
});

test('[USE3] a transcription is told in tokens, whose output is text, or by its length', () => {
  const byTokens = readUsage({
    type: 'tokens',
    total_tokens: 27,
    input_tokens: 20,
    output_tokens: 7,
    input_token_details: { text_tokens: 2, audio_tokens: 18 },
  });
  assert.deepEqual(byTokens, {
    tokens: { ...NO_TOKENS, textIn: 2, audioIn: 18, textOut: 7 },
    transcribedMs: 0,
  });
  assert.deepEqual(readUsage({ type: 'duration', seconds: 1.2344 }), {
    tokens: NO_TOKENS,
    transcribedMs: 1_235,
  });
});

test('[USE1] usage that can not be read is none, and never more than is told', () => {
  for (const usage of [
    undefined,
    null,
    7,
    {},
    { type: 'duration', seconds: -1 },
    { input_tokens: '5' },
  ])
    assert.equal(readUsage(usage), undefined);
  const count = fc.oneof(fc.nat({ max: 5_000 }), fc.constantFrom(undefined, null, -3, 1.5, 'x'));
  const usage = fc.record({
    input_tokens: fc.nat({ max: 5_000 }),
    output_tokens: fc.nat({ max: 5_000 }),
    input_token_details: fc.record({
      text_tokens: count,
      audio_tokens: count,
      image_tokens: count,
      cached_tokens: count,
      cached_tokens_details: fc.record({
        text_tokens: count,
        audio_tokens: count,
        image_tokens: count,
      }),
    }),
    output_token_details: fc.record({
      text_tokens: count,
      audio_tokens: count,
      reasoning_tokens: count,
    }),
  });
  const isCount = (value: unknown): value is number =>
    Number.isInteger(value) && Number(value) >= 0;
  fc.assert(
    fc.property(usage, (told) => {
      const counts = readUsage(told)?.tokens;
      assert.ok(counts !== undefined);
      assert.ok(Object.values(counts).every(isCount), JSON.stringify(counts));
      const named = (details: Readonly<Record<string, unknown>>): number =>
        ['text_tokens', 'audio_tokens', 'image_tokens'].reduce((sum, name) => {
          const value = details[name];
          return sum + (isCount(value) ? value : 0);
        }, 0);
      const input = Math.max(told.input_tokens, named(told.input_token_details));
      const output = Math.max(told.output_tokens, named(told.output_token_details));
      assert.equal(totalOf(counts), input + output);
    }),
    { seed: 20_261_126, numRuns: 500 },
  );
});
