import assert from 'node:assert/strict';
import test from 'node:test';
import type { ConnectOptions } from '@prism/client';
import { CallPreparation } from './call-preparation.ts';

function bench(options: Partial<ConnectOptions> = {}) {
  const calls: { isClosed: boolean; close: () => void }[] = [];
  const clock = { nowMs: 0 };
  const preparation = new CallPreparation({
    options: () => ({ url: 'http://prism', ...options }),
    prepare: () => {
      const call = {
        isClosed: false,
        close: () => {
          call.isClosed = true;
        },
      };
      calls.push(call);
      return call;
    },
    nowMs: () => clock.nowMs,
  });
  return { calls, clock, preparation };
}

test('[PGD43] one call is prepared at a time, and another once that is too old', () => {
  const { calls, clock, preparation } = bench();
  preparation.begin();
  preparation.begin();
  assert.equal(calls.length, 1);
  clock.nowMs = 25_000;
  preparation.begin();
  assert.deepEqual(
    calls.map(({ isClosed }) => isClosed),
    [true, false],
  );
});

test('[PGD43] what is taken is the call’s, and what is closed is nobody’s', () => {
  const { calls, preparation } = bench();
  preparation.begin();
  assert.equal(preparation.take(), calls[0]);
  assert.equal(preparation.take(), undefined);
  preparation.close();
  assert.equal(calls[0]?.isClosed, false);
  preparation.begin();
  preparation.close();
  assert.equal(calls[1]?.isClosed, true);
  assert.equal(preparation.take(), undefined);
});

test('[PGD43] nothing is prepared for a WebSocket, nor with a client secret, which may be good for one call', () => {
  for (const options of [{ transport: 'websocket' as const }, { token: 'ek_secret' }]) {
    const { calls, preparation } = bench(options);
    preparation.begin();
    assert.equal(calls.length, 0);
  }
  const { calls, preparation } = bench({ token: 'key' });
  preparation.begin();
  assert.equal(calls.length, 1);
});
