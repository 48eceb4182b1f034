import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ManualClock } from '@prism/core/testing';
import { type Check, type CheckId, type Finding, fail, ok, skipped, warn } from './check.ts';
import { examine } from './examine.ts';
import { linesOf, reportOf, verdictLine } from './report.ts';
import { fakeEnvironment } from './testing/fake-environment.ts';

function check(id: CheckId, run: () => Promise<Finding>, needs: readonly CheckId[] = []): Check {
  return { id, name: `Name of ${id}`, needs, limitMs: 1_000, run };
}

const good = async (): Promise<Finding> => ok('well');
const bad = async (): Promise<Finding> => fail('broken', 'Mend it.');

suite('running checks', () => {
  test('[DOC2] a check whose need failed or was skipped is skipped and names it; others run', async () => {
    const ran: string[] = [];
    const results = await examine(
      [
        check('health', bad),
        check('readiness', good, ['health']),
        check('version', good, ['readiness']),
        check('cors', async () => warn('so so', 'Look.')),
        check('websocket', good, ['cors']),
      ],
      {
        environment: fakeEnvironment(),
        secrets: [],
        onBegin: ({ id }) => ran.push(id),
      },
    );
    assert.deepEqual(
      results.map(({ state }) => state),
      ['fail', 'skipped', 'skipped', 'warn', 'ok'],
    );
    assert.match(results[1]?.seen ?? '', /Name of health$/);
    assert.equal(ran.length, 5);
  });

  test('[DOC2] a check fails at its limit, its signal aborts, and the next one runs', async () => {
    const clock = new ManualClock();
    let signal: AbortSignal | undefined;
    const stuck: Check = {
      ...check('health', good),
      run: (_environment, given) => {
        signal = given;
        return new Promise(() => undefined);
      },
    };
    const examined = examine([stuck, check('cors', good)], {
      environment: fakeEnvironment({ clock }),
      secrets: [],
    });
    clock.advance(999);
    assert.equal(signal?.aborted, false);
    clock.advance(1);
    assert.equal(signal.aborted, true);
    const [first, second] = await examined;
    assert.deepEqual([first?.state, first?.seen], ['fail', 'no answer within 1000 ms']);
    assert.equal(second?.state, 'ok');
    assert.equal(clock.armedCount, 0);
  });

  test('[DOC2] a check that throws has failed, and is no end of the rest', async () => {
    const results = await examine(
      [
        check('health', async () => {
          throw new Error('odd');
        }),
        check('cors', good),
      ],
      { environment: fakeEnvironment(), secrets: [] },
    );
    assert.deepEqual(
      results.map(({ state }) => state),
      ['fail', 'ok'],
    );
    assert.match(results[0]?.seen ?? '', /odd/);
  });

  test('[DOC4] a secret that somebody quotes is taken out of every text', async () => {
    const leaky: Check = {
      ...check('turn', async () => fail('refused sk-abcdef', 'Change sk-abcdef.')),
      subject: 'turn:sk-abcdef',
    };
    const results = await examine([leaky], {
      environment: fakeEnvironment(),
      secrets: ['sk-abcdef', 'is'],
    });
    assert.doesNotMatch(JSON.stringify(results), /sk-abcdef/);
    assert.match(results[0]?.seen ?? '', /^refused \[secret\]$/);
  });
});

suite('the report', () => {
  const results = async (...checks: readonly Check[]) =>
    examine(checks, { environment: fakeEnvironment({ clock: new ManualClock() }), secrets: [] });
  const about = { prismVersion: '0.1.0', mode: 'start', url: undefined } as const;

  test('[DOC21] the verdict is the worst state; skipped checks count for none', async () => {
    const warned = check('cors', async () => warn('so so', 'Look.'));
    const passed = check('tls', async () => skipped('none'));
    assert.equal(reportOf(await results(check('node', good), passed), about).verdict, 'ok');
    assert.equal(reportOf(await results(check('node', good), warned), about).verdict, 'warn');
    const report = reportOf(await results(check('node', bad), warned, passed), about);
    assert.equal(report.verdict, 'fail');
    assert.deepEqual(report.counts, { ok: 0, warn: 1, fail: 1, skipped: 1 });
    assert.deepEqual(report.checks[0], {
      id: 'node',
      name: 'Name of node',
      state: 'fail',
      seen: 'broken',
      advice: 'Mend it.',
      docs: 'docs/guides/doctor.md#name-of-node',
      tookMs: 0,
    });
  });

  test('[DOC22] a line says the state in words, with colour or without; what to do stands below', async () => {
    const [result] = await results(check('node', bad));
    assert.ok(result);
    const plain = linesOf(result, false);
    assert.deepEqual(plain, [
      '  FAIL  Name of node          broken',
      '                              > Mend it.',
      '                                docs/guides/doctor.md#name-of-node',
    ]);
    const coloured = linesOf(result, true);
    assert.notDeepEqual(coloured, plain);
    const colours = ['\u001b[31m', '\u001b[0m'];
    const bare = coloured.map((line) =>
      colours.reduce((left, code) => left.replaceAll(code, ''), line),
    );
    assert.deepEqual(bare, plain);
  });

  test('[DOC22] the last line has the verdict and the counts', async () => {
    const line = verdictLine(
      reportOf(await results(check('node', bad), check('tls', good)), about),
    );
    assert.match(line, /can't serve calls.*\(1 ok, 0 to look at, 1 failed, 0 skipped\)$/);
  });
});
