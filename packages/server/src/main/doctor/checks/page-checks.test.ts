import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { CertificateFacts } from '../environment.ts';
import {
  answered,
  find,
  httpAnswer,
  refused,
  settingsOf,
  WALL_MS,
} from '../testing/fake-environment.ts';
import {
  corsCheck,
  originsCheck,
  secureStartCheck,
  secureUrlCheck,
  serverKeysCheck,
} from './browsers.ts';
import { tlsCheck } from './tls.ts';

const DAY_MS = 86_400_000;
const FILES = { PRISM_TLS_CERT: '/etc/cert.pem', PRISM_TLS_KEY: '/etc/key.pem' };
const served = { PRISM_HOST: '0.0.0.0' };

suite('the check of the certificate', () => {
  const look = (facts: Partial<CertificateFacts>) =>
    find(tlsCheck(settingsOf(FILES)), {
      readCertificate: () =>
        answered({
          validFromMs: WALL_MS - DAY_MS,
          validToMs: WALL_MS + 90 * DAY_MS,
          names: 'DNS:voice.example.com',
          isOfKey: true,
          ...facts,
        }),
    });

  test('[DOC11] one that holds is told with its names and its end', async () => {
    const finding = await look({});
    assert.deepEqual(
      [finding.state, finding.seen],
      ['ok', 'for DNS:voice.example.com, until 2027-02-22'],
    );
    assert.deepEqual(finding.figures, { daysLeft: 90 });
  });

  test("[DOC11] one that has ended, hasn't begun, ends soon or is another key's", async () => {
    const ended = await look({ validToMs: WALL_MS - DAY_MS });
    assert.deepEqual([ended.state, ended.seen], ['fail', 'expired on 2026-11-23']);
    assert.equal((await look({ validFromMs: WALL_MS + DAY_MS })).state, 'fail');
    assert.equal((await look({ isOfKey: false })).state, 'fail');
    const soon = await look({ validToMs: WALL_MS + 13.5 * DAY_MS });
    assert.equal(soon.state, 'warn');
    assert.match(soon.advice ?? '', /13 days/);
  });

  test("[DOC11] files that can't be read, halves and doubles", async () => {
    const unread = await find(tlsCheck(settingsOf(FILES)), {
      readCertificate: () => refused("/etc/cert.pem isn't there"),
    });
    assert.deepEqual([unread.state, unread.seen], ['fail', "/etc/cert.pem isn't there"]);
    const half = await find(tlsCheck(settingsOf({ PRISM_TLS_CERT: '/etc/cert.pem' })));
    assert.deepEqual([half.state, half.seen], ['fail', 'tls.key is missing']);
    const both = await find(tlsCheck(settingsOf({ ...FILES, PRISM_DEV_TLS: 'true' })));
    assert.equal(both.state, 'fail');
    assert.equal((await find(tlsCheck(settingsOf()))).state, 'skipped');
    const made = await find(tlsCheck(settingsOf({ PRISM_DEV_TLS: 'true' })));
    assert.match(made.seen, /\/cache\/prism\/tls$/);
  });
});

suite('checks of pages', () => {
  test('[DOC12] whether browsers elsewhere get a microphone, before a start', async () => {
    const stateOf = async (env: Record<string, string>) =>
      (await find(secureStartCheck(settingsOf(env)))).state;
    assert.equal(await stateOf({}), 'ok');
    assert.equal(await stateOf(served), 'warn');
    assert.equal(await stateOf({ ...served, ...FILES }), 'ok');
    assert.equal(await stateOf({ PRISM_DEV_TLS: 'true' }), 'ok');
    assert.equal(await stateOf({ ...served, PRISM_DEV_TLS: 'true' }), 'warn');
  });

  test('[DOC12] and of a URL', async () => {
    const stateOf = async (url: string) => (await find(secureUrlCheck(new URL(url)))).state;
    assert.equal(await stateOf('https://voice.example.com'), 'ok');
    assert.equal(await stateOf('http://localhost:8080'), 'ok');
    assert.equal(await stateOf('http://[::1]:8080'), 'ok');
    assert.equal(await stateOf('http://app.localhost'), 'ok');
    assert.equal(await stateOf('http://10.0.0.5:8080'), 'warn');
  });

  test('[DOC12] an origin that no browser sends fails with the form that one does', async () => {
    const look = (origins: string) =>
      find(originsCheck(settingsOf({ PRISM_ALLOWED_ORIGINS: origins })));
    assert.equal((await find(originsCheck(settingsOf()))).state, 'ok');
    assert.equal((await look('https://app.example.com,http://localhost:3000')).state, 'ok');
    assert.equal((await look('http://app.example.com')).state, 'warn');
    assert.equal((await look('*')).state, 'fail');
    const path = await look('https://app.example.com/');
    assert.equal(path.state, 'fail');
    assert.match(path.advice ?? '', /^Write https:\/\/app\.example\.com:/);
    assert.equal((await look('https://App.example.com:443')).state, 'fail');
  });

  test('[DOC12] keys that would change with each start are warned of', async () => {
    const look = (env: Record<string, string>) => find(serverKeysCheck(settingsOf(env)));
    assert.equal((await look({})).state, 'ok');
    assert.equal((await look(served)).state, 'warn');
    const set = await look({ ...served, PRISM_API_KEYS: 'key-one,key-two' });
    assert.deepEqual([set.state, set.seen], ['ok', '2 set']);
  });

  test('[DOC18] whether a page may call is what the preflight says', async () => {
    const url = new URL('https://voice.example.com/');
    const origin = 'https://app.example.com';
    const headers = {
      'access-control-allow-origin': origin,
      'access-control-allow-headers': 'Authorization',
    };
    const look = (answer: Parameters<typeof httpAnswer>[0], from: string | undefined = origin) =>
      find(corsCheck(url, from), { request: async () => httpAnswer(answer) });
    assert.equal((await find(corsCheck(url, undefined))).state, 'skipped');
    assert.equal((await look({ status: 204, headers })).state, 'ok');
    assert.equal((await look({ status: 404 }, url.origin)).state, 'ok');
    const refusedOrigin = await look({ status: 403 });
    assert.equal(refusedOrigin.state, 'fail');
    assert.match(refusedOrigin.advice ?? '', /PRISM_ALLOWED_ORIGINS/);
    const stripped = await look({ headers: { 'access-control-allow-origin': origin } });
    assert.match(stripped.seen, /may not send their key/);
    const silent = await find(corsCheck(url, origin), {
      request: async () => refused('ECONNRESET'),
    });
    assert.equal(silent.state, 'fail');
  });
});
