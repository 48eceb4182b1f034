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
    assert.match(body.value, /^ek_[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/);
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

  test('[SCR15] what prism asks besides is read whole, or refused with its path', async () => {
    const test_ = await makeApp({ serverKeys: ['server-key'] });
    const prism = {
      user: 'user-1',
      uses: 2,
      origins: ['https://app.example'],
      policy: {
        preset: 'locked',
        allowed_client_events: ['response.create'],
        allowed_server_events: 'all',
        context_bytes_max: 512,
      },
      limits: {
        session_seconds: 90.5,
        idle_seconds: 10,
        tokens: 1_000,
        audio_seconds: 60,
        cost_usd: 0.25,
        ending: 'spoken',
      },
    };
    const minted = await mint(test_, { prism }, 'server-key');
    assert.equal(minted.statusCode, 200, minted.body);
    const { value } = JSON.parse(minted.body) as { value: string };
    const headers = { ...HOST, authorization: `Bearer ${value}`, origin: 'https://app.example' };
    const admission = await test_.gate.admit(
      { headers, remoteAddress: '127.0.0.1', isTls: false },
      'sessions',
    );
    assert.ok(admission.isAdmitted);
    const { access } = admission.admitted;
    assert.equal(access.user, 'user-1');
    assert.deepEqual(access.policy, {
      preset: 'locked',
      allowedClientEvents: ['response.create'],
      allowedServerEvents: 'all',
      ownedFields: [],
      clientTools: undefined,
      contextBytesMax: 512,
    });
    assert.deepEqual(access.limits, {
      sessionMs: 90_500,
      idleMs: 10_000,
      tokens: 1_000,
      audioMs: 60_000,
      costMicroUsd: 250_000,
      ending: 'spoken',
    });
  });

  test('[SCR15] a member of prism that is wrong is named', async () => {
    const test_ = await makeApp();
    const cases: readonly (readonly [unknown, number, string, string])[] = [
      [null, 400, 'invalid_request', 'prism'],
      [{ agnet: 'x' }, 400, 'invalid_request', 'prism.agnet'],
      [{ agent: 'nobody' }, 404, 'agent_not_found', 'prism.agent'],
      [{ agent: '' }, 400, 'invalid_request', 'prism.agent'],
      [{ variables: { name: 1 } }, 400, 'invalid_request', 'prism.variables.name'],
      [{ user: 'x'.repeat(257) }, 400, 'invalid_request', 'prism.user'],
      [{ uses: 0 }, 400, 'invalid_request', 'prism.uses'],
      [{ uses: 1.5 }, 400, 'invalid_request', 'prism.uses'],
      [{ origins: [] }, 400, 'invalid_request', 'prism.origins'],
      [{ origins: ['https://a.example/'] }, 400, 'invalid_request', 'prism.origins.0'],
      [{ origins: ['null'] }, 400, 'invalid_request', 'prism.origins.0'],
      [{ policy: { preset: 'loose' } }, 400, 'invalid_request', 'prism.policy.preset'],
      [{ policy: { owned: [] } }, 400, 'invalid_request', 'prism.policy.owned'],
      [
        { policy: { allowed_client_events: 'some' } },
        400,
        'invalid_request',
        'prism.policy.allowed_client_events',
      ],
      [{ limits: { cost: 1 } }, 400, 'invalid_request', 'prism.limits.cost'],
      [{ limits: { cost_usd: -1 } }, 400, 'invalid_request', 'prism.limits.cost_usd'],
      [{ limits: { tokens: 0.5 } }, 400, 'invalid_request', 'prism.limits.tokens'],
      [{ limits: { ending: 'loud' } }, 400, 'invalid_request', 'prism.limits.ending'],
    ];
    for (const [prism, status, code, param] of cases) {
      const error = errorOf(await mint(test_, { prism }));
      assert.deepEqual([error.status, error.code, error.param], [status, code, param]);
    }
  });
});
