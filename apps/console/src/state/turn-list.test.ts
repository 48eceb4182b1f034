import assert from 'node:assert/strict';
import test from 'node:test';
import type { TurnLatency } from '@prism/client/inspect';
import { readServerTurn } from './server-turn.ts';
import {
  addServerTurn,
  addTurn,
  feltMs,
  medianFeltMs,
  partsOf,
  type ShownTurn,
  TURN_COUNT_MAX,
  widthMs,
} from './turn-list.ts';

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
  assert.ok(turn !== undefined);
  assert.equal(widthMs(turn), SPOKEN.voiceToVoiceMs);
  assert.equal(feltMs(turn), 950);
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
  assert.equal(turns.at(-1)?.latency?.audibleMs, 160);
  assert.deepEqual([medianFeltMs(turns), medianFeltMs(turns.slice(0, 1))], [135.5, 111]);
  assert.equal(medianFeltMs([]), undefined);
});

const told = (turn: number, responseId: string, playoutMs: number) => ({
  type: 'prism.turn.latency',
  turn,
  response_id: responseId,
  error_ms: 12,
  parts: [
    { part: 'uplink', start_ms: 0, duration_ms: 30 },
    { part: 'teleport', start_ms: 30, duration_ms: 5 },
    { part: 'playout', start_ms: 30, duration_ms: playoutMs },
    { part: 'silence' },
  ],
});

test('[PGD36] the parts that the server tells are read, others left out', () => {
  assert.deepEqual(readServerTurn(told(2, 'resp_2', 70)), {
    turn: 2,
    responseId: 'resp_2',
    errorMs: 12,
    totalMs: 100,
    parts: [
      { name: 'uplink', durationMs: 30 },
      { name: 'playout', durationMs: 70 },
    ],
  });
  assert.equal(readServerTurn({ type: 'prism.turn.latency', turn: 1, parts: [] }), undefined);
  assert.equal(readServerTurn({ ...told(1, 'r', 1), type: 'response.done' }), undefined);
});

test('[PGD36] both measures of a turn stand in one row, whichever comes first', () => {
  const local = { ...SPOKEN, responseId: 'resp_1', spokenResponseId: 'resp_2' };
  const server = readServerTurn(told(7, 'resp_2', 70));
  assert.ok(server !== undefined);
  const final = { ...server, totalMs: 101 };
  const rows = [
    addServerTurn(addServerTurn(addTurn([], local), server), final),
    addServerTurn(addTurn(addServerTurn([], server), local), final),
  ];
  for (const turns of rows) {
    assert.equal(turns.length, 1);
    assert.equal(turns[0]?.latency, local);
    assert.equal(turns[0]?.server, final);
  }
  const greeting = addServerTurn(rows[0] ?? [], { ...server, turn: 8, responseId: 'resp_9' });
  assert.deepEqual(
    greeting.map(({ id, latency }) => [id, latency?.turn]),
    [
      [1, 1],
      [2, undefined],
    ],
  );
});
