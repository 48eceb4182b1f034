import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { chooseUpstream } from '../../choose-upstream.ts';
import type { Check, CheckId } from '../check.ts';
import type { RelayAnswer } from '../environment.ts';
import { adviceOnNetwork } from '../network-advice.ts';
import { answered, find, refused, settingsOf } from '../testing/fake-environment.ts';
import { outsideAddressCheck, relayChecks, relayQuestions, relaySecretCheck } from './relays.ts';
import { engineCheck, upstreamCheck, upstreamServerChecks } from './upstream.ts';

const choice = chooseUpstream(settingsOf({ OPENAI_API_KEY: 'sk-very-secret' }));

function stepOf(id: CheckId): Check {
  assert.ok(choice.server);
  const check = upstreamServerChecks(choice, choice.server).find((step) => step.id === id);
  assert.ok(check);
  return check;
}

suite('checks of the upstream', () => {
  test('[DOC13] the choice is told, or what it lacks', async () => {
    const chosen = await find(upstreamCheck({ isChosen: true, choice }));
    assert.equal(chosen.seen, 'OpenAI, model gpt-realtime-2.1 (OPENAI_API_KEY is set)');
    const missing = await find(upstreamCheck({ isChosen: false, reason: 'no key is set' }));
    assert.deepEqual([missing.state, missing.seen], ['fail', 'no key is set']);
  });

  test('[DOC13] each step needs the one before, and tells its times', async () => {
    assert.deepEqual(stepOf('upstream-connection').needs, ['upstream-address']);
    assert.deepEqual(stepOf('upstream-session').needs, ['upstream-connection']);
    assert.match(
      (await find(stepOf('upstream-address'))).seen,
      /^api\.openai\.com is 192\.0\.2\.10/,
    );
    const connection = await find(stepOf('upstream-connection'));
    assert.equal(connection.seen, 'api.openai.com:443: TCP in 12 ms, TLS after 25 ms more');
    assert.deepEqual(connection.figures, { connectMs: 12, tlsMs: 25 });
    const session = await find(stepOf('upstream-session'));
    assert.equal(session.seen, 'opened in 120 ms, model gpt-realtime');
  });

  test("[DOC13] a name that isn't found and a server that isn't reached", async () => {
    const unknown = await find(stepOf('upstream-address'), {
      lookup: async () => refused('ENOTFOUND'),
    });
    assert.deepEqual(
      [unknown.state, unknown.seen],
      ['fail', "api.openai.com isn't found (ENOTFOUND)"],
    );
    const closed = await find(stepOf('upstream-connection'), {
      connect: async () => refused('ECONNREFUSED'),
    });
    assert.equal(closed.state, 'fail');
    assert.match(closed.advice ?? '', /^Nothing listens there/);
  });

  test('[DOC13] a refusal names what to set, and a slow session is warned of', async () => {
    const look = (errorCode: string) =>
      find(stepOf('upstream-session'), {
        dialUpstream: async () => ({ errorCode, message: 'It said no.' }),
      });
    const advices: readonly (readonly [string, RegExp])[] = [
      ['upstream_authentication_failed', /^Set OPENAI_API_KEY to a key that is valid/],
      ['upstream_refused', /PRISM_MODEL \(gpt-realtime-2\.1\)/],
      ['upstream_unreachable', /^Let WebSockets through/],
      ['upstream_error', /^Look at what the upstream says/],
    ];
    for (const [code, advice] of advices) {
      const finding = await look(code);
      assert.deepEqual([finding.state, finding.seen], ['fail', 'It said no.']);
      assert.match(finding.advice ?? '', advice);
    }
    const slow = await find(stepOf('upstream-session'), {
      dialUpstream: async () => ({ acceptedMs: 900, sessionMs: 1_600, model: undefined }),
    });
    assert.equal(slow.state, 'warn');
  });

  test("[DOC13] on Azure it is Azure's key that is named", async () => {
    const azure = chooseUpstream(
      settingsOf({
        PRISM_UPSTREAM: 'azure',
        OPENAI_BASE_URL: 'https://res.openai.azure.com',
        PRISM_MODEL: 'mine',
        AZURE_OPENAI_API_KEY: 'azure-secret',
      }),
    );
    assert.ok(azure.server);
    const session = upstreamServerChecks(azure, azure.server)[2];
    assert.ok(session);
    const dialUpstream = async () => ({
      errorCode: 'upstream_authentication_failed',
      message: 'no',
    });
    assert.match((await find(session, { dialUpstream })).advice ?? '', /^Set AZURE_OPENAI_API_KEY/);
  });

  test('[DOC14] the engine starts, or says what is missing', async () => {
    const started = await find(engineCheck(undefined));
    assert.equal(started.seen, 'started in 900 ms, a session in 40 ms');
    const tryEngine = async () => ({ isOk: false, message: 'line 4: intents' }) as const;
    const broken = await find(engineCheck(undefined), { tryEngine });
    assert.match(broken.advice ?? '', /npm ci/);
    const scenario = await find(engineCheck('mine.yaml'), { tryEngine });
    assert.deepEqual([scenario.state, scenario.seen], ['fail', 'line 4: intents']);
    assert.match(scenario.advice ?? '', /prism engine check mine\.yaml/);
  });

  test('[DOC13] each error of the network has advice of its own', () => {
    const codes = [
      'ENOTFOUND',
      'EAI_AGAIN',
      'ECONNREFUSED',
      'EHOSTUNREACH',
      'ECONNRESET',
      'ETIMEDOUT',
    ];
    const ofTls = [
      'CERT_HAS_EXPIRED',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'EPROTO',
    ];
    const advices = [...codes, ...ofTls, 'EMFILE', 'silent'].map((code) =>
      adviceOnNetwork(code, 'upstream.url'),
    );
    assert.equal(new Set(advices).size, advices.length);
    for (const advice of advices) assert.match(advice, /^[A-Z].*[^.]\.$/);
  });
});

suite('checks of relays', () => {
  const question = { url: 'turn:turn.example.com', username: '1:a', credential: 'secret' };
  const [turn] = relayChecks([question]);
  const relay = (answer: Partial<RelayAnswer>) => ({
    askRelay: async () =>
      answered({
        firstMs: 5,
        tookMs: 12,
        relayed: { address: '93.184.215.20', port: 50_000 },
        mapped: { address: '93.184.215.14', port: 40_000 },
        ...answer,
      }),
  });

  test('[DOC15] an allocation is told with its time and address', async () => {
    assert.ok(turn);
    const finding = await find(turn, relay({}));
    assert.deepEqual(
      [finding.state, finding.seen],
      ['ok', 'allocates in 12 ms, relays from 93.184.215.20'],
    );
    assert.deepEqual(finding.figures, { firstMs: 5, tookMs: 12 });
    const stun = await find(turn, relay({ relayed: undefined }));
    assert.match(stun.seen, /^sees this machine as 93\.184\.215\.14/);
  });

  test('[DOC15] a refusal, silence and an address that nobody reaches say what to do', async () => {
    assert.ok(turn);
    const codes = [
      'silent',
      'STUN 401',
      'STUN 403',
      'STUN 442',
      'STUN 486',
      'STUN 508',
      'ECONNREFUSED',
    ];
    const advices: string[] = [];
    for (const code of codes) {
      const finding = await find(turn, { askRelay: async () => refused(code) });
      assert.equal(finding.state, 'fail', code);
      advices.push(finding.advice ?? '');
    }
    assert.equal(new Set(advices).size, codes.length);
    assert.match(advices[1] ?? '', /PRISM_TURN_SECRET/);
    const unreachable = await find(turn, relay({ relayed: { address: '0.0.0.0', port: 1 } }));
    assert.equal(unreachable.state, 'warn');
    const local = await find(turn, relay({ relayed: { address: '127.0.0.1', port: 1 } }));
    assert.match(local.advice ?? '', /--external-ip/);
  });

  test('[DOC15] each URL is a check; none is skipped, and a missing secret fails', async () => {
    const servers = [
      { urls: ['stun:a'] },
      { urls: ['turn:b', 'turns:b'], username: 'u', credential: 'c' },
    ];
    const checks = relayChecks(relayQuestions(servers));
    assert.deepEqual(
      checks.map(({ subject }) => subject),
      ['stun:a', 'turn:b', 'turns:b'],
    );
    const [none] = relayChecks([]);
    assert.ok(none);
    assert.equal((await find(none)).state, 'skipped');
    assert.equal((await find(relaySecretCheck())).state, 'fail');
  });

  test('[DOC16] the address seen from outside is compared with those that are told', async () => {
    const look = (env: Record<string, string>, address: string) =>
      find(
        outsideAddressCheck(settingsOf(env), [question]),
        relay({ mapped: { address, port: 1 } }),
      );
    const served = { PRISM_HOST: '0.0.0.0' };
    assert.equal((await look(served, '93.184.215.14')).state, 'ok');
    const foreign = await look(served, '93.184.215.99');
    assert.equal(foreign.state, 'warn');
    assert.match(foreign.advice ?? '', /^Set PRISM_PUBLIC_IP=93\.184\.215\.99,/);
    assert.equal(
      (await look({ ...served, PRISM_PUBLIC_IP: '93.184.215.99' }, '93.184.215.99')).state,
      'ok',
    );
    assert.equal((await look({}, '93.184.215.99')).state, 'ok');
    assert.equal((await look(served, '10.0.0.5')).state, 'ok');
    assert.equal((await find(outsideAddressCheck(settingsOf(), []))).state, 'skipped');
    assert.equal((await find(outsideAddressCheck(settingsOf(), [question]))).state, 'skipped');
  });
});
