import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { createSimulator, type Simulator } from '@prism/engine';
import { eventually } from '../harness/eventually.ts';
import { freeTcpPort } from '../harness/free-port.ts';
import { PrismProcess } from '../harness/prism-process.ts';
import { type PrismUnderTest, startPrism } from '../harness/prism-under-test.ts';

const SESSION_COUNT_MAX = 3;

interface Ended {
  readonly exitCode: number | null;
  readonly output: string;
  readonly error: string;
}

async function run(...args: readonly string[]): Promise<Ended> {
  const prism = PrismProcess.run(args);
  const exitCode = await prism.exitCode();
  return { exitCode, output: prism.output, error: prism.errorOutput };
}

suite('trials of a server', () => {
  let simulator: Simulator;
  let server: PrismUnderTest;

  before(async () => {
    simulator = await createSimulator({
      script: {
        timing: { first_audio_ms: 100, audio_ms: 600 },
        hearing: { reads_time_code: true },
      },
    });
    server = await startPrism({
      upstreamKind: 'realtime',
      upstreamApiKey: 'sk-trial',
      upstreamBaseUrl: simulator.url,
      sessionCountMax: SESSION_COUNT_MAX,
    });
  });
  after(async () => {
    await server.prism.close();
    await simulator.close();
  });

  test('[TRI1] [TRI4] [TRI5] prism latency: time codes arrive complete, both ways, and every moment is told', async () => {
    const ended = await run(
      'latency',
      server.url,
      '--calls',
      '1',
      '--turns',
      '2',
      '--sound',
      'code',
      '--json',
    );
    assert.equal(ended.exitCode, 0, ended.error);
    const report = JSON.parse(ended.output) as {
      readonly codes: {
        readonly framesHeard: number;
        readonly framesMissing: number;
        readonly understood: string[];
      };
      readonly samples: {
        readonly setups: Record<string, number>[];
        readonly turns: Record<string, number>[];
      };
    };
    assert.equal(report.samples.setups.length, 1);
    assert.equal(report.samples.turns.length, 2);
    for (const turn of report.samples.turns) {
      const moments = ['speechStoppedMs', 'responseCreatedMs', 'firstPacketMs', 'audibleMs'].map(
        (name) => turn[name],
      );
      assert.deepEqual(
        moments,
        moments.toSorted((left = 0, right = 0) => left - right),
      );
    }
    // Two answers of 600 ms: 30 frames of 20 ms each, of which the codec may blur the first and the last.
    assert.ok(report.codes.framesHeard >= 54, `${report.codes.framesHeard} frames`);
    assert.equal(report.codes.framesMissing, 0);
    assert.equal(report.codes.understood.length, 2);
    for (const heard of report.codes.understood)
      assert.match(heard, / 0 missing, 0 repeated, 0 out of order/);
  });

  test('[TRI4] a threshold that is missed: code 1; nobody there: code 2', async () => {
    const missed = await run(
      'latency',
      server.url,
      '--calls',
      '1',
      '--turns',
      '1',
      '--max-turn-p95-ms',
      '1',
    );
    assert.equal(missed.exitCode, 1, missed.error);
    assert.match(missed.output, /^missed +turn p95, ms: /m);
    const nobody = await run('latency', `http://127.0.0.1:${await freeTcpPort()}`, '--calls', '1');
    assert.equal(nobody.exitCode, 2);
    assert.match(nobody.output, /^failed +unreachable: /m);
    const wrong = await run('latency', 'nowhere');
    assert.equal(wrong.exitCode, 1);
    assert.match(wrong.error, /^prism: 'nowhere' is no address/m);
  });

  test('[TRI9] a flag that can not be used is told before anything is opened, with code 1', async () => {
    for (const [command, flag, value] of [
      ['latency', '--calls', 'many'],
      ['latency', '--turns', '1.5'],
      ['load', '--calls', '2.5'],
      ['load', '--loss-percent', '91'],
    ] as const) {
      const ended = await run(command, server.url, flag, value);
      assert.equal(ended.exitCode, 1, ended.error);
      assert.match(ended.error, new RegExp(`^prism: ${flag} takes a .*number .*'${value}'`, 'm'));
    }
  });

  test('[TRI10] a call that the server ends is told at once, by the reason that the server gave', async () => {
    const other = await startPrism({
      upstreamKind: 'realtime',
      upstreamApiKey: 'sk-trial',
      upstreamBaseUrl: simulator.url,
      drainMs: 0,
    });
    const args = ['load', other.url, '--calls', '2', '--ramp-s', '0', '--duration-s', '12'];
    const load = PrismProcess.run([...args, '--json']);
    try {
      await eventually('both calls', () => other.liveCalls() === 2);
      await eventually('a turn', () => /2 calls up, [1-9]/.test(load.errorOutput));
    } finally {
      await other.prism.drain();
    }
    assert.equal(await load.exitCode(), 1, load.errorOutput);
    const { failures } = JSON.parse(load.output) as {
      readonly failures: Record<string, { readonly count: number }>;
    };
    assert.equal(failures['server_draining']?.count, 2);
    assert.equal(failures['no_answer'], undefined);
    assert.match(load.errorOutput, /^0 calls up, /m);
  });

  test('[TRI11] Ctrl-C hangs up and tells what was measured until then, with code 130', async () => {
    for (const args of [
      ['load', server.url, '--calls', '2', '--ramp-s', '0', '--duration-s', '600'],
      ['latency', server.url, '--calls', '900'],
    ]) {
      const trial = PrismProcess.run([...args, '--json']);
      await eventually('a turn', () =>
        / [1-9]\d* turns|turn 1: answer heard/.test(trial.errorOutput),
      );
      assert.equal(await trial.stop('SIGINT'), 130, trial.errorOutput);
      const report = JSON.parse(trial.output) as {
        readonly isStopped: boolean;
        readonly failures: object;
      };
      assert.equal(report.isStopped, true);
      assert.deepEqual(Object.keys(report.failures), []);
      await eventually('no call left', () => server.liveCalls() === 0);
    }
  });

  test('[TRI6] [TRI7] prism load: as many calls as the server takes, the refused counted by their code', async () => {
    const ended = await run(
      'load',
      server.url,
      '--calls',
      '5',
      '--ramp-s',
      '0',
      '--duration-s',
      '4',
      '--json',
    );
    assert.notEqual(ended.exitCode, 0);
    const report = JSON.parse(ended.output) as {
      readonly liveMax: number;
      readonly turns: number;
      readonly failures: Record<string, { readonly count: number }>;
    };
    assert.equal(report.liveMax, SESSION_COUNT_MAX);
    assert.ok(report.turns >= SESSION_COUNT_MAX);
    assert.deepEqual(Object.keys(report.failures), ['session_limit_reached']);
  });
});
