import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RESUME_HISTORY_CHARS_MAX, RESUME_HISTORY_COUNT_MAX } from '@prism/protocol';
import { ClientHistory } from './client-history.ts';

function event(count: number, padding = ''): string {
  return JSON.stringify({ type: 'x', event_id: `event_${count}`, padding });
}

suite('what a client was told', () => {
  test('[MWS4] is told again from the event after the one that it had last', () => {
    const history = new ClientHistory();
    for (let count = 0; count < 20; count += 1) history.add(event(count));
    assert.deepEqual(history.after('event_17'), [event(18), event(19)]);
    assert.deepEqual(history.after('event_19'), []);
    assert.equal(history.after('event_1')?.length, 18);
    assert.equal(history.after('event_20'), undefined);
    assert.equal(history.after('event'), undefined);
  });

  test('[MWS14] is told from the beginning while all of it is remembered', () => {
    const history = new ClientHistory();
    assert.deepEqual(history.all(), []);
    for (let count = 0; count < RESUME_HISTORY_COUNT_MAX; count += 1) history.add(event(count));
    assert.equal(history.all()?.length, RESUME_HISTORY_COUNT_MAX);
    history.add(event(999));
    assert.equal(history.all(), undefined);
  });

  test('[MWS4] is forgotten beyond its bounds, oldest first', () => {
    const history = new ClientHistory();
    for (let count = 0; count <= RESUME_HISTORY_COUNT_MAX; count += 1) history.add(event(count));
    assert.equal(history.after('event_0'), undefined);
    assert.equal(history.after('event_1')?.length, RESUME_HISTORY_COUNT_MAX - 1);
    const large = new ClientHistory();
    const padding = 'p'.repeat(RESUME_HISTORY_CHARS_MAX / 2);
    for (let count = 0; count < 3; count += 1) large.add(event(count, padding));
    assert.equal(large.after('event_1'), undefined);
    assert.deepEqual(large.after('event_2'), []);
  });
});
