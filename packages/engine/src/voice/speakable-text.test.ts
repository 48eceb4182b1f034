import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { speakableText } from './speakable-text.ts';

for (const [text, spoken] of [
  ['**Bold** and `code` with a [link](https://example.com/a?b=c).', 'Bold and code with a link.'],
  ['# Title\n- one\n- two', 'Title. one. two'],
  ['See https://www.example.com/path for <b>more</b>…', 'See example.com for more .'],
  ['It’s 5 °C — “cold” & wet', 'It\'s 5 degrees Celsius, "cold" and wet'],
  ['€20 or £3.50, 15 %', '20 euros or 3.50 pounds, 15 percent'],
  ['naïve Łódź Straße Ærø', 'naive lodz Strasse aero'],
  ['Hi 👋🏽 there 👨‍👩‍👧', 'Hi there'],
  ['```js\nlet a = 1;\n```\nDone.', 'Done.'],
] as const) {
  test(`[VOX4] ${JSON.stringify(text)} is said as "${spoken}"`, () => {
    assert.equal(speakableText(text).replace(/ +\./g, ' .'), spoken);
  });
}

test('[VOX4] texts with nothing to say become empty', () => {
  for (const text of ['', '   ', '😀🎉', '你好，世界', '...!?', '---', '\u0000\u0007']) {
    assert.equal(speakableText(text), '');
  }
});

test('[VOX4] whatever the text, what is said is printable ASCII without endless tokens', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const spoken = speakableText(text);
      assert.match(spoken, /^[\x20-\x7e]*$/);
      for (const token of spoken.split(' ')) assert.ok(token.length <= 80);
    }),
    { seed: 5, numRuns: 500 },
  );
});
