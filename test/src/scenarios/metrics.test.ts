import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { eventually } from '../harness/eventually.ts';
import { freeTcpPort } from '../harness/free-port.ts';
import { metricSeries } from '../harness/metric-series.ts';
import { startPrismOnFakeUpstream } from '../harness/prism-on-fake-upstream.ts';
import { SocketClient } from '../harness/socket-client.ts';

suite('metrics of a running server', () => {
  test('[MET7] [MET12] refusals are counted once each, at the door and behind it, over HTTP and WebSocket', async () => {
    const server = await startPrismOnFakeUpstream({ apiKeys: 'key', sessionCountMax: 1 });
    try {
      const headers = { authorization: 'Bearer key' };
      const open = (key: string): Promise<SocketClient> =>
        SocketClient.open(server.url, '/v1/realtime', {
          headers: { authorization: `Bearer ${key}` },
        });
      const first = await open('key');
      await eventually('session.created', () => first.eventOf('session.created'));
      const refused = await SocketClient.refused(server.url, '/v1/realtime', headers);
      assert.equal(refused.code, 'session_limit_reached');
      const offer = await fetch(`${server.url}/v1/realtime/calls`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/sdp' },
        body: 'v=0',
      });
      assert.equal(offer.status, 503);
      const guess = await open('guess');
      await eventually('close', () => guess.close);
      assert.equal((await fetch(`${server.url}/v1/prism/info`)).status, 401);
      const series = await metricSeries(server.url, headers);
      assert.equal(series.get('prism_session_refusals_total{code="session_limit_reached"}'), 2);
      assert.equal(series.get('prism_access_refusals_total{code="invalid_api_key"}'), 2);
      assert.equal(series.get('prism_sessions{state="live",transport="realtime_websocket"}'), 1);
      assert.equal(series.get('prism_upstream_dials_total{outcome="ready"}'), 1);
      first.socket.close();
    } finally {
      await server.close();
    }
  });

  test('[MET2] on a port of their own, or nowhere', async () => {
    const metricsPort = await freeTcpPort();
    const apart = await startPrismOnFakeUpstream({ apiKeys: 'key', metricsPort });
    const headers = { authorization: 'Bearer key' };
    try {
      const series = await metricSeries(`http://127.0.0.1:${metricsPort}`);
      assert.equal(series.get('prism_sessions_max'), 200);
      assert.equal((await fetch(`${apart.url}/metrics`, { headers })).status, 404);
    } finally {
      await apart.close();
    }
    await assert.rejects(fetch(`http://127.0.0.1:${metricsPort}/metrics`));
    const off = await startPrismOnFakeUpstream({ apiKeys: 'key', hasMetrics: false });
    try {
      assert.equal((await fetch(`${off.url}/metrics`, { headers })).status, 404);
    } finally {
      await off.close();
    }
  });
});
