import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { errorOf, makeApp } from '../testing/app-under-test.ts';

const KEY = 'sk-server';

suite('ICE servers over HTTP', () => {
  test('[TRN1] [TRN4] a server key and a client secret each get servers, nobody else does', async () => {
    const { app } = await makeApp({ serverKeys: [KEY] });
    const get = async (key?: string) =>
      app.inject({
        method: 'GET',
        url: '/v1/realtime/ice-servers',
        headers: {
          host: 'localhost',
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        },
      });
    const minted = await app.inject({
      method: 'POST',
      url: '/v1/realtime/client_secrets',
      headers: { host: 'localhost', authorization: `Bearer ${KEY}` },
    });
    const { value } = JSON.parse(minted.body) as { value: string };
    for (const key of [KEY, value]) {
      const response = await get(key);
      assert.equal(response.statusCode, 200);
      assert.equal(response.headers['cache-control'], 'no-store');
      const body = JSON.parse(response.body) as { ice_servers: object[]; ttl: number };
      assert.equal(body.ttl, 600);
      assert.deepEqual(Object.keys(body.ice_servers[0] ?? {}), ['urls', 'username', 'credential']);
    }
    assert.equal(errorOf(await get()).code, 'invalid_api_key');
    assert.equal(errorOf(await get('ek_unknown')).code, 'invalid_api_key');
  });
});
