import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type AppUnderTest, errorOf, makeApp } from '../testing/app-under-test.ts';

const HOST = { host: 'localhost' };

interface Answer {
  readonly statusCode: number;
  readonly body: string;
  readonly headers: Record<string, unknown>;
}

async function mint({ app }: AppUnderTest, payload: unknown, key?: string): Promise<Answer> {
  return app.inject({
    method: 'POST',
    url: '/v1/realtime/client_secrets',
    headers: {
      ...HOST,
      'content-type': 'application/json',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  });
}

suite('client secrets over HTTP', () => {
  test('[SCR1] [SCR2] a secret comes with its expiry and the session it stands for', async () => {
    const test_ = await makeApp();
    const response = await mint(test_, {
      expires_after: { anchor: 'created_at', seconds: 60 },
      session: { type: 'realtime', model: 'gpt-realtime', instructions: 'Bound.' },
    });
    assert.equal(response.statusCode, 200);
    assert.equal(response.headers['cache-control'], 'no-store');
    const body = JSON.parse(response.body) as {
      value: string;
      expires_at: number;
      session: Record<string, unknown>;
    };
    assert.deepEqual(Object.keys(body), ['value', 'expires_at', 'session']);
    assert.equal(body.value, `ek_${'1'.padStart(32, '0')}`);
    assert.equal(body.expires_at, 1_800_000_060);
    assert.deepEqual(Object.keys(body.session), [
      'type',
      'object',
      'id',
      'model',
      'output_modalities',
      'instructions',
      'tools',
      'tool_choice',
      'max_output_tokens',
      'tracing',
      'truncation',
      'prompt',
      'expires_at',
      'audio',
      'include',
    ]);
    assert.deepEqual(
      ['id', 'model', 'instructions', 'expires_at'].map((key) => body.session[key]),
      ['sess_1', 'gpt-realtime', 'Bound.', 0],
    );
    assert.match(response.body, /"voice":"alloy"/);
  });

  test('[SCR1] everything in the body may be left out, the body too', async () => {
    const test_ = await makeApp();
    const empty = { method: 'POST', url: '/v1/realtime/client_secrets', headers: HOST } as const;
    for (const response of [
      await mint(test_, {}),
      await mint(test_, ''),
      await mint(test_, { expires_after: {} }),
      await test_.app.inject(empty),
    ]) {
      assert.equal(response.statusCode, 200, response.body);
      assert.match(response.body, /"expires_at":1800000600,/);
      assert.match(response.body, /"model":"gpt-realtime-2.1"/);
    }
  });

  test('[SCR4] what is wrong in the body is named by its path', async () => {
    const test_ = await makeApp();
    const cases: readonly (readonly [unknown, string, string | null])[] = [
      [{ expires_after: { seconds: 9 } }, 'invalid_request', 'expires_after.seconds'],
      [{ expires_after: { seconds: 7_201 } }, 'invalid_request', 'expires_after.seconds'],
      [{ expires_after: { seconds: '60' } }, 'invalid_request', 'expires_after.seconds'],
      [{ expires_after: { seconds: 60.5 } }, 'invalid_request', 'expires_after.seconds'],
      [{ expires_after: { anchor: 'now' } }, 'invalid_request', 'expires_after.anchor'],
      [{ expires_after: { minutes: 1 } }, 'invalid_request', 'expires_after.minutes'],
      [{ sesion: {} }, 'invalid_request', 'sesion'],
      [{ session: { model: 'm' } }, 'invalid_session', 'session.type'],
      [{ session: null }, 'invalid_session', 'session'],
      [
        { session: { type: 'realtime', max_output_tokens: 0 } },
        'invalid_session',
        'session.max_output_tokens',
      ],
      ['null', 'invalid_request', null],
      ['[]', 'invalid_request', null],
      ['{', 'invalid_request', null],
    ];
    for (const [body, code, param] of cases) {
      const error = errorOf(await mint(test_, body));
      assert.deepEqual(
        [error.status, error.code, error.param],
        [400, code, param],
        JSON.stringify(body),
      );
    }
    for (const seconds of [10, 7_200])
      assert.equal((await mint(test_, { expires_after: { seconds } })).statusCode, 200);
    const large = { session: { type: 'realtime', instructions: 'x'.repeat(262_144) } };
    assert.equal(errorOf(await mint(test_, large)).code, 'request_too_large');
  });

  test('[SCR5] [SCR7] a secret opens the API until it expires, and makes no secrets', async () => {
    const test_ = await makeApp({ serverKeys: ['server-key'] });
    const { value } = JSON.parse((await mint(test_, {}, 'server-key')).body) as { value: string };
    const call = async (): Promise<Answer> =>
      test_.app.inject({
        method: 'POST',
        url: '/v1/realtime/calls',
        headers: { ...HOST, authorization: `Bearer ${value}`, 'content-type': 'application/sdp' },
        payload: 'v=0',
      });
    assert.equal((await call()).statusCode, 201);
    const breeding = errorOf(await mint(test_, {}, value));
    assert.deepEqual([breeding.status, breeding.code], [403, 'insufficient_permissions']);
    test_.nowMs += 600_000;
    const expired = errorOf(await call());
    assert.deepEqual([expired.status, expired.code], [401, 'ephemeral_key_expired']);
    assert.equal(errorOf(await mint(test_, {})).code, 'invalid_api_key');
  });
});
