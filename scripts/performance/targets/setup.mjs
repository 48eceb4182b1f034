// T8, T9 and T14: until one can talk.
import { shownNumber } from '../format.mjs';
import { barChart, lineChart, shareBelow } from '../svg.mjs';

const rowOf = ({ rows }, server, rttMs) =>
  rows.find((row) => row.server === server && row.rttMs === rttMs);
const peersOf = (rttMs, moment) => (result) =>
  result.rows
    .filter((row) => row.rttMs === rttMs && row.server !== 'prism')
    .map(({ server, version, moments }) => ({
      name: `${server} ${version ?? ''}`.trim(),
      value: moments[moment].p50,
    }));

const setup = (table, who, { rttMs, moment, what, roundTrips }) => ({
  what: `${what}, RTT ${rttMs} ms, ${who}, p50`,
  table,
  unit: 'ms',
  goal: { atMost: roundTrips * rttMs + 30 },
  read: (result) => rowOf(result, 'prism', rttMs).moments[moment].p50,
  peers: peersOf(rttMs, moment),
  limit: 2 * rttMs,
});

const MOMENTS = [
  { moment: 'rtpLeft', what: 'first media leaves', roundTrips: 3 },
  { moment: 'open', what: 'channel open', roundTrips: 4 },
];
const setupFigures = [100, 200].flatMap((rttMs) =>
  MOMENTS.flatMap((each) => [
    setup('setup-prepared', 'our SDK (prepared)', { rttMs, ...each }),
    setup('setup', 'any client', { rttMs, ...each }),
  ]),
);

const serial = ({ webRtcMs, upstreamMs }) =>
  (webRtcMs.p50 + upstreamMs) / Math.max(webRtcMs.p50, upstreamMs);

export const SETUP_TARGETS = [
  {
    id: 'T8',
    title: 'set-up',
    definition:
      'from the request with the offer (prepared: from the click) to the first media and to an open data channel, Chromium, emulated delay; goals 3 and 4 round trips and 30 ms',
    profileOf: 'setup',
    limitedBy:
      "the flights of HTTP, ICE, DTLS 1.2 and SCTP one after the other; of what any client takes beyond three round trips most is the browser's own: reading the answer, taking it until the first check leaves, filling the first packet of audio once connected",
    figures: setupFigures,
  },
  {
    id: 'T9',
    title: 'ready to talk',
    definition: 'divided by the longer of WebRTC set-up and upstream set-up',
    profileOf: 'connect',
    limitedBy: "the upstream's connect, beside which WebRTC is set up",
    figures: [
      {
        what: 'ready, p50',
        table: 'connect',
        unit: '×',
        goal: { atMost: 1.1 },
        read: ({ ratio }) => ratio,
        peers: (result) => [{ name: 'one after the other', value: serial(result) }],
        limit: 1,
      },
      {
        what: 'SDP answer, p95',
        table: 'connect',
        unit: 'ms',
        goal: { atMost: 30 },
        read: ({ answerMs }) => answerMs.p95,
      },
    ],
  },
  {
    id: 'T14',
    title: 'start-up',
    definition:
      "a cold process, compiled before: until GET /readyz says so, and until the engine's first answer",
    profileOf: 'startup',
    limitedBy: 'reading and compiling modules, then the engine’s threads',
    figures: [
      {
        what: 'ready, p50',
        table: 'startup',
        unit: 'ms',
        goal: { atMost: 2_000 },
        read: ({ rows }) => rows.ready.p50,
        peers: ({ rows }) => [{ name: 'node with nothing', value: rows['node with nothing'].p50 }],
      },
      {
        what: 'ready, slowest',
        table: 'startup',
        unit: 'ms',
        goal: { atMost: 2_000 },
        read: ({ rows }) => rows.ready.max,
      },
      {
        what: 'first answer, slowest',
        table: 'startup',
        unit: 'ms',
        goal: { atMost: 5_000 },
        read: ({ rows }) => rows['first answer'].max,
      },
    ],
  },
];

const TITLES = {
  answered: 'answer read',
  checkLeft: 'first check',
  connected: 'connected',
  rtpLeft: 'RTP leaves',
  rtpArrived: 'RTP arrives',
  open: 'channel open',
  firstEvent: 'first event',
};

const setupTable = ({ rows }) => ({
  head: [
    'RTT ms',
    'server',
    'calls',
    ...Object.values(TITLES).map((title) => `${title}, p50 / p95 ms`),
  ],
  rows: rows.map(({ rttMs, server, version, moments, calls }) => [
    rttMs,
    `${server} ${version ?? ''}`.trim(),
    calls.length,
    ...Object.keys(TITLES).map(
      (moment) => `${shownNumber(moments[moment]?.p50)} / ${shownNumber(moments[moment]?.p95)}`,
    ),
  ]),
});

const setupPlot = ({ rows }) => ({
  media: barChart({
    title: 'First media leaves the client, p50',
    unit: 'ms',
    bars: rows.map(({ rttMs, server, moments }) => ({
      label: `${server}, RTT ${rttMs}`,
      value: moments.rtpLeft.p50,
      isOwn: server === 'prism',
    })),
  }),
});

const summaryRows = (rows) => ({
  head: ['', 'count', 'p50 ms', 'p95 ms', 'max ms'],
  rows: Object.entries(rows).map(([name, { count, p50, p95, max }]) => [
    name,
    count,
    ...[p50, p95, max].map(shownNumber),
  ]),
});

export const SETUP_SECTIONS = [
  {
    table: 'setup',
    title: 'Set-up under delay',
    says: 'The moments stand for a profile: nothing here is limited by CPU. The others answer as they are installed, without an upstream.',
    tables: (result) => [setupTable(result)],
    plots: setupPlot,
  },
  {
    table: 'setup-prepared',
    title: 'Set-up of a prepared call',
    says: 'As our SDK does it: the offer is answered before the click, the channel negotiated in it.',
    tables: (result) => [setupTable(result)],
    plots: () => ({}),
  },
  {
    table: 'connect',
    title: 'Ready to talk',
    says: 'On loopback, with an upstream that takes its time to accept; WebRTC alone is the same with one that accepts at once.',
    tables: ({ answerMs, readyMs, webRtcMs }) => [
      summaryRows({ 'SDP answer': answerMs, 'ready to talk': readyMs, 'WebRTC alone': webRtcMs }),
    ],
    plots: ({ raw }) => ({
      answer: lineChart({
        title: 'SDP answer',
        x: { label: 'ms', isLog: true },
        y: { label: '% of calls at or below', most: 100 },
        series: [
          { name: 'Prism', points: shareBelow(raw.slow.map(({ answeredMs }) => answeredMs)) },
        ],
      }),
    }),
  },
  {
    table: 'startup',
    title: 'Start-up',
    says: 'What `npm start` compiles after `npm ci` is not in it.',
    tables: ({ rows }) => [summaryRows(rows)],
    plots: ({ rows }) => ({
      moments: barChart({
        title: 'From the spawn, p50',
        unit: 'ms',
        bars: Object.entries(rows).map(([label, { p50 }]) => ({
          label,
          value: p50,
          isOwn: label !== 'node with nothing',
        })),
      }),
    }),
  },
];
