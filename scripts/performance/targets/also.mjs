// What is asked for besides T1 to T15: a second core, the cost of observing, and whether the timeline can be trusted.
import { shownNumber, shownShare } from '../format.mjs';
import { barChart } from '../svg.mjs';

const hasEnded = ({ rows }) => rows.some(({ isCarried }) => !isCarried);

export const ALSO_TARGETS = [
  {
    id: 'A1',
    title: 'second core',
    definition:
      'calls that two workers carry divided by those that one does, each worker with a small core of its own',
    profileOf: 'density',
    limitedBy: 'the process that shares rates, places and budgets between the workers',
    figures: [
      {
        what: 'two workers over one',
        table: 'workers',
        unit: '×',
        goal: { atLeast: 1.8 },
        // Where a server carried all calls that were tried, its capacity is not known.
        read: ({ ramps, ratio }) => (ramps.every(hasEnded) ? ratio : undefined),
        limit: 2,
      },
    ],
  },
  {
    id: 'A2',
    title: 'cost of observing',
    definition: 'CPU per packet with metrics, traces, timeline and logs over without any of them',
    profileOf: 'observability',
    limitedBy: 'the spans of turns, made when they have ended',
    figures: [
      {
        what: 'on over off',
        table: 'observability',
        unit: '×',
        goal: { atMost: 1.05 },
        read: ({ ratios }) => ratios.find(({ mode }) => mode === 'on').ratio,
        limit: 1,
      },
    ],
  },
  {
    id: 'A3',
    title: 'truth of the timeline',
    definition: '|mouth to ear as told − as recorded in Chromium behind the mixer|',
    profileOf: 'timeline',
    limitedBy: "what only the client's machine knows: its microphone and its output",
    figures: [0, 100].map((rttMs) => ({
      what: `RTT ${rttMs} ms, p95`,
      table: 'timeline',
      unit: 'ms',
      goal: { atMost: 10 },
      read: ({ runs }) => runs.find((run) => run.rttMs === rttMs).errorMs.p95,
    })),
  },
];

const MOMENTS = [
  ['trueMs', 'mouth to ear, recorded'],
  ['toldMs', 'mouth to ear, told'],
  ['errorMs', '|told − recorded|'],
  ['mouthMs', 'told − true at the mouth'],
  ['earMs', 'told − true at the ear'],
];

export const ALSO_SECTIONS = [
  {
    table: 'workers',
    title: 'Workers',
    says: 'The calls of the density table in front of one server with one worker, then with two; a worker gets a share of a core by a control group, so that generator and upstream have the rest.',
    tables: ({ ramps }) => [
      {
        head: ['workers', 'calls', 'reached the upstream', ''],
        rows: ramps.flatMap(({ workerCount, rows }) =>
          rows.map(({ callCount, appendedShare, isVoid, isCarried }) => [
            workerCount,
            callCount,
            shownShare(appendedShare),
            [isVoid ? 'void' : '', isCarried ? '' : 'at its end'].filter(Boolean).join(', '),
          ]),
        ),
      },
    ],
    plots: ({ ramps }) => ({
      capacity: barChart({
        title: 'Calls carried',
        unit: 'calls',
        bars: ramps.map(({ workerCount, capacity }) => ({
          label: workerCount === 1 ? 'one worker' : `${workerCount} workers`,
          value: capacity,
          isOwn: true,
        })),
      }),
    }),
  },
  {
    table: 'observability',
    title: 'Cost of observing',
    says: 'Two servers side by side, whose callers talk in turns.',
    tables: ({ ratios, sessions }) => [
      {
        caption: `${sessions} sessions, CPU per packet over that of the server with everything off`,
        head: ['mode', 'ratio', 'by pair'],
        rows: ratios.map(({ mode, ratio, pairs }) => [
          mode,
          ratio.toFixed(3),
          pairs.map((pair) => pair.toFixed(3)).join(', '),
        ]),
      },
    ],
    plots: () => ({}),
  },
  {
    table: 'timeline',
    title: 'Truth of the timeline',
    says: 'Both ends recorded in Chromium, beside what the timeline tells of the same turn. The two ends stand for a profile.',
    tables: ({ runs }) =>
      runs.map((run) => ({
        caption: `RTT ${run.rttMs} ms: ${run.askedCount} turns, ${run.judgedCount} judged`,
        head: ['ms', 'p50', 'p95', 'max'],
        rows: MOMENTS.map(([moment, title]) => [
          title,
          ...['p50', 'p95', 'max'].map((part) => shownNumber(run[moment]?.[part])),
        ]),
      })),
    plots: () => ({}),
  },
];
