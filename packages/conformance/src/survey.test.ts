import assert from 'node:assert/strict';
import { test } from 'node:test';
import { surveyServer } from './survey.ts';
import { FakeHttp, FakeServer, fakeStage, turns } from './testing/fake-server.ts';

const asked = { isUnauthenticated: false, without: [] };

test('[KIT4] endpoints and session types that are not there are found, with what was answered', async () => {
  const http = new FakeHttp();
  http.answer = { status: 404, headers: {}, json: { error: { code: 'unknown_url' } }, text: '' };
  const survey = await surveyServer({ ...fakeStage(new FakeServer(), http), ...asked });
  assert.ok(survey.ok);
  assert.deepEqual(Object.fromEntries(survey.lacks), {
    speech: 'no recording of speech was given',
    'http-client-secrets': 'it is answered with HTTP 404',
    'webrtc-calls': 'a hangup is answered with HTTP 404',
  });
});

test('[KIT4] a call that is not found is a sign of calls, and what is left out is named', async () => {
  const http = new FakeHttp();
  const json = { error: { code: 'call_id_not_found' } };
  http.answer = { status: 404, headers: {}, json, text: '' };
  const survey = await surveyServer({
    ...fakeStage(new FakeServer(), http),
    speech: new Int16Array(1),
    isUnauthenticated: true,
    without: ['tools'],
  });
  assert.ok(survey.ok);
  assert.deepEqual(Object.fromEntries(survey.lacks), {
    authentication: '--allow-unauthenticated',
    'http-client-secrets': 'it is answered with HTTP 404',
    tools: 'left out with --without',
  });
});

test('[KIT9] a server that opens no session is unusable, and it is said why', async () => {
  const reasonWith = async (prepare: (server: FakeServer) => void): Promise<string> => {
    const server = new FakeServer();
    prepare(server);
    const stage = fakeStage(server);
    const survey = surveyServer({ ...stage, ...asked });
    await turns();
    stage.clock.advance(1_000);
    const result = await survey;
    assert.ok(!result.ok);
    return result.reason;
  };
  const silent = await reasonWith((server) => {
    server.greeting.length = 0;
  });
  assert.match(silent, /no Realtime server: expected a first event, got nothing within 1000 ms/);
  const other = await reasonWith((server) => {
    server.greeting.splice(0, 1, { type: 'hello' });
  });
  assert.equal(other, 'this is no Realtime server: its first event is {"type":"hello"}');
  const key = await reasonWith((server) => {
    server.greeting.splice(0, 1, { type: 'error', error: { code: 'invalid_api_key' } });
  });
  assert.match(key, /refuses the key/);
  const refused = await reasonWith((server) => {
    server.refusal = { type: 'refused', status: 401, body: '' };
  });
  assert.equal(refused, 'no session is opened: HTTP 401; give a key with --key');
  const absent = await reasonWith((server) => {
    server.refusal = { type: 'unreachable', reason: 'ECONNREFUSED' };
  });
  assert.equal(absent, 'nothing answers there: ECONNREFUSED');
});
