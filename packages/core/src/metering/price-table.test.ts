import assert from 'node:assert/strict';
import { test } from 'node:test';
import { priceTableWith } from './metering-options.ts';
import { NO_TOKENS } from './token-counts.ts';

const PRICES = priceTableWith({
  'my-model': { perMillionTokens: { textIn: 0.4, audioOut: 64 } },
  'my-model-mini': { perMillionTokens: { textIn: 0.1 } },
});

function cost(model: string | undefined, tokens: object, transcribedMs = 0): number | undefined {
  return PRICES.costOf(model, { tokens: { ...NO_TOKENS, ...tokens }, transcribedMs });
}

test('[USE4] the longest beginning of the name counts, in whole millionths, rounded up', () => {
  assert.equal(cost('my-model', { textIn: 1_000, audioOut: 20 }), 400 + 1_280);
  assert.equal(cost('my-model-2026-11-01', { textIn: 1 }), 1);
  assert.equal(cost('my-model-mini', { textIn: 1_000 }), 100);
  assert.equal(cost('my-model', {}), 0);
});

test('[USE4] the table that Prism comes with has the models of its date', () => {
  // 100 s of user and 50 s of model, all fresh: $0.032 and $0.064.
  assert.equal(cost('gpt-realtime-2.1', { audioIn: 1_000, audioOut: 1_000 }), 32_000 + 64_000);
  assert.equal(cost('gpt-realtime-2.1-mini', { audioIn: 1_000, audioCachedIn: 1_000 }), 10_300);
  assert.equal(cost('gpt-realtime-2025-08-28', { textOut: 1_000 }), 16_000);
  assert.equal(cost('prism-engine', { audioOut: 1_000 }), 0);
});

test('[USE3] [USE4] a transcription by the minute costs its length, however that is told', () => {
  assert.equal(cost('whisper-1', {}, 60_000), 6_000);
  assert.equal(cost('whisper-1', {}, 1), 1);
  assert.equal(cost('gpt-realtime-whisper', { audioIn: 600 }), 17_000);
});

test('[USE5] what has no price has none', () => {
  assert.equal(cost('somebody-else', { textIn: 1 }), undefined);
  assert.equal(cost(undefined, { textIn: 1 }), undefined);
  assert.equal(cost('my-model', {}, 1_000), undefined);
});
