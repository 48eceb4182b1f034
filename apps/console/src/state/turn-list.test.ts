import assert from 'node:assert/strict';
import test from 'node:test';
import type { TurnLatency } from '@prism/client';
import { addTurn, medianFeltMs, partsOf, type ShownTurn, TURN_COUNT_MAX } from './turn-list.ts';

const SPOKEN: TurnLatency = {
  turn: 1,
  origin: 'speech',
  noticedMs: 550,
  createdMs: 20,
  signalledMs: 320,
  audibleMs: 400,
  voiceToVoiceMs: 950,
};

test('[PGD8] the parts of a turn add up to what was felt', () => {
  const parts = partsOf(SPOKEN);
  assert.deepEqual(
    parts.map(({ name, durationMs }) => [name, durationMs]),
    [
      ['noticed', 550],
      ['created', 20],
      ['signalled', 300],
      ['heard', 80],
    ],
  );
  const [turn] = addTurn([], SPOKEN);
  assert.equal(turn?.totalMs, SPOKEN.voiceToVoiceMs);
});

test('[PGD8] a part that is not known is left out', () => {
  assert.deepEqual(partsOf({ turn: 1, origin: 'text', signalledMs: 90 }), [
    { name: 'signalled', durationMs: 90 },
  ]);
  assert.deepEqual(partsOf({ turn: 1, origin: 'text' }), []);
});

test('[PGD8] sound that comes before its event makes no negative part', () => {
  const parts = partsOf({ turn: 1, origin: 'speech', signalledMs: 300, audibleMs: 290 });
  assert.deepEqual(
    parts.map(({ durationMs }) => durationMs),
    [300, 0],
  );
});

test('[PGD8] what comes later of a turn completes it, and the newest fifty turns are kept', () => {
  let turns: readonly ShownTurn[] = [];
  for (let turn = 1; turn <= 60; turn += 1) {
    turns = addTurn(turns, { turn, origin: 'text', createdMs: 10 });
    turns = addTurn(turns, { turn, origin: 'text', createdMs: 10, audibleMs: 100 + turn });
  }
  assert.equal(turns.length, TURN_COUNT_MAX);
  assert.equal(turns.at(-1)?.totalMs, 160);
  assert.deepEqual([medianFeltMs(turns), medianFeltMs(turns.slice(0, 1))], [135.5, 111]);
  assert.equal(medianFeltMs([]), undefined);
});
