import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { foldProfile } from '../../bench/profile/parts.mjs';
import { runTable } from '../../bench/run-table.mjs';
import { TABLES } from '../../bench/tables.mjs';
import { checkPerformance } from '../checks/performance.mjs';
import { plantTree } from '../checks/planted-tree.mjs';
import { repositoryOf } from '../repository.mjs';
import { PAGE_PATH, performancePages, SECTIONS, TARGETS } from './page.mjs';
import { keptResults, mergeResults, resultText } from './results.mjs';
import { barChart, lineChart, shareBelow } from './svg.mjs';
import { thinResult } from './thin.mjs';
import { judgeFigure, judgeTarget } from './verdict.mjs';

const MACHINE = {
  cpu: 'Test CPU',
  cores: 2,
  memoryGb: 8,
  kernel: '6.1',
  node: 'v20.20.2',
  busyBefore: 0.01,
  busyAfter: 0.02,
  loadBefore: [0.1, 0.2, 0.3],
  loadAfter: [1.2, 0.4, 0.3],
};

/** A result as a benchmark leaves it. */
function resultOf(table, fields, startedAt = '2026-01-02T03:04:05.000Z') {
  return {
    table,
    command: `node bench/${table}/run.mjs`,
    startedAt,
    durationS: 12,
    ownCore: 0.25,
    commit: '0123456789abcdef',
    isChanged: false,
    machine: MACHINE,
    ...fields,
  };
}

const RELAY = {
  ratio: 2.5,
  versions: { nginx: '1.22.1' },
  means: {
    prism: { cpuMsPerSessionSecond: 2, mainMsPerSessionSecond: 1.75 },
    nginx: { cpuMsPerSessionSecond: 0.8, mainMsPerSessionSecond: 0.8 },
  },
  profile: {
    what: '50 relayed sessions',
    busyShare: 0.4,
    parts: [{ part: 'socket writes', share: 0.625 }],
    functions: [{ name: 'writev', file: '', share: 0.5 }],
  },
};

const resultsOf = (...results) => new Map(results.map((result) => [result.table, result]));
const pageOf = (...results) => performancePages(resultsOf(...results)).get(PAGE_PATH);
/** The row of the targets table with this goal. */
const rowsOf = (page, pattern) => page.split('\n').filter((line) => pattern.test(line));

describe('what a figure is', () => {
  const figure = (goal) => ({ what: 'x', table: 't', goal, read: ({ value }) => value });
  const verdictOf = (goal, value) =>
    judgeFigure(figure(goal), resultsOf(resultOf('t', { value }))).verdict;

  test('[PRF2] met or missed by its value and its goal', () => {
    assert.equal(verdictOf({ atMost: 3 }, 3), 'met');
    assert.equal(verdictOf({ atMost: 3 }, 3.01), 'missed');
    assert.equal(verdictOf({ atLeast: 200 }, 199.9), 'missed');
    assert.equal(verdictOf({ atLeast: 200 }, 200), 'met');
    assert.equal(verdictOf({ below: 10 }, 10), 'missed');
    assert.equal(verdictOf({ below: 10 }, 9.9), 'met');
    assert.equal(verdictOf(undefined, 1), 'no goal');
  });

  test('[PRF1] not measured without a result, or when the result lacks its value', () => {
    assert.equal(judgeFigure(figure({ atMost: 3 }), new Map()).verdict, 'not measured');
    assert.equal(verdictOf({ atMost: 3 }, undefined), 'not measured');
    assert.equal(verdictOf({ atMost: 3 }, null), 'not measured');
    const deep = { ...figure({ atMost: 3 }), read: ({ rows }) => rows.ready.p50 };
    assert.equal(judgeFigure(deep, resultsOf(resultOf('t', {}))).verdict, 'not measured');
  });

  test('[PRF3] void when the run is, whatever it has measured', () => {
    const judged = judgeFigure(
      figure({ atMost: 3 }),
      resultsOf(resultOf('t', { value: 1, isVoid: true })),
    );
    assert.deepEqual([judged.verdict, judged.value], ['void', undefined]);
  });

  test('[PRF2] a target is missed by one figure and met by all', () => {
    const target = (...goals) => ({ figures: goals.map((atMost) => figure({ atMost })) });
    const of = (it, ...results) => judgeTarget(it, resultsOf(...results)).verdict;
    const two = resultOf('t', { value: 2 });
    assert.equal(of(target(2, 3), two), 'met');
    assert.equal(of(target(2, 1), two), 'missed');
    assert.equal(of(target(2)), 'not measured');
    const partly = target(2);
    partly.figures.push({ ...figure({ atMost: 1 }), table: 'other' });
    assert.equal(of(partly, two), 'met in part, the rest not measured');
  });
});

describe('the page', () => {
  test('[PRF1] has every target and figure, and invents nothing', () => {
    const page = pageOf();
    assert.deepEqual(
      TARGETS.map(({ id }) => id),
      [...Array.from({ length: 15 }, (_, index) => `T${index + 1}`), 'A1', 'A2', 'A3'],
    );
    const figures = TARGETS.flatMap((target) => target.figures);
    for (const { id, title } of TARGETS) assert.ok(page.includes(`### ${id} ${title}`), id);
    const rows = rowsOf(page, /^\|(?: \[[TA]\d+\]|  \|)/);
    assert.equal(rows.length, figures.length);
    for (const row of rows) assert.match(row, /\| not measured \|  \|  \|/);
    assert.equal(rowsOf(page, /^Not measured\.$/).length, SECTIONS.length);
  });

  test('[PRF7] a peer and the limit stand beside the figure, with ratios', () => {
    const [row] = rowsOf(pageOf(resultOf('relay', RELAY)), /\[T13\]/);
    assert.match(
      row,
      /\| ≤ 3 × nginx \| 2\.5 × nginx \| met \| nginx 1\.22\.1 1 × nginx \(2\.5 ×\) \| 1 × nginx \(2\.5 ×\) \|$/,
    );
  });

  test('[PRF7] a ratio is of what both were measured by, end to end where the peer was', () => {
    const at = (p50) => ({ count: 9, p50, p99: 2 * p50, p999: 3 * p50 });
    const rows = {
      'Prism, egress': at(4),
      'Prism, egress, inside': at(1),
      'Prism, ingress': at(2),
      'Prism, ingress, inside': at(1),
      'aiortc 1.4.0, egress': at(8),
      'aiortc 1.4.0, ingress': at(8),
    };
    const result = { versions: { aiortc: '1.4.0' }, rows, silences: [] };
    const { figures } = judgeTarget(
      TARGETS.find(({ id }) => id === 'T2'),
      resultsOf(resultOf('latency', result)),
    );
    assert.deepEqual(figures[0].peers.at(-1), {
      name: 'aiortc 1.4.0, end to end',
      value: 8,
      ours: 4,
    });
  });

  test('[PRF2] shows what is missed', () => {
    const page = pageOf(resultOf('relay', { ...RELAY, ratio: 3.5 }));
    assert.match(rowsOf(page, /\[T13\]/)[0], /\| 3\.5 × nginx \| \*\*missed\*\* \|/);
    assert.match(page, /missed: T13\./);
  });

  test('[PRF3] shows a void run with its reason and without its numbers', () => {
    const voidBecause = 'the load was late itself';
    const pages = performancePages(
      resultsOf(resultOf('relay', { ...RELAY, isVoid: true, voidBecause })),
    );
    const page = pages.get(PAGE_PATH);
    assert.match(rowsOf(page, /\[T13\]/)[0], /\| ≤ 3 × nginx \| void \|  \|  \| 1 × nginx \|$/);
    assert.match(page, /### Relay[\s\S]*?Void: the load was late itself\.\n/);
    assert.doesNotMatch(page, /socket writes/);
    assert.equal(pages.size, 1);
  });

  test('[PRF1] tells of a result that it cannot read, and makes up nothing', () => {
    const page = pageOf(resultOf('startup', { raw: {} }), resultOf('relay', { ratio: 2 }));
    assert.match(page, /### Start-up[\s\S]*?whose results this page cannot read\./);
    assert.match(rowsOf(page, /\[T14\]/)[0], /\| not measured \|  \|  \|/);
    assert.match(rowsOf(page, /\[T13\]/)[0], /\| 2 × nginx \| met \|  \|/);
  });

  test('[PRF1] capacities that no ramp has reached are not measured', () => {
    const ramp = (...carried) => ({ rows: carried.map((isCarried) => ({ isCarried })) });
    const rowOf = (...ramps) =>
      rowsOf(pageOf(resultOf('workers', { ratio: 2, ramps })), /\[A1\]/)[0];
    assert.match(rowOf(ramp(true, false), ramp(true, false)), /\| 2 × \| met \|/);
    assert.match(rowOf(ramp(true, false), ramp(true, true)), /\| not measured \|/);
  });

  test('[PRF8] marks what a busy machine measured, but no count', () => {
    const busy = { ...MACHINE, busyBefore: 0.6 };
    const page = pageOf(
      resultOf('relay', { ...RELAY, machine: busy }),
      resultOf('counts', { counts: { timersPerCall: 0 }, rows: [], machine: busy }),
    );
    assert.match(rowsOf(page, /\[T13\]/)[0], /\| met, busy machine \|/);
    assert.match(rowsOf(page, /timers per call/)[0], /\| 0 \| 0 \| met \|/);
    assert.equal(page.match(/\*\*The machine did other work meanwhile\*\*/g).length, 1);
  });

  test('[PRF9] each table names its command, commit, machine and profile', () => {
    const page = pageOf(resultOf('relay', RELAY));
    const section = page.slice(page.indexOf('### Relay'), page.indexOf('### Policy'));
    for (const said of [
      '`node bench/relay/run.mjs`; 2026-01-02, 12 s; commit 0123456789;',
      '2 × Test CPU, 8 GB, Linux 6.1, Node v20.20.2; load 0.1 → 1.2; cores busy with other work 1.0 % before, 2.0 % after',
      'the measuring process itself took 25.0 % of a core',
      '| socket writes | 62.5 % |',
      '| `writev` |  | 50.0 % |',
      '![Relay](performance/relay-cpu.svg)',
    ])
      assert.ok(section.includes(said), said);
  });

  test('[PRF10] every figure and section has its table, and a quick run its time', () => {
    const known = new Set(TABLES.map(({ name }) => name));
    const read = [...TARGETS.flatMap(({ figures }) => figures), ...SECTIONS].map(
      ({ table }) => table,
    );
    assert.deepEqual(
      [...new Set(read)].filter((table) => !known.has(table)),
      [],
    );
    for (const { name, targets } of TABLES)
      for (const id of targets) {
        const target = TARGETS.find((each) => each.id === id);
        assert.ok(
          target?.figures.some(({ table }) => table === name),
          `${name}, ${id}`,
        );
      }
    const quickS = TABLES.reduce((sum, { quickBudgetS }) => sum + quickBudgetS, 0);
    assert.ok(quickS <= 25 * 60, `${quickS} s`);
  });
});

describe('kept results', () => {
  const older = resultOf('relay', { ratio: 2 }, '2026-01-01T00:00:00.000Z');
  const newer = resultOf('relay', { ratio: 3 }, '2026-01-02T00:00:00.000Z');
  const merged = (kept, ...fresh) => mergeResults(resultsOf(...kept), fresh);

  test('[PRF5] newer replaces older, void never what counts', () => {
    assert.equal(merged([older], newer).results.get('relay').ratio, 3);
    assert.equal(merged([newer], older).results.get('relay').ratio, 3);
    assert.match(merged([newer], older).left[0], /^relay: not newer/);
    const withoutUse = { ...newer, isVoid: true };
    assert.equal(merged([older], withoutUse).results.get('relay').ratio, 2);
    assert.deepEqual(merged([], withoutUse).taken, ['relay']);
    assert.equal(merged([withoutUse], { ...newer, startedAt: '2026-01-03' }).taken.length, 1);
  });

  test('[PRF6] long runs of samples keep their spread, all else its values', () => {
    const samples = Array.from({ length: 10_001 }, (_, index) => (index * 7_919) % 10_001);
    const { raw, rows } = thinResult({ raw: samples, rows: [{ p50: 1.234_567_8, name: 'a' }] });
    assert.equal(raw.length, 120);
    assert.deepEqual([raw[0], raw.at(-1)], [0, 10_000]);
    assert.ok(Math.abs(raw[60] - 5_042) < 2, `${raw[60]}`);
    assert.deepEqual(rows, [{ p50: 1.2346, name: 'a' }]);
    assert.deepEqual(thinResult([3, 1, 2]), [3, 1, 2]);
    const kept = { raw: [1, -2.5, 1e-7, null], empty: [], rows: [{ a: 'x, [1,\n 2]' }] };
    assert.match(resultText(kept), /\[1, -2\.5, 1e-7, null\]/);
    assert.deepEqual(JSON.parse(resultText(kept)), kept);
  });

  test('[PRF4] the check refuses what the results do not give', () => {
    const path = 'bench/results/relay.json';
    const tree = { [path]: resultText(resultOf('relay', RELAY)) };
    for (const [name, text] of performancePages(keptResults(repositoryOf(tree)))) tree[name] = text;
    const findingsOf = (changes) =>
      checkPerformance(repositoryOf({ ...tree, ...changes })).findings;
    assert.deepEqual(findingsOf({}), []);
    const typed = tree[PAGE_PATH].replace('2.5 × nginx | met', '2.4 × nginx | met');
    assert.match(findingsOf({ [PAGE_PATH]: typed })[0], /^docs\/performance\.md: is not what/);
    const better = resultText(resultOf('relay', { ...RELAY, ratio: 2.4 }));
    assert.equal(findingsOf({ [path]: better }).length, 1);
    assert.match(findingsOf({ 'docs/performance/old.svg': '' })[0], /belongs to no result/);
    const { 'docs/performance/relay-cpu.svg': _, ...without } = tree;
    assert.match(
      checkPerformance(repositoryOf(without)).findings[0],
      /^docs\/performance\/relay-cpu\.svg: is missing/,
    );
    assert.deepEqual(checkPerformance(repositoryOf({})).findings, []);
  });
});

describe('plots', () => {
  test('[PRF4] are the same for the same numbers, and well formed', () => {
    const bars = [
      { label: 'a < b', value: 1.5, isOwn: true },
      { label: 'none', value: Number.NaN },
    ];
    const svg = barChart({ title: 'T & U', unit: 'ms', bars, goal: 2 });
    assert.equal(svg, barChart({ title: 'T & U', unit: 'ms', bars, goal: 2 }));
    assert.match(svg, /^<svg [^>]+>\n<rect [\s\S]+<\/svg>\n$/);
    assert.match(svg, />T &amp; U<[\s\S]*>a &lt; b<[\s\S]*>1\.5 ms<[\s\S]*>goal 2 ms</);
    assert.doesNotMatch(svg, /NaN|none/);
    assert.match(barChart({ title: 'T', unit: 'ms', bars: [] }), />no samples</);
  });

  test('[PRF4] lines end at the last sample', () => {
    const points = shareBelow([4, 1, 3, 2]);
    assert.deepEqual(points, [
      [1, 25],
      [2, 50],
      [3, 75],
      [4, 100],
    ]);
    const svg = lineChart({
      title: 'Spread',
      x: { label: 'ms', isLog: true },
      y: { label: '%', most: 100 },
      series: [{ name: 'Prism', points }],
    });
    assert.match(svg, /<polyline points="64,240 307,180 449\.1,120 550,60"/);
    assert.doesNotMatch(svg, /NaN/);
  });
});

describe('one table of all', () => {
  /** Runs a script that stands for a table; in `folder` there is a result of before. */
  async function runOf(t, script) {
    const folder = plantTree(t, { 'x.json': '{"table":"x","ratio":1}', 'script.mjs': script });
    const terminal = new PassThrough();
    const plan = { folder, args: ['--calls', '2'], budgetS: 1, isQuick: true, terminal };
    const { trouble } = await runTable({ name: 'x', script: `${folder}/script.mjs` }, plan);
    const read = (name) => readFileSync(`${folder}/${name}`, 'utf8');
    return { trouble, result: JSON.parse(read('x.json')), printed: read('x.txt') };
  }
  const leaving = (result) =>
    `import { writeFileSync } from 'node:fs'; const [, , ...args] = process.argv;
    console.log(args.slice(0, 3).join(' ')); writeFileSync(args[3], '${JSON.stringify(result)}');`;

  test('[PRF12] leaves its result and what it printed', async (t) => {
    const { trouble, result, printed } = await runOf(t, leaving({ table: 'x', ratio: 2 }));
    assert.equal(trouble, undefined);
    assert.deepEqual(result, { table: 'x', ratio: 2, isQuick: true });
    assert.equal(printed, '--calls 2 --json\n');
  });

  test('[PRF12] tells that it failed, and keeps what was there', async (t) => {
    const { trouble, result } = await runOf(t, 'process.exit(7);');
    assert.equal(trouble, 'ended with 7, without results');
    assert.equal(result.ratio, 1);
  });

  test('[PRF12] tells that it was void', async (t) => {
    const { trouble } = await runOf(t, leaving({ isVoid: true, voidBecause: 'too late' }));
    assert.equal(trouble, 'void: too late');
    const failed = await runOf(t, `${leaving({ ratio: 3 })} process.exitCode = 1;`);
    assert.equal(failed.trouble, 'ended with 1');
  });
});

describe('profiles', () => {
  test('[PRF11] are shares of the busy time', () => {
    const url = (path) => `file:///x/packages/${path}.js`;
    const frame = (id, functionName, { from = '', children = [] } = {}) => ({
      id,
      callFrame: { functionName, url: from },
      children,
    });
    const profile = {
      nodes: [
        frame(1, '(idle)'),
        frame(2, 'writev'),
        frame(3, 'handle', { from: url('core/dist/session/session') }),
        frame(4, 'sendPacket', {
          from: url('server/dist/webrtc/data-channel-peer'),
          children: [5],
        }),
        frame(5, 'port'),
      ],
      samples: [1, 2, 3, 2, 5],
      timeDeltas: [600, 200, 60, 100, 40],
    };
    const { busyShare, parts, functions } = foldProfile(profile, 'a test');
    assert.equal(busyShare, 0.4);
    assert.deepEqual(parts, [
      { part: 'socket writes', share: 0.75 },
      { part: 'the rest of core', share: 0.15 },
      { part: 'WebRTC stack', share: 0.1 },
    ]);
    assert.deepEqual(functions.slice(1), [
      { name: 'handle', file: 'packages/core/dist/session/session.js', share: 0.15 },
      { name: '(addon of WebRTC stack)', file: '', share: 0.1 },
    ]);
  });
});
