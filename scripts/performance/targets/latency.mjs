// T1 to T3: what Prism adds to a call, and what it saves.
import { shownNumber } from '../format.mjs';
import { lineChart, shareBelow } from '../svg.mjs';

const aiortcRow = ({ rows, versions }, way) => ({
  name: `aiortc ${versions?.aiortc ?? ''}, end to end`,
  value: rows[`aiortc ${versions?.aiortc}, ${way}`],
});

const inside = (way, part) => (result) => result.rows[`Prism, ${way}, inside`][part];
const beside = (way, part) => (result) => {
  const peer = aiortcRow(result, way);
  const ours = result.rows[`Prism, ${way}`][part];
  return [
    { name: 'Prism, end to end', value: ours },
    // Which is outside as well: what is inside would be set beside a whole trip.
    { name: peer.name, value: peer.value?.[part], ours },
  ];
};

const ingress = (part, atMost, { table, load }) => ({
  what: `${part}, ${load}`,
  table,
  unit: 'ms',
  goal: { atMost },
  read: inside('ingress', part),
  peers: beside('ingress', part),
  limit: 0.2,
});

/** What a fresh process takes, whose code isn't compiled yet: shown without a goal. */
const firstCall = (way) => ({
  what: 'p50, first call of a process',
  table: 'latency',
  unit: 'ms',
  read: ({ rows }) => rows[`first call, ${way}, inside`]?.p50,
});

export const LATENCY_TARGETS = [
  {
    id: 'T1',
    title: 'ingress added latency',
    definition: "from a datagram's arrival in the process to its append on the upstream's socket",
    profileOf: 'latency',
    limitedBy:
      'one turn of the event loop, in caches that are cold with a single call: read of the datagram, SRTP, Opus, one write; in the first minutes of a process also code that V8 has not compiled yet',
    figures: [
      ingress('p50', 0.5, { table: 'latency', load: 'one call' }),
      ingress('p99', 3, { table: 'latency', load: 'one call' }),
      firstCall('ingress'),
      ingress('p50', 1, { table: 'latency-loaded', load: 'beside others that talk' }),
      ingress('p99', 5, { table: 'latency-loaded', load: 'beside others that talk' }),
    ],
  },
  {
    id: 'T2',
    title: 'egress added latency',
    definition: "from an answer's first audio delta, as it is read, to its first RTP packet",
    profileOf: 'latency',
    limitedBy:
      'parsing the delta, the first Opus frame (the largest part), SRTP; no slot is waited for',
    figures: [
      ['p50', 1],
      ['p99', 5],
    ]
      .map(([part, atMost]) => ({
        what: part,
        table: 'latency',
        unit: 'ms',
        goal: { atMost },
        read: inside('egress', part),
        peers: beside('egress', part),
        limit: 0.3,
      }))
      .concat(firstCall('egress')),
  },
  {
    id: 'T3',
    title: 'negative gateway',
    definition:
      "of an answer's leading silence, what is saved over a direct client of the upstream",
    profileOf: 'latency',
    limitedBy:
      "10 ms of silence that are kept before the first sound, since a browser that has played out fades the beginning of what comes next in (bench/onset), and the codec's own delay; the row without silence has the latter and the way alone",
    figures: [
      {
        what: 'least, over the lengths of silence',
        table: 'latency',
        unit: '× silence',
        goal: { atLeast: 0.9 },
        read: ({ silences }) =>
          Math.min(...silences.map(({ savedShare }) => savedShare ?? Number.POSITIVE_INFINITY)),
        peers: () => [{ name: 'direct WebSocket client', value: 0 }],
        limit: 1,
      },
    ],
  },
];

function latencyRows({ rows }) {
  const head = ['', 'samples', 'p50 ms', 'p99 ms'];
  const cells = Object.entries(rows).map(([name, { count, p50, p99 }]) => [
    name,
    count,
    shownNumber(p50),
    shownNumber(p99),
  ]);
  return { head, rows: cells };
}

const silenceRows = ({ silences = [] }) => ({
  head: ['leading silence ms', 'direct ms', 'through Prism ms', 'saved of the silence'],
  rows: silences.map(({ silenceMs, directMs, throughMs, savedShare }) =>
    [silenceMs, directMs, throughMs, savedShare].map(shownNumber),
  ),
});

function spread(title, arms) {
  return lineChart({
    title,
    x: { label: 'ms', isLog: true },
    y: { label: '% of packets at or below', most: 100 },
    series: arms
      .filter(([, samples]) => samples?.length > 0)
      .map(([name, samples]) => ({ name, points: shareBelow(samples) })),
  });
}

const latencyPlots = ({ raw }) => {
  const { inside: within, floor, ...servers } = raw;
  const ends = (way) => Object.entries(servers).map(([name, arm]) => [name, arm[way]]);
  return {
    ingress: spread('Ingress, from the datagram to the append', [
      ['Prism, inside', within.ingress],
      ...ends('ingress'),
      ['floor of the way', floor],
    ]),
    egress: spread('Egress, from the first delta to the first packet', [
      ['Prism, inside', within.egress],
      ...ends('egress'),
    ]),
  };
};

export const LATENCY_SECTIONS = [
  {
    table: 'latency',
    title: 'Latency',
    says: 'Inside is from socket to socket in the process, which the targets name; end to end has the kernel twice, the client and the upstream of the benchmark in it.',
    tables: (result) => [latencyRows(result), silenceRows(result)],
    plots: latencyPlots,
  },
  {
    table: 'latency-loaded',
    title: 'Latency beside other calls',
    says: 'The same with calls beside it that talk all the time.',
    tables: (result) => [latencyRows(result)],
    plots: (result) => ({ ingress: latencyPlots(result).ingress }),
  },
];
