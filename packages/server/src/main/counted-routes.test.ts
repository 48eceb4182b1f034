import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COUNTED_ROUTES } from '../observability/metrics/prism-metrics.ts';
import { makeApp } from '../testing/app-under-test.ts';

suite('routes that are counted', () => {
  test('[MET15] every route of the API is counted by itself, and none that is not there', async () => {
    const { routes } = await makeApp();
    const urls = new Set(routes.map(({ url }) => url));
    const ofApi = [...urls].filter((url) => url.startsWith('/v1/') && !url.includes('*'));
    assert.ok(ofApi.length > 10);
    for (const url of ofApi) assert.ok(COUNTED_ROUTES.includes(url), url);
    for (const url of COUNTED_ROUTES) assert.ok(url === 'other' || urls.has(url), url);
  });
});
