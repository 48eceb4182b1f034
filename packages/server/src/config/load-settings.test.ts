import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { inspect } from 'node:util';
import { TURN_TAKING_DEFAULTS } from '@prism/core';
import { ConfigError, loadSettings } from './load-settings.ts';
import { printSettings } from './print-settings.ts';
import { turnTakingPolicyOf } from './turn-taking-policy.ts';

const folder = mkdtempSync(join(tmpdir(), 'prism-config-'));
after(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, `${Buffer.from(text).toString('base64url')}.yaml`);
  writeFileSync(path, text);
  return path;
}

function refusal(text: string, env: Record<string, string> = {}): string {
  try {
    loadSettings({ filePath: file(text), env, flags: {} });
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    assert.equal(error.message.split('\n').length, 1, error.message);
    return error.message;
  }
  return assert.fail(`accepted: ${text}`);
}

suite('settings', () => {
  test('[CFG1] file, environment and flag override each other in this order', () => {
    const filePath = file('port: 1001\nmedia:\n  port: 1002\nlog:\n  level: warn\n');
    const { settings, origins } = loadSettings({
      filePath,
      env: { PRISM_PORT: '2001', PRISM_MEDIA_PORT: '2002', PRISM_HOST: '' },
      flags: { port: '3001' },
    });
    assert.deepEqual(
      [settings.port, settings.mediaPort, settings.logLevel, settings.host],
      [3001, 2002, 'warn', 'localhost'],
    );
    assert.deepEqual(
      [origins.port, origins.mediaPort, origins.logLevel, origins.host],
      ['flag', 'environment', 'file', 'default'],
    );
    assert.ok(Object.isFrozen(settings));
  });

  test('[CFG1] lists come as YAML lists or separated by commas', () => {
    const fromFile = loadSettings({
      filePath: file('access:\n  allowedOrigins: [https://a.example, https://b.example]\n'),
      env: {},
      flags: {},
    });
    const fromEnv = loadSettings({
      filePath: file(''),
      env: { PRISM_ALLOWED_ORIGINS: 'https://a.example, https://b.example' },
      flags: {},
    });
    assert.deepEqual(fromFile.settings.allowedOrigins, ['https://a.example', 'https://b.example']);
    assert.deepEqual(fromEnv.settings.allowedOrigins, fromFile.settings.allowedOrigins);
  });

  test('[CFG12] the settings of turn-taking are the policy of a session, core’s own without any', () => {
    const load = (env: Record<string, string>) =>
      turnTakingPolicyOf(loadSettings({ filePath: undefined, env, flags: {} }).settings);
    assert.deepEqual(load({}), TURN_TAKING_DEFAULTS);
    const env = {
      PRISM_TURN_TAKING: 'false',
      PRISM_DUCK: 'false',
      PRISM_DUCK_GUARD_MS: '100',
      PRISM_TURN_CONFIRM_MS: '700',
      PRISM_MIN_SPEECH_MS: '60',
      PRISM_BACKCHANNEL_MS: '400',
      PRISM_ECHO: 'report',
    };
    assert.deepEqual(load(env), {
      isEnabled: false,
      ducks: false,
      guardMs: 100,
      ownConfirmMs: 700,
      minSpeechMs: 60,
      backchannelMs: 400,
      echo: 'report',
    });
    assert.match(refusal('turnTaking:\n  minSpeechMs: 10\n'), /minSpeechMs/);
    assert.match(refusal('turnTaking:\n  backchannelMs: 1001\n'), /backchannelMs/);
  });

  test('[CFG2] unknown keys are refused with what was meant', () => {
    assert.match(refusal('prot: 80\n'), /unknown key 'prot'. Did you mean 'port'\?/);
    assert.match(
      refusal('media:\n  prot: 80\n'),
      /unknown key 'media.prot'. Did you mean 'media.port'\?/,
    );
    assert.match(refusal('media: 80\n'), /unknown key 'media'/);
  });

  test('[CFG2] unreadable files, invalid YAML and values out of range are refused', () => {
    assert.match(refusal('a: [1\n'), /isn't valid YAML/);
    assert.match(refusal('- 1\n'), /must hold settings by name/);
    assert.match(refusal('port: 70000\n'), /^port: .*65535/);
    assert.match(refusal('', { PRISM_LOG_LEVEL: 'loud' }), /^PRISM_LOG_LEVEL: /);
    assert.throws(
      () => loadSettings({ filePath: join(folder, 'absent.yaml'), env: {}, flags: {} }),
      /can't be read \(ENOENT\)/,
    );
  });

  test('[CFG10] HTTP and media over TCP are refused the same port, where both would open it', () => {
    const both = 'port: 8443\nmedia:\n  port: 8443\n';
    const message = /^PRISM_PORT and PRISM_MEDIA_PORT are both 8443.*another port.*MEDIA_TCP=false/;
    for (const more of [
      '',
      '  bind: 0.0.0.0\n',
      '  bind: 127.0.0.1\n',
      '  bind: 192.0.2.7\nhost: 192.0.2.7\n',
      '  bind: 192.0.2.7\nhost: "::"\n',
      '  bind: 192.0.2.7\nhost: media.example.com\n',
    ])
      assert.match(refusal(both + more), message, more);
    for (const fine of ['  tcp: false\n', '  bind: 192.0.2.7\nhost: 192.0.2.8\n'])
      assert.equal(
        loadSettings({ filePath: file(both + fine), env: {}, flags: {} }).settings.mediaPort,
        8443,
      );
  });

  test('[HTP10] headers that are handed on are lists of names, and never keys or cookies', () => {
    const { settings } = loadSettings({
      filePath: file(''),
      env: { PRISM_FORWARDED_HEADERS: 'X-Tenant, openai-safety-identifier' },
      flags: {},
    });
    assert.deepEqual(settings.forwardedHeaders, ['x-tenant', 'openai-safety-identifier']);
    for (const name of ['Authorization', 'cookie', 'api-key', 'Host', 'sec-websocket-key', 'a b'])
      assert.match(
        refusal('', { PRISM_FORWARDED_HEADERS: name }),
        /^PRISM_FORWARDED_HEADERS: .* is no header that may be handed on/,
      );
  });

  test('[AGT2] a mistake in an agent is named with its line, and what was meant', () => {
    const agent = 'agents:\n  guide:\n    instructions: Guide.\n';
    for (const [text, where] of [
      [
        `${agent}    voise: cedar\n`,
        /:4: agents\.guide\.voise: unknown key 'voise'\. Did you mean 'voice'\?$/,
      ],
      [`${agent}    policy:\n      preset: bowser\n`, /:5: agents\.guide\.policy\.preset: /],
      [
        `${agent}    policy:\n      preset: browser\n      allowedClientEvent: []\n`,
        /:6: agents\.guide\.policy\.allowedClientEvent: .*Did you mean 'allowedClientEvents'/,
      ],
      [
        `${agent}    tools:\n      - kind: client\n        name: paint\n      - kind: client\n        nam: x\n`,
        /:7: agents\.guide\.tools\.1\.name: /,
      ],
      [
        `${agent}    variables:\n      'a b': {}\n`,
        /:5: agents\.guide\.variables\.a b: a variable has a name/,
      ],
      ['agents:\n  a guide: {}\n', /:2: agents\.a guide: an agent has a name/],
      ['agents: 7\n', /^agents: .*Agents by name/],
    ] as const)
      assert.match(refusal(text), where);
    assert.match(
      refusal('', { PRISM_AGENTS: '{"guide":{"modle":"m"}}' }),
      /^PRISM_AGENTS\.guide\.modle: unknown key 'modle'\. Did you mean 'model'/,
    );
    assert.match(refusal('', { PRISM_AGENTS: '{' }), /^PRISM_AGENTS: it is not valid JSON/);
  });

  test('[AGT5] agents print one a line, their instructions cut', () => {
    const instructions = 'Guide. '.repeat(100).trim();
    const loaded = loadSettings({
      filePath: undefined,
      env: {},
      flags: { agents: { guide: { instructions }, painter: { voice: 'cedar' } } },
    });
    const rows = printSettings(loaded)
      .split('\n')
      .filter((row) => row.startsWith('agents'));
    assert.equal(rows.length, 2);
    assert.match(
      rows[0] ?? '',
      /^agents\.guide +\{"instructions":"Guide\. .{53}… \(699 characters\)"/,
    );
    assert.match(rows[1] ?? '', /^agents\.painter +\{"voice":"cedar".* flag$/);
  });

  test('[CFG3] secrets print nowhere', () => {
    const loaded = loadSettings({
      filePath: file(''),
      env: {
        OPENAI_API_KEY: 'sk-very-secret',
        PRISM_API_KEYS: 'key-one,key-two',
        AZURE_OPENAI_API_KEY: 'azure-very-secret',
      },
      flags: {},
    });
    const everything = [
      printSettings(loaded),
      JSON.stringify(loaded),
      inspect(loaded, { depth: 9 }),
      String(loaded.settings.upstreamApiKey),
    ].join('\n');
    assert.doesNotMatch(everything, /very-secret|key-one|key-two/);
    assert.equal(loaded.settings.upstreamApiKey?.reveal(), 'sk-very-secret');
  });
});
