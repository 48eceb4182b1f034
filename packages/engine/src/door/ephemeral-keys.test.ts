import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { closeOpened, connect, KEY, post, start } from '../testing-doubles/engine-bench.ts';

afterEach(closeOpened);

test('[ENG8] an ephemeral key is minted with the resolved session and opens sessions with it', async () => {
  const { engine, clock } = await start();
  const minted = await post(engine, {
    expires_after: { anchor: 'created_at', seconds: 60 },
    session: { type: 'realtime', model: 'gpt-realtime-2.1', instructions: 'Bound.' },
  });
  assert.equal(minted.status, 200);
  assert.match(String(minted.body['value']), /^ek_/);
  assert.equal(minted.body['expires_at'], Math.floor(clock.wallMs() / 1_000) + 60);
  const session = minted.body['session'] as Record<string, unknown>;
  assert.match(String(session['id']), /^sess_/);
  assert.deepEqual(
    [session['object'], session['expires_at'], session['instructions'], session['model']],
    ['realtime.session', 0, 'Bound.', 'gpt-realtime-2.1'],
  );
  const headers = { authorization: `Bearer ${String(minted.body['value'])}` };
  const created = await connect(engine, '', headers).next('session.created');
  const bound = created['session'] as Record<string, unknown>;
  assert.deepEqual([bound['instructions'], bound['model']], ['Bound.', 'gpt-realtime-2.1']);
  assert.notEqual(bound['expires_at'], 0);
  clock.advance(60_000);
  const end = await connect(engine, '', headers).ended;
  assert.ok(end.type === 'closed' && end.code === 3000);
});

test('[ENG8] a key bound to a transcription session opens one', async () => {
  const { engine } = await start();
  const { body } = await post(engine, { session: { type: 'transcription' } });
  const headers = { authorization: `Bearer ${String(body['value'])}` };
  const created = await connect(engine, '', headers).next('session.created');
  assert.equal((created['session'] as { type: string }).type, 'transcription');
});

test('[ENG8] minting asks for the key of the server and a body that makes sense', async () => {
  const { engine } = await start();
  const cases: readonly (readonly [unknown, Record<string, string>, number, string])[] = [
    [{}, {}, 401, 'invalid_api_key'],
    [{}, { authorization: 'Bearer ek_x' }, 401, 'invalid_api_key'],
    ['{', { authorization: `Bearer ${KEY}` }, 400, 'invalid_json'],
    [
      { expires_after: { seconds: 7_201 } },
      { authorization: `Bearer ${KEY}` },
      400,
      'invalid_value',
    ],
    [{ extra: 1 }, { authorization: `Bearer ${KEY}` }, 400, 'unknown_parameter'],
    ['x'.repeat(1_100_000), { authorization: `Bearer ${KEY}` }, 413, 'request_too_large'],
  ];
  for (const [body, headers, status, code] of cases) {
    const answer = await post(engine, body, headers);
    assert.equal(answer.status, status, code);
    assert.equal((answer.body['error'] as { code: string }).code, code);
  }
  assert.equal((await post(engine, '')).status, 200);
});

test('[ENG8] the type of a bound key wins over the intent of its client', async () => {
  const { engine } = await start();
  const { body } = await post(engine, { session: { type: 'realtime', instructions: 'Bound.' } });
  const headers = { authorization: `Bearer ${String(body['value'])}` };
  const created = await connect(engine, '?intent=transcription', headers).next('session.created');
  assert.equal((created['session'] as { instructions: string }).instructions, 'Bound.');
});
