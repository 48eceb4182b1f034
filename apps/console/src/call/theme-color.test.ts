import assert from 'node:assert/strict';
import test from 'node:test';
import { THEME_COLORS, themeColorAction } from './theme-color.ts';

const CALL = { callId: 'c1', signal: new AbortController().signal };

test('[CLI51] every colour that the action offers is applied', () => {
  const applied: string[] = [];
  const action = themeColorAction((color) => applied.push(color));
  for (const color of THEME_COLORS)
    assert.deepEqual(action.handler({ color }, CALL), { ok: true, color });
  assert.deepEqual(applied, THEME_COLORS);
  action.handler({ color: ' Purple ' }, CALL);
  assert.equal(applied.at(-1), 'purple');
});

test('[CLI51] a colour that the page does not have is refused', () => {
  const action = themeColorAction(() => assert.fail('applied'));
  for (const input of [{ color: 'mauve' }, { color: 7 }, {}]) {
    assert.throws(() => action.handler(input, CALL), /red, orange/u);
  }
});
