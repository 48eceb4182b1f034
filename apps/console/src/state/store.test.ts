import assert from 'node:assert/strict';
import test from 'node:test';
import { createStore } from './store.ts';

test('subscribers hear of changes only, and only while they are subscribed', () => {
  const store = createStore((state: number, action: number) => Math.max(state, action), 1);
  const heard: number[] = [];
  const unsubscribe = store.subscribe(() => heard.push(store.state()));
  store.dispatch(3);
  store.dispatch(2);
  store.dispatch(4);
  unsubscribe();
  store.dispatch(5);
  assert.deepEqual(heard, [3, 4]);
  assert.equal(store.state(), 5);
});
