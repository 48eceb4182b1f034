import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DEFAULT_PRICES, DEFAULT_PRICES_DATE } from './default-prices.ts';

const GUIDE_URL = new URL('../../../../docs/guides/budgets.md', import.meta.url);

test("[USE4] the guide's prices are those of the table, with their date", () => {
  const guide = readFileSync(GUIDE_URL, 'utf8');
  assert.ok(guide.includes(`as OpenAI's model pages had them on ${DEFAULT_PRICES_DATE}`));
  const rows = Object.entries(DEFAULT_PRICES).map(([name, { perMillionTokens, perMinute }]) => {
    const price = (kinds: readonly (keyof NonNullable<typeof perMillionTokens>)[]): string =>
      perMillionTokens === undefined
        ? ''
        : `${kinds.map((kind) => perMillionTokens[kind] ?? 0).join(' / ')} `;
    const text = price(['textIn', 'textCachedIn', 'textOut']);
    const audio = price(['audioIn', 'audioCachedIn', 'audioOut']);
    const image = price(['imageIn', 'imageCachedIn']);
    const minute = perMinute === undefined ? '' : `${perMinute} `;
    return `| \`${name}\` | ${text}| ${audio}| ${image}| ${minute}|`;
  });
  const told = guide.split('\n').filter((line) => /^\| `(?:gpt|whisper|prism)-/.test(line));
  assert.deepEqual(told, rows);
});
