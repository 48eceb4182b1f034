import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { AccessBench, NO_GRANTS } from '../testing/access-bench.ts';
import { admit, fileKey, secretOf } from '../testing/gate-caller.ts';
import { presentedKeyOf } from './presented-key.ts';
import { SCOPES } from './scopes.ts';

/** `in`, or the code of the refusal. */
async function verdict(...args: Parameters<typeof admit>): Promise<string> {
  const admission = await admit(...args);
  return admission.isAdmitted ? 'in' : admission.error.code;
}

suite('keys', () => {
  test('[HTP5] with server keys one of them is asked for', async () => {
    const bench = new AccessBench({ serverKeys: ['key-1', 'key-2'] });
    for (const key of ['key-1', 'key-2']) assert.equal(await verdict(bench, key), 'in');
    for (const key of [undefined, '', 'key-', 'key-11', 'KEY-1'])
      assert.equal(await verdict(bench, key), 'invalid_api_key', String(key));
  });

  test('[MET7] who is not let in is counted by code, and by the rate that was exceeded', async () => {
    const counted: string[] = [];
    const bench = new AccessBench({
      serverKeys: ['key'],
      rates: {
        count: async (rate) =>
          rate === 'secrets_per_key' ? { isWithin: false, retryAfterMs: 1 } : { isWithin: true },
        look: async () => ({ isWithin: true }),
      },
      watch: {
        refused: (code) => counted.push(code),
        rateExceeded: (rate) => counted.push(rate),
      },
    });
    await verdict(bench, 'key');
    await verdict(bench, 'guess');
    await verdict(bench, 'key', 'secrets');
    assert.deepEqual(counted, ['invalid_api_key', 'secrets_per_key', 'rate_limit_exceeded']);
  });

  test('[KEY1] without server keys any key is taken, but a dead client secret is not', async () => {
    const bench = new AccessBench();
    for (const key of [undefined, 'sk-of-somebody', 'anything'])
      assert.equal(await verdict(bench, key, 'secrets'), 'in');
    const secret = await secretOf(bench);
    assert.equal(await verdict(bench, secret), 'in');
    bench.nowMs += 3_600_000;
    assert.equal(await verdict(bench, secret), 'ephemeral_key_expired');
    assert.equal(await verdict(bench, 'ek_of_somewhere_else'), 'invalid_api_key');
    // A file without keys lets nobody in.
    assert.equal(await verdict(new AccessBench({ fileKeys: [] }), 'anything'), 'invalid_api_key');
  });

  test('[KEY1] what comes through a proxy is not this machine', async () => {
    const bench = new AccessBench({ trustedProxies: ['127.0.0.0/8'] });
    for (const headers of [
      { 'x-forwarded-for': '203.0.113.1' },
      { forwarded: 'for=127.0.0.1' },
      { 'x-real-ip': '203.0.113.1' },
    ])
      assert.equal(await verdict(bench, 'anything', ['any_key', headers]), 'invalid_api_key');
  });

  test('[KEY2] a key comes as Bearer, in api-key, or as a subprotocol', () => {
    assert.equal(presentedKeyOf({ authorization: 'Bearer k1' }), 'k1');
    assert.equal(presentedKeyOf({ authorization: 'bearer k1' }), 'k1');
    assert.equal(presentedKeyOf({ 'api-key': 'k2' }), 'k2');
    assert.equal(presentedKeyOf({ authorization: 'Bearer k1', 'api-key': 'k2' }), 'k1');
    const protocols = { 'sec-websocket-protocol': 'realtime, openai-insecure-api-key.k3' };
    assert.equal(presentedKeyOf(protocols), 'k3');
    assert.equal(presentedKeyOf({ ...protocols, 'api-key': 'k2' }), 'k2');
    assert.equal(presentedKeyOf({ authorization: 'Basic k1' }), undefined);
    assert.equal(presentedKeyOf({ 'api-key': '' }), undefined);
    assert.equal(presentedKeyOf({}), undefined);
  });

  test('[KEY3] keys of settings and file count together, until they are revoked or end', async () => {
    const bench = new AccessBench({
      serverKeys: ['plain'],
      fileKeys: [
        fileKey('good', ['admin']),
        fileKey('gone', ['admin'], { isRevoked: true }),
        fileKey('ending', ['admin'], { expiresAtS: 1_800_000_010 }),
      ],
    });
    for (const key of ['plain', 'good', 'ending'])
      assert.equal(await verdict(bench, key), 'in', key);
    assert.equal(await verdict(bench, 'gone'), 'invalid_api_key');
    bench.nowMs = 1_800_000_010_000;
    assert.equal(await verdict(bench, 'ending'), 'invalid_api_key');
    const admission = await admit(bench, 'good');
    assert.ok(admission.isAdmitted);
    assert.deepEqual(
      [admission.admitted.access.keyId, admission.admitted.access.policy.preset],
      ['id-good', 'open'],
    );
    bench.keys.replaceFile([
      fileKey('good', ['admin'], { isRevoked: true }),
      fileKey('new', ['admin']),
    ]);
    assert.equal(await verdict(bench, 'good'), 'invalid_api_key');
    assert.equal(await verdict(bench, 'new'), 'in');
    assert.equal(await verdict(bench, 'plain'), 'in');
  });

  test('[KEY4] a key opens what its scopes name, and is told which one it lacks', async () => {
    const bench = new AccessBench({ fileKeys: SCOPES.map((scope) => fileKey(scope, [scope])) });
    for (const scope of SCOPES) {
      assert.equal(await verdict(bench, scope, 'any_key'), 'in');
      for (const need of SCOPES) {
        const admission = await admit(bench, scope, need);
        if (scope === need || scope === 'admin') assert.ok(admission.isAdmitted);
        else {
          assert.ok(!admission.isAdmitted);
          assert.equal(admission.error.code, 'insufficient_permissions');
          assert.ok(admission.error.message.includes(`'${need}'`));
          assert.ok(admission.error.message.includes(`'label of ${scope}'`));
        }
      }
    }
  });
});

suite('client secrets at the gate', () => {
  test('[SCR7] [KEY4] a secret opens sessions and controls calls, and nothing else', async () => {
    const bench = new AccessBench({ serverKeys: ['key'] });
    const secret = await secretOf(bench, {}, 'key');
    for (const need of ['any_key', 'sessions', 'calls'] as const)
      assert.equal(await verdict(bench, secret, need), 'in');
    for (const need of ['secrets', 'usage', 'admin'] as const)
      assert.equal(await verdict(bench, secret, need), 'insufficient_permissions');
    assert.equal(
      await verdict(new AccessBench(), await secretOf(new AccessBench()), 'secrets'),
      'in',
    );
  });

  test('[SCR5] an expired secret opens nothing, and controls its calls for a day', async () => {
    const bench = new AccessBench({ serverKeys: ['key'] });
    const secret = await secretOf(bench, { usesMax: 1 }, 'key');
    bench.nowMs += 600_000;
    for (const need of ['sessions', 'any_key', 'secrets', 'admin'] as const)
      assert.equal(await verdict(bench, secret, need), 'ephemeral_key_expired');
    const admission = await admit(bench, secret, 'calls');
    assert.ok(admission.isAdmitted && admission.admitted.access.tokenId !== undefined);
    bench.nowMs += 24 * 3_600_000;
    assert.equal(await verdict(bench, secret, 'calls'), 'invalid_api_key');
  });

  test('[SCR10] a secret of two uses opens two sessions, and controls its calls after', async () => {
    const bench = new AccessBench();
    const secret = await secretOf(bench, { usesMax: 2 });
    for (const _use of [1, 2]) {
      const admission = await admit(bench, secret, 'sessions');
      assert.ok(admission.isAdmitted);
      const opener = { access: admission.admitted.access, countedAddress: undefined };
      assert.equal(bench.places.refusal(opener), undefined);
      bench.places.opened(opener);
      bench.places.closed(opener);
    }
    assert.equal(await verdict(bench, secret, 'sessions'), 'client_secret_used_up');
    assert.equal(await verdict(bench, secret, 'any_key'), 'client_secret_used_up');
    assert.equal(await verdict(bench, secret, 'calls'), 'in');
  });

  test('[SCR10] of many who were let in at once with one use, one opens a session', async () => {
    const bench = new AccessBench();
    const secret = await secretOf(bench, { usesMax: 1 });
    const admissions = await Promise.all(
      Array.from({ length: 50 }, async () => admit(bench, secret, 'sessions')),
    );
    let openedCount = 0;
    for (const admission of admissions) {
      assert.ok(admission.isAdmitted);
      const opener = { access: admission.admitted.access, countedAddress: undefined };
      if (bench.places.refusal(opener)?.code === 'client_secret_used_up') continue;
      bench.places.opened(opener);
      openedCount += 1;
    }
    assert.equal(openedCount, 1);
  });

  test('[SCR10] a full ledger refuses rather than to forget', async () => {
    const bench = new AccessBench({ countedMax: 2 });
    const secrets = await Promise.all([1, 1, 1].map((usesMax) => secretOf(bench, { usesMax })));
    assert.deepEqual(
      [
        await verdict(bench, secrets[0], 'sessions'),
        await verdict(bench, secrets[1], 'sessions'),
        await verdict(bench, secrets[2], 'sessions'),
        await verdict(bench, secrets[0], 'sessions'),
      ],
      ['in', 'in', 'client_secret_uses_not_counted', 'in'],
    );
    assert.equal(bench.uses.refusedCount, 1);
    const grants = { ...NO_GRANTS, usesMax: 1 };
    const made = await bench.maker.make({ key: undefined }, { grants, ttlS: 600 });
    assert.ok(!made.isMinted && made.error.code === 'client_secret_uses_not_counted');
    // Secrets that aren't counted are none of the ledger's business.
    assert.equal(await verdict(bench, await secretOf(bench), 'sessions'), 'in');
    bench.nowMs += 601_000;
    assert.equal(await verdict(bench, await secretOf(bench, { usesMax: 1 }), 'sessions'), 'in');
    assert.equal(bench.uses.count, 1);
  });

  test('[SCR11] a secret that is bound to origins comes from pages of these', async () => {
    const bench = new AccessBench();
    const secret = await secretOf(bench, { origins: ['https://app.example'] });
    const from = async (origin?: string): Promise<string> =>
      verdict(bench, secret, ['sessions', origin === undefined ? {} : { origin }]);
    assert.equal(await from('https://app.example'), 'in');
    assert.equal(await from(), 'origin_not_allowed');
    assert.equal(await from('http://localhost'), 'origin_not_allowed');
    // It doesn't let in who the server doesn't.
    const foreign = await secretOf(bench, { origins: ['https://evil.example'] });
    const origin = 'https://evil.example';
    assert.equal(await verdict(bench, foreign, ['sessions', { origin }]), 'origin_not_allowed');
  });

  test('[SCR12] a secret ends with its key', async () => {
    const bench = new AccessBench({
      fileKeys: [fileKey('ending', ['secrets'], { expiresAtS: 1_800_000_100 })],
    });
    const secret = await secretOf(bench, {}, 'ending');
    assert.equal(await verdict(bench, secret, 'sessions'), 'in');
    bench.nowMs = 1_800_000_100_000;
    assert.equal(await verdict(bench, secret, 'sessions'), 'ephemeral_key_expired');
    const again = new AccessBench({ fileKeys: [fileKey('key', ['secrets'])] });
    const other = await secretOf(again, {}, 'key');
    again.keys.replaceFile([fileKey('key', ['secrets'], { isRevoked: true })]);
    assert.equal(await verdict(again, other, 'sessions'), 'invalid_api_key');
    // What was made while everything was open opens nothing once keys are set.
    const open = await secretOf(new AccessBench());
    assert.equal(await verdict(new AccessBench({ serverKeys: ['k'] }), open), 'invalid_api_key');
  });
});
