import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fullKey } from '../auth/key-ring.ts';
import { NO_GRANTS } from '../testing/access-bench.ts';
import { errorOf, makeApp } from '../testing/app-under-test.ts';
import { createMetricsApp } from './create-metrics-app.ts';

suite('GET /metrics', () => {
  test('[MET1] is for keys with the scope metrics, or all scopes, and for no client secret', async () => {
    const reader = { ...fullKey('reader'), scopes: ['metrics'] as const };
    const other = { ...fullKey('other'), scopes: ['usage', 'calls'] as const };
    const { app, access } = await makeApp({ serverKeys: ['all'], fileKeys: [reader, other] });
    const made = await access.maker.make(
      { key: access.keys.find('all') },
      { grants: NO_GRANTS, ttlS: 60 },
    );
    assert.ok(made.isMinted);
    const ask = async (key?: string): Promise<{ statusCode: number; body: string }> =>
      app.inject({
        url: '/metrics',
        headers: {
          host: 'localhost',
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        },
      });
    for (const key of ['reader', 'all']) assert.equal((await ask(key)).body, 'prism_up 1\n');
    assert.equal(errorOf(await ask('other')).code, 'insufficient_permissions');
    assert.equal(errorOf(await ask(made.secret.value)).code, 'insufficient_permissions');
    assert.equal(errorOf(await ask('guess')).code, 'invalid_api_key');
    assert.equal(errorOf(await ask()).code, 'invalid_api_key');
  });

  test('[MET1] needs no key where none is asked for, and says what it is', async () => {
    const { app } = await makeApp();
    const { headers, statusCode } = await app.inject({ url: '/metrics' });
    assert.equal(statusCode, 200);
    assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/);
    assert.equal(headers['cache-control'], 'no-store');
  });

  test('[MET2] on a port of its own it needs no key, and there is nothing else', async () => {
    const app = createMetricsApp({ contentType: 'text/plain', scrape: async () => 'prism_up 1\n' });
    assert.equal((await app.inject({ url: '/metrics' })).body, 'prism_up 1\n');
    assert.equal((await app.inject({ url: '/v1/prism/info' })).statusCode, 404);
  });

  test('[MET15] requests are counted by their route as it was registered', async () => {
    const { app, answered } = await makeApp();
    await app.inject({ url: '/healthz?secret=1' });
    await app.inject({ method: 'POST', url: '/v1/realtime/calls/rtc_1/hangup' });
    await app.inject({ url: '/v1/what/a/client/writes' });
    assert.deepEqual(
      answered.map(({ route, httpStatus }) => [route, httpStatus]),
      [
        ['/healthz', 200],
        ['/v1/realtime/calls/:callId/hangup', 200],
        ['', 404],
      ],
    );
  });
});
