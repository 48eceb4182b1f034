import assert from 'node:assert/strict';
import test from 'node:test';
import { THEME_COLORS, themeColorTool } from './theme-color.ts';

test('[CLI51] every colour that the tool offers is applied', () => {
  const applied: string[] = [];
  const tool = themeColorTool((color) => applied.push(color));
  for (const color of THEME_COLORS) assert.deepEqual(tool.handler({ color }), { ok: true, color });
  assert.deepEqual(applied, THEME_COLORS);
  tool.handler({ color: ' Purple ' });
  assert.equal(applied.at(-1), 'purple');
});

test('[CLI51] a colour that the page does not have is refused', () => {
  const tool = themeColorTool(() => assert.fail('applied'));
  for (const input of [{ color: 'mauve' }, { color: 7 }, {}]) {
    assert.throws(() => tool.handler(input), /red, orange/u);
  }
});
