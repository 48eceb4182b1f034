import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { loadSettings } from '../config/load-settings.ts';
import type { SettingName, Settings } from '../config/settings.ts';
import { createLogger } from '../observability/logger.ts';
import { NO_AGENTS } from '../runtime/ports/agents.ts';
import { NO_GRANTS } from '../testing/access-bench.ts';
import { type Access, eventRateOf, openAccess } from './open-access.ts';

const TOKEN_KEYS = 'a token key of at least thirty-two characters';

function settingsOf(flags: Partial<Record<SettingName, unknown>>): Settings {
  return loadSettings({ filePath: undefined, env: {}, flags }).settings;
}

function open(flags: Partial<Record<SettingName, unknown>>): Access {
  return openAccess(settingsOf(flags), {
    agents: NO_AGENTS,
    logger: createLogger({ level: 'silent', format: 'json' }),
    gateWatch: undefined,
  });
}

async function codeOf(access: Access, key: string): Promise<string> {
  const headers = { host: 'localhost', authorization: `Bearer ${key}` };
  const caller = { headers, remoteAddress: '192.0.2.1', isTls: false };
  const admission = await access.gate.admit(caller, 'sessions');
  return admission.isAdmitted ? 'in' : admission.error.code;
}

async function mint(access: Access): Promise<string> {
  const made = await access.secrets.make({ key: undefined }, { grants: NO_GRANTS, ttlS: 600 });
  assert.ok(made.isMinted);
  return made.secret.value;
}

suite('access from settings', () => {
  test('[RAT8] on loopback nothing is counted that is not set, elsewhere the defaults count', async () => {
    const here = open({ host: 'localhost', apiKeys: 'key' });
    const there = open({ host: '0.0.0.0', apiKeys: 'key' });
    const set = open({ host: 'localhost', apiKeys: 'key', addressFailureRateMax: 10 });
    for (let count = 0; count < 60; count += 1) {
      assert.equal(await codeOf(here, 'guess'), 'invalid_api_key');
      assert.equal(await codeOf(there, 'guess'), 'invalid_api_key');
      const expected = count < 10 ? 'invalid_api_key' : 'rate_limit_exceeded';
      assert.equal(await codeOf(set, 'guess'), expected);
    }
    assert.equal(await codeOf(here, 'key'), 'in');
    assert.equal(await codeOf(there, 'key'), 'rate_limit_exceeded');
    assert.equal(eventRateOf(settingsOf({ host: '127.0.0.1' })), undefined);
    assert.deepEqual(eventRateOf(settingsOf({ host: '0.0.0.0' })), {
      eventsPerS: 500,
      bytesPerS: 4 * 1024 * 1024,
    });
    assert.equal(
      eventRateOf(settingsOf({ host: '::', eventRateMax: 0, eventBytesRateMax: '0' })),
      undefined,
    );
    assert.equal(eventRateOf(settingsOf({ host: '127.0.0.1', eventRateMax: 7 }))?.eventsPerS, 7);
  });

  test('[SCR8] [SCR9] secrets are read after a restart, by a second process, and by no other deployment', async () => {
    const options = { port: 8080, tokenKeys: TOKEN_KEYS };
    const secret = await mint(open(options));
    assert.equal(await codeOf(open(options), secret), 'in');
    assert.equal(
      await codeOf(open({ ...options, tokenKeys: `another ${TOKEN_KEYS}` }), secret),
      'invalid_api_key',
    );
    assert.equal(await codeOf(open({ ...options, port: 8081 }), secret), 'invalid_api_key');
    assert.equal(
      await codeOf(open({ ...options, audience: 'staging' }), secret),
      'invalid_api_key',
    );
    // Without a key of the operator's they end with the process.
    assert.equal(await codeOf(open({}), await mint(open({}))), 'invalid_api_key');
  });

  test('[KEY1] [KEY3] beyond loopback there is always a key, and a file of keys is one', () => {
    assert.match(open({ host: '0.0.0.0' }).generatedApiKey ?? '', /^prism_[\w-]{32}$/);
    assert.equal(open({ host: '0.0.0.0', apiKeys: 'k' }).generatedApiKey, undefined);
    assert.ok(open({ host: 'localhost' }).gate.isOpen);
    assert.throws(() => open({ keysFilePath: '/nowhere/keys' }), /can't be read \(ENOENT\)/);
  });
});
