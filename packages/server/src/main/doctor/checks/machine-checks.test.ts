import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ConfigError, loadSettings } from '../../../config/load-settings.ts';
import {
  find,
  httpAnswer,
  refused,
  settingsOf,
  steppingClock,
  WALL_MS,
} from '../testing/fake-environment.ts';
import { clockCheck } from './clock.ts';
import { descriptorsCheck, nodeCheck } from './machine.ts';
import { settingsCheck } from './settings.ts';

suite('checks of the machine', () => {
  test('[DOC6] Node: old fails, odd is warned of, even is well', async () => {
    const stateOf = async (nodeVersion: string) => (await find(nodeCheck(), { nodeVersion })).state;
    assert.equal(await stateOf('18.20.4'), 'fail');
    assert.equal(await stateOf('20.18.0'), 'fail');
    assert.equal(await stateOf('20.19.0'), 'ok');
    assert.equal(await stateOf('23.1.0'), 'warn');
    assert.equal(await stateOf('24.0.0'), 'ok');
  });

  test('[DOC6] open files: enough, too few for all sessions, too few for one, and unknown', async () => {
    const look = (countMax: number | undefined) =>
      find(descriptorsCheck(200), { descriptorCountMax: () => countMax });
    assert.equal((await look(900)).state, 'ok');
    const few = await look(899);
    assert.equal(few.state, 'warn');
    assert.match(few.advice ?? '', /ulimit -n 900.*PRISM_MAX_SESSIONS=199\./);
    assert.equal((await look(100)).state, 'fail');
    assert.equal((await look(undefined)).state, 'skipped');
  });

  test('[DOC5] settings are named with their origin and without their value, or with what is wrong', async () => {
    const env = { OPENAI_API_KEY: 'sk-very-secret' };
    const loaded = loadSettings({ filePath: undefined, env, flags: { port: 8123 } });
    const read = await find(settingsCheck({ isRead: true, loaded }));
    assert.equal(read.state, 'ok');
    assert.match(read.seen, /port \(flag\), upstream\.apiKey \(environment\)/);
    assert.doesNotMatch(read.seen, /very-secret|8123/);
    const { message } = new ConfigError('port: too large.');
    const unread = await find(settingsCheck({ isRead: false, reason: message }));
    assert.deepEqual([unread.state, unread.seen], ['fail', 'port: too large.']);
    assert.ok(settingsOf());
  });
});

suite('the check of the clock', () => {
  const URL_ = 'https://api.example.com/';
  const dated = (skewMs: number) => ({
    request: async () =>
      httpAnswer({ status: 404, headers: { date: new Date(WALL_MS - skewMs).toUTCString() } }),
  });

  test('[DOC7] an even clock that agrees, or has nothing to agree with', async () => {
    const agreeing = await find(clockCheck(URL_), dated(0));
    assert.equal(agreeing.state, 'ok');
    assert.match(agreeing.seen, /^agrees with api\.example\.com; timers at most 0\.0 ms late$/);
    assert.equal((await find(clockCheck(undefined))).state, 'ok');
    const silent = await find(clockCheck(URL_), { request: async () => refused('ENOTFOUND') });
    assert.match(silent.seen, /^no other clock/);
    const undated = await find(clockCheck(URL_), { request: async () => httpAnswer({}) });
    assert.match(undated.seen, /^no other clock/);
  });

  test('[DOC7] a difference is warned of, a large one fails, both ways', async () => {
    const ahead = await find(clockCheck(URL_), dated(10_000));
    assert.equal(ahead.state, 'warn');
    assert.match(ahead.seen, /^10 s ahead of api\.example\.com/);
    const behind = await find(clockCheck(URL_), dated(-600_000));
    assert.equal(behind.state, 'fail');
    assert.match(behind.seen, /^600 s behind/);
    assert.equal((await find(clockCheck(URL_), dated(4_000))).state, 'ok');
  });

  test('[DOC7] late timers, a clock that steps, and one in the past', async () => {
    const late = await find(clockCheck(undefined), { clock: steppingClock({ lateMs: 21 }) });
    assert.deepEqual([late.state, late.seen], ['warn', 'timers at most 21 ms late']);
    const stepped = await find(clockCheck(undefined), { clock: steppingClock({ stepMs: -500 }) });
    assert.equal(stepped.state, 'warn');
    assert.match(stepped.seen, /moved by 500 ms/);
    const past = await find(clockCheck(undefined), { clock: steppingClock({ wallMs: 0 }) });
    assert.deepEqual([past.state, past.seen], ['fail', 'it is 1970-01-01 here']);
  });
});
