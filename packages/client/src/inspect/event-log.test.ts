import assert from 'node:assert/strict';
import test from 'node:test';
import { EventLog } from './event-log.ts';

function push(log: EventLog, type: string, sizeCharacters = 10): void {
  log.push({ direction: 'in', atMs: 0, event: { type }, sizeCharacters });
}

test('[CLI40] the oldest events leave when the log is full, and are counted', () => {
  const log = new EventLog({ capacityCount: 3, capacityCharacters: 1000 });
  for (const type of ['a', 'b', 'c', 'd', 'e']) push(log, type);
  assert.deepEqual(
    log.entries().map(({ event }) => event.type),
    ['c', 'd', 'e'],
  );
  assert.equal(log.droppedCount, 2);
});

test('[CLI40] large events make room for themselves', () => {
  const log = new EventLog({ capacityCount: 100, capacityCharacters: 50 });
  for (const type of ['a', 'b', 'c']) push(log, type, 20);
  assert.deepEqual(
    log.entries().map(({ event }) => event.type),
    ['b', 'c'],
  );
  push(log, 'larger than the log', 60);
  assert.deepEqual(log.entries(), []);
  assert.equal(log.droppedCount, 4);
});

test('[CLI40] sequence numbers never repeat, also after clearing', () => {
  const log = new EventLog({ capacityCount: 3, capacityCharacters: 20 });
  push(log, 'a');
  log.clear();
  push(log, 'b');
  push(log, 'c');
  assert.deepEqual(
    log.entries().map(({ sequence }) => sequence),
    [2, 3],
  );
});

test('[CLI40] the list stays the same object until the log changes', () => {
  const log = new EventLog();
  push(log, 'a');
  const before = log.entries();
  assert.equal(log.entries(), before);
  push(log, 'b');
  assert.notEqual(log.entries(), before);
  assert.equal(before.length, 1);
});
