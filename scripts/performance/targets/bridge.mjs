// T4, T5 and T11: what calls cost.
import { shownNumber, shownShare } from '../format.mjs';
import { barChart, lineChart } from '../svg.mjs';

const named = (results, name) => results.find((each) => each.name === name);
const others = (results, valueOf) =>
  results
    .filter(({ name }) => name !== 'prism')
    .map((each) => ({ name: `${each.name} ${each.version ?? ''}`.trim(), value: valueOf(each) }));
const counting = ({ rows }) => rows.filter(({ isVoid, isAtItsEnd }) => !isVoid && !isAtItsEnd);
const lastRow = ({ results }) => counting(named(results, 'prism')).at(-1);
const arm = ({ slopes }, name) => slopes.find((slope) => slope.name === name)?.corePercentPerCall;

const ahead = (name, atLeast) => ({
  what: `times ${name}'s bridge`,
  table: 'density',
  unit: '×',
  goal: { atLeast },
  read: ({ results }) => named(results, 'prism').callsPerCore / named(results, name).callsPerCore,
});

export const BRIDGE_TARGETS = [
  {
    id: 'T4',
    title: 'bridge density',
    definition:
      'one divided by the CPU that each call more costs, Opus over WebRTC to PCM over a Realtime WebSocket, 40 % talk',
    profileOf: 'density',
    limitedBy:
      'Opus, then the system calls of a packet: it is read from the client and written to the upstream',
    figures: [
      {
        what: 'calls per core',
        table: 'density',
        goal: { atLeast: 200 },
        read: ({ results }) => named(results, 'prism').callsPerCore,
        peers: ({ results }) => others(results, ({ callsPerCore }) => callsPerCore),
        limit: 440,
      },
      {
        what: 'tick lateness p99 at the most calls',
        table: 'density',
        unit: 'ms',
        goal: { below: 10 },
        read: (result) => lastRow(result).ticks.p99,
      },
      ahead('aiortc', 5),
      ahead('janus', 1),
      ahead('werift', 1),
    ],
  },
  {
    id: 'T5',
    title: 'transport cost',
    definition:
      'CPU that each call more costs, an echo through the WebRTC adapter, 100 packets a second',
    profileOf: 'transport',
    limitedBy: 'the two system calls of a packet in Node’s sockets; SRTP takes under a tenth',
    figures: [
      {
        what: 'of a core per call',
        table: 'transport',
        unit: '%',
        goal: { atMost: 0.22 },
        read: (result) => arm(result, 'front'),
        peers: (result) => [
          { name: 'node-datachannel alone, one port', value: arm(result, 'stack') },
          ...result.slopes
            .filter(({ name }) => !['front', 'stack', 'base front'].includes(name))
            .map(({ name, corePercentPerCall }) => ({
              name: `${name} ${result.versions?.[name] ?? ''}`.trim(),
              value: corePercentPerCall,
            })),
        ],
        limit: 0.085,
      },
    ],
  },
  {
    id: 'T11',
    title: 'footprint and tail',
    definition:
      'resident memory that each call more takes; heap and timers of packets and calls; lateness of the media tick',
    profileOf: 'density',
    limitedBy:
      'memory by audio that waits to be heard, codecs, and heap that is not collected yet; the tail by garbage collection and by whatever else runs on the core',
    figures: [
      {
        what: 'resident memory per call',
        table: 'density',
        unit: 'MB',
        goal: { atMost: 0.6 },
        read: ({ results }) => named(results, 'prism').residentMbPerCall,
        peers: ({ results }) => others(results, ({ residentMbPerCall }) => residentMbPerCall),
        limit: 0.41,
      },
      {
        what: 'heap per packet in',
        table: 'counts',
        isCount: true,
        unit: 'B',
        goal: { atMost: 256 },
        read: ({ counts }) => counts.heapBytesIn,
      },
      {
        what: 'heap per packet out',
        table: 'counts',
        isCount: true,
        unit: 'B',
        goal: { atMost: 256 },
        read: ({ counts }) => counts.heapBytesOut,
      },
      {
        what: 'timers per call',
        table: 'counts',
        isCount: true,
        goal: { atMost: 0 },
        read: ({ counts }) => counts.timersPerCall,
      },
      {
        what: 'tick lateness p99.9',
        table: 'tail',
        unit: 'ms',
        goal: { atMost: 2 },
        read: (result) => lastRow(result).ticks.p999,
      },
      {
        what: 'CPU meanwhile',
        table: 'tail',
        unit: '% of a core',
        read: (result) => lastRow(result).core.server * 100,
      },
    ],
  },
];

const densityRow = (row) => [
  row.callCount,
  shownNumber(row.core.server * 100),
  shownNumber(row.residentMb),
  shownNumber(row.ticks?.p99),
  shownNumber(row.ticks?.p999),
  shownNumber(row.lateMs?.p99),
  `${shownNumber(row.core.callers * 100)}, ${shownNumber(row.core.upstream * 100)}`,
  [row.isVoid ? 'void' : '', row.isAtItsEnd ? 'at its end' : ''].filter(Boolean).join(', '),
];

const ROW_HEAD = [
  'calls',
  'core %',
  'RSS MB',
  'ticks p99 ms',
  'p99.9',
  'answers late p99 ms',
  'callers, upstream core %',
  '',
];

const LATE_CAUSES = {
  gc: 'garbage collection',
  queue: 'waiting for a core',
  own: 'the process itself',
};

/** What made ticks late, where the benchmark has told. */
function lateTables(allRows) {
  const rows = allRows.filter(({ ticks }) => ticks?.late !== undefined);
  if (rows.length === 0) return [];
  return [
    {
      caption:
        'What took most of the time by which ticks were more than 2 ms late, and the latest of each',
      head: ['calls', 'ticks', ...Object.values(LATE_CAUSES)],
      rows: rows.map(({ callCount, ticks: { late } }) => [
        callCount,
        late.tickCount,
        ...Object.keys(LATE_CAUSES).map((cause) => {
          const { count, msMax } = late.causes[cause];
          return count === 0 ? '0' : `${count}, ${shownNumber(msMax)} ms`;
        }),
      ]),
    },
  ];
}

const densityTables = ({ results }) => [
  {
    head: ['', 'core per call', 'calls per core', 'MB per call'],
    rows: results.map(({ name, version, problem, ...each }) => [
      `${name} ${version ?? ''}${problem === undefined ? '' : `: ${problem}`}`.trim(),
      Number.isFinite(each.corePerCall) ? `${(each.corePerCall * 100).toFixed(3)} %` : '-',
      shownNumber(each.callsPerCore),
      shownNumber(each.residentMbPerCall),
    ]),
  },
  ...results.map(({ name, rows }) => ({
    caption: name,
    head: ROW_HEAD,
    rows: rows.map(densityRow),
  })),
];

const densityPlots = ({ results }) => ({
  cpu: lineChart({
    title: 'CPU of the server by calls',
    x: { label: 'calls' },
    y: { label: '% of a core' },
    series: results.map(({ name, rows }) => ({
      name,
      points: rows
        .filter(({ isVoid }) => !isVoid)
        .map((row) => [row.callCount, row.core.server * 100])
        .sort(([one], [other]) => one - other),
    })),
  }),
});

export const BRIDGE_SECTIONS = [
  {
    table: 'density',
    title: 'Density',
    says: 'Callers and upstream are processes of their own. A row is void when the callers come too late or send too little; it counts for no slope, as a server at its end does not.',
    tables: densityTables,
    plots: densityPlots,
  },
  {
    table: 'tail',
    title: 'Tail of the media tick',
    says: 'One long row with as many calls as take most of a core.',
    tables: ({ results, seconds }) => [
      {
        caption: `${seconds} s a row`,
        head: ROW_HEAD,
        rows: results.flatMap(({ rows }) => rows.map(densityRow)),
      },
      ...lateTables(results.flatMap(({ rows }) => rows)),
    ],
    plots: () => ({}),
  },
  {
    table: 'transport',
    title: 'Transport',
    says: '`front` is Prism’s own stack, as it runs it; `stack` node-datachannel (libdatachannel), which Prism had before; `janus` its echo test, `werift` an echo. The process of the clients is told with its CPU; a run in which it sends too little is void.',
    tables: ({ rows, slopes }) => [
      {
        head: [
          'arm',
          'calls',
          'core per call',
          'CPU per packet and echo, µs',
          'came back',
          'clients, core',
        ],
        rows: rows.map((row) => [
          row.name,
          row.callCount,
          `${row.corePercentPerCall.toFixed(3)} %`,
          shownNumber(row.cpuUsPerEcho),
          shownShare(row.receivedShare),
          shownShare(row.clientsCore),
        ]),
      },
      {
        head: ['arm', 'each call more'],
        rows: slopes.map(({ name, corePercentPerCall }) => [
          name,
          Number.isFinite(corePercentPerCall) ? `${corePercentPerCall.toFixed(3)} %` : '-',
        ]),
      },
    ],
    plots: ({ slopes }) => ({
      cost: barChart({
        title: 'Transport, each call more',
        unit: '%',
        goal: 0.22,
        bars: slopes.map(({ name, corePercentPerCall }) => ({
          label: name,
          value: corePercentPerCall,
          isOwn: name === 'front',
        })),
      }),
    }),
  },
  {
    table: 'counts',
    title: 'Counts',
    says: 'They come out alike on any machine; the tests hold them below the limits.',
    tables: ({ rows }) => [
      {
        head: ['what', 'counted', 'limit of the tests'],
        rows: rows.map(({ what, value, max }) => [what, shownNumber(value), shownNumber(max)]),
      },
    ],
    plots: () => ({}),
  },
];
