import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { makeApp } from '../testing/app-under-test.ts';

suite('capacity over HTTP', () => {
  test('[CAP5] a server key is told what room there is', async () => {
    const { app } = await makeApp();
    const response = await app.inject({ method: 'GET', url: '/v1/prism/capacity' });
    assert.equal(response.statusCode, 200);
    assert.equal(response.headers['cache-control'], 'no-store');
    assert.deepEqual(response.json(), {
      object: 'prism.capacity',
      accepting: true,
      draining: false,
      reasons: [],
      sessions: { live: 3, max: 4, free: 1 },
      load: 0.75,
      parts: { sessions: 0.75, cpu: 0.123, event_loop: 0, media_tick: 0 },
    });
  });

  test('[HLT3] a server that is full is ready all the same, and warns', async () => {
    const warning = 'no new sessions: cpu';
    const { app } = await makeApp({ warnings: [warning] });
    const response = await app.inject({ method: 'GET', url: '/readyz' });
    assert.equal(response.statusCode, 200);
    assert.deepEqual(response.json(), { status: 'ready', reasons: [], warnings: [warning] });
  });

  test('[HLT1] /healthz says how late the event loop is', async () => {
    const { app } = await makeApp();
    const response = await app.inject({ method: 'GET', url: '/healthz' });
    assert.deepEqual(response.json(), { status: 'ok', event_loop_delay_ms: 3 });
  });
});
