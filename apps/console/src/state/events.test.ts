import assert from 'node:assert/strict';
import test from 'node:test';
import { EventLog } from '@prism/client/inspect';
import { EventFinder, exportEvents, familiesOf, WHOLE_LOG } from './event-query.ts';
import { rowWindow } from './row-window.ts';

function logOf(types: readonly string[], capacityCount = 1000): EventLog {
  const log = new EventLog({ capacityCount, capacityCharacters: 1e6 });
  for (const type of types) {
    const direction = type === 'response.create' ? 'out' : 'in';
    log.push({ direction, atMs: 0, sizeCharacters: 10, event: { type, detail: `Über ${type}` } });
  }
  return log;
}

const TYPES = [
  'session.created',
  'response.create',
  'response.created',
  'response.output_audio_transcript.delta',
  'response.done',
  'error',
];

const typesOf = (entries: ReturnType<EventLog['entries']>) =>
  entries.map(({ event }) => event.type);

test('[PGD9] events are found by direction, family and text; deltas only if they are asked for', () => {
  const entries = logOf(TYPES).entries();
  const find = (change: object) =>
    typesOf(new EventFinder().find(entries, { ...WHOLE_LOG, ...change }));
  assert.equal(find({}).length, 5);
  assert.equal(find({ hasDeltas: true }).length, 6);
  assert.deepEqual(find({ direction: 'out' }), ['response.create']);
  assert.deepEqual(find({ family: 'response' }), [
    'response.create',
    'response.created',
    'response.done',
  ]);
  assert.deepEqual(find({ text: ' ÜBER ERROR ' }), ['error']);
  assert.deepEqual(find({ text: '"type":"session' }), ['session.created']);
  assert.deepEqual(find({ text: 'nowhere' }), []);
  assert.deepEqual(familiesOf(entries), [
    ['error', 1],
    ['response', 4],
    ['session', 1],
  ]);
});

test('[PGD9] what was found grows with the log, and loses what leaves it', () => {
  const finder = new EventFinder();
  const log = logOf([], 3);
  const query = { ...WHOLE_LOG, text: 'response' };
  for (const type of TYPES) {
    log.push({ direction: 'in', atMs: 0, sizeCharacters: 1, event: { type } });
    assert.deepEqual(
      finder.find(log.entries(), query),
      new EventFinder().find(log.entries(), query),
      type,
    );
  }
  assert.deepEqual(typesOf(finder.find(log.entries(), query)), ['response.done']);
  log.clear();
  assert.deepEqual(finder.find(log.entries(), query), []);
});

test('[PGD10] an export is JSON with direction, time and event', () => {
  const [entry] = logOf(['error']).entries();
  assert.ok(entry !== undefined);
  assert.deepEqual(JSON.parse(exportEvents([entry])), [
    { direction: 'received', at: '1970-01-01T00:00:00.000Z', event: entry.event },
  ]);
});

test('[PGD11] of a long list only what is in view and a little more is rendered', () => {
  const view = { rowCount: 5000, rowHeightPixels: 34, viewHeightPixels: 680 };
  assert.deepEqual(rowWindow({ ...view, scrollTopPixels: 0 }), { start: 0, end: 36 });
  assert.deepEqual(rowWindow({ ...view, scrollTopPixels: 3400 }), { start: 92, end: 128 });
  assert.deepEqual(rowWindow({ ...view, scrollTopPixels: 1e9 }), { start: 4964, end: 5000 });
  assert.deepEqual(rowWindow({ ...view, rowCount: 3, scrollTopPixels: 500 }), { start: 0, end: 3 });
});
