import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { MonotonicMs } from './clock.ts';
import { DeadlineTable } from './deadline-table.ts';

const ms = (value: number): MonotonicMs => value as MonotonicMs;

suite('deadline table', () => {
  test('[MCH3] due deadlines come earliest first, each once', () => {
    const table = new DeadlineTable<'a' | 'b' | 'c'>();
    table.set('a', ms(30));
    table.set('b', ms(10));
    table.set('c', ms(20));
    assert.deepEqual(table.next(), { atMs: 10, reason: 'b' });
    assert.equal(table.takeDue(ms(9)), undefined);
    assert.deepEqual(
      [table.takeDue(ms(25)), table.takeDue(ms(25)), table.takeDue(ms(25))],
      ['b', 'c', undefined],
    );
    assert.deepEqual(table.next(), { atMs: 30, reason: 'a' });
  });

  test('[MCH3] a deadline set again moves, and a cleared one never comes', () => {
    const table = new DeadlineTable<'a' | 'b'>();
    table.set('a', ms(10));
    table.set('a', ms(50));
    table.set('b', ms(20));
    table.clear('b');
    assert.equal(table.takeDue(ms(49)), undefined);
    assert.equal(table.takeDue(ms(50)), 'a');
    table.set('a', ms(60));
    table.clearAll();
    assert.equal(table.next(), undefined);
  });
});
