import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { CallAnswer } from '../environment.ts';
import { find, httpAnswer, refused } from '../testing/fake-environment.ts';
import { callCheck } from './calls.ts';
import { healthCheck, readinessCheck, versionCheck, websocketCheck } from './server.ts';

const place = { url: new URL('https://voice.example.com/'), key: 'key-one' };
type Answer = Parameters<typeof httpAnswer>[0];
const answering = (answer: Answer) => ({ request: async () => httpAnswer(answer) });
const silent = { request: async () => refused('ECONNREFUSED') };

suite('checks of a running server', () => {
  test('[DOC17] health: Prism, something else, nothing', async () => {
    const well = await find(healthCheck(place), answering({ body: '{"status":"ok"}' }));
    assert.deepEqual([well.state, well.seen], ['ok', 'answers in 4.0 ms']);
    assert.equal((await find(healthCheck(place), answering({ body: '<html>' }))).state, 'fail');
    assert.equal((await find(healthCheck(place), answering({ status: 502 }))).state, 'fail');
    const none = await find(healthCheck(place), silent);
    assert.match(none.seen, /^https:\/\/voice\.example\.com can't be reached \(ECONNREFUSED\)$/);
  });

  test('[DOC17] readiness tells its reasons', async () => {
    assert.equal((await find(readinessCheck(place), answering({}))).state, 'ok');
    const body = '{"status":"not_ready","reasons":["draining","the engine has stopped"]}';
    const draining = await find(readinessCheck(place), answering({ status: 503, body }));
    assert.deepEqual(
      [draining.state, draining.seen],
      ['fail', 'takes no calls: draining; the engine has stopped'],
    );
    const strange = await find(readinessCheck(place), answering({ status: 500, body: 'oops' }));
    assert.match(strange.seen, /it gives no reason$/);
    assert.equal((await find(readinessCheck(place), silent)).state, 'fail');
  });

  test('[DOC17] version, upstream, and whether the key is taken', async () => {
    const info = (version: string) =>
      JSON.stringify({ version, upstream: { label: 'OpenAI', model: 'm' } });
    const well = await find(versionCheck(place), answering({ body: info('0.1.0') }));
    assert.deepEqual([well.state, well.seen], ['ok', 'Prism 0.1.0, OpenAI, model m']);
    assert.equal(
      (await find(versionCheck(place), answering({ body: info('0.2.0') }))).state,
      'warn',
    );
    const wrong = await find(versionCheck(place), answering({ status: 401 }));
    assert.equal(wrong.seen, 'it refuses the key');
    const keyless = await find(
      versionCheck({ ...place, key: undefined }),
      answering({ status: 401 }),
    );
    assert.equal(keyless.seen, 'it asks for a key');
    assert.match(
      (await find(versionCheck(place), answering({ status: 403 }))).seen,
      /localhost only/,
    );
    assert.equal((await find(versionCheck(place), answering({ body: '[]' }))).state, 'fail');
    assert.equal((await find(versionCheck(place), silent)).state, 'fail');
  });

  test('[DOC18] a WebSocket is upgraded, or what stands in the way is told', async () => {
    assert.equal((await find(websocketCheck(place), answering({ status: 101 }))).state, 'ok');
    const advices: readonly (readonly [number, RegExp])[] = [
      [401, /--key/],
      [403, /host name/],
      [426, /Connection and Upgrade/],
    ];
    for (const [status, advice] of advices) {
      const finding = await find(websocketCheck(place), answering({ status }));
      assert.equal(finding.state, 'fail');
      assert.match(finding.advice ?? '', advice);
    }
    assert.equal((await find(websocketCheck(place), silent)).state, 'fail');
  });
});

suite('checks by a call', () => {
  const WELL: CallAnswer = {
    answeredMs: 10,
    candidates: ['192.0.2.7 port 3478'],
    connectedMs: 40,
    channelMs: 41,
    sessionMs: 60,
    reportMs: 1_050,
    packetsSent: 50,
    packetsLost: 0,
    errorMessage: undefined,
  };
  const look = (answer: Partial<CallAnswer>, transport: 'udp' | 'tcp' = 'udp') =>
    find(callCheck(place, transport), { call: async () => ({ ...WELL, ...answer }) });

  test('[DOC19] a call that works is told with its times', async () => {
    const finding = await look({});
    assert.equal(finding.state, 'ok');
    assert.equal(
      finding.seen,
      'connected in 40 ms, data channel in 41 ms, session in 60 ms, 50 of 50 packets arrived',
    );
    assert.equal(finding.figures?.['connectedMs'], 40);
  });

  test('[DOC19] a call fails by the first thing that does not come', async () => {
    const unconnected = await look({ connectedMs: undefined, channelMs: undefined }, 'tcp');
    assert.equal(unconnected.seen, 'no media path to 192.0.2.7 port 3478');
    assert.match(unconnected.advice ?? '', /media port over TCP.*PRISM_PUBLIC_IP/);
    assert.match((await look({ channelMs: undefined })).seen, /data channel doesn't open/);
    assert.match((await look({ reportMs: undefined })).seen, /reports no sound/);
    const upstream = await look({
      errorMessage: 'The upstream answered HTTP 401.',
      reportMs: undefined,
    });
    assert.match(upstream.seen, /but: The upstream answered HTTP 401\.$/);
    for (const part of ['connectedMs', 'channelMs', 'reportMs'])
      assert.equal((await look({ [part]: undefined })).state, 'fail', part);
  });

  test('[DOC19] loss and a slow upstream are warned of', async () => {
    assert.equal((await look({ packetsLost: 1 })).state, 'ok');
    assert.equal((await look({ packetsLost: 2 })).state, 'warn');
    assert.equal((await look({ sessionMs: undefined })).state, 'warn');
  });

  test('[DOC19] a refused offer, and an answer without a way in', async () => {
    const refusedWith = (status: number) =>
      find(callCheck(place, 'udp'), { call: async () => ({ status, message: 'No room.' }) });
    assert.match((await refusedWith(0)).seen, /no answer \(No room\.\)/);
    assert.match((await refusedWith(429)).advice ?? '', /full or stopping/);
    assert.equal((await refusedWith(400)).seen, 'HTTP 400: No room.');
    assert.equal((await look({ candidates: [] })).state, 'fail');
    assert.equal((await look({ candidates: [] }, 'tcp')).state, 'skipped');
  });
});
