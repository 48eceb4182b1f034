// T10, T12, T13 and T15: lossy networks, full servers, relayed sockets, policies.
import { shownNumber, shownShare } from '../format.mjs';
import { barChart, lineChart, shareBelow } from '../svg.mjs';

const NACK = 'NACK';
const BOTH = 'RED 1 + NACK';
const networkOf = ({ results }, offer, network) =>
  results
    .find((each) => each.server === 'Prism' && each.offer === offer)
    .rows.find((row) => row.network === network);
const bridgeOf = ({ results }, network, read) =>
  results
    .filter(({ server }) => server !== 'Prism')
    .map(({ server, rows }) => ({
      name: server,
      value: read(rows.find((row) => row.network === network)),
    }));

const loss = ({ what, network, unit, read, goal }) =>
  [NACK, BOTH].map((offer) => ({
    what: `${what}, ${offer}`,
    table: 'loss',
    unit,
    goal,
    read: (result) => read(networkOf(result, offer, network)),
    peers: (result) => bridgeOf(result, network, read),
  }));

const complete = ({ completeRatio }) => completeRatio * 100;
const addedP95 = ({ addedMsP95 }) => addedMsP95;

export const NETWORK_TARGETS = [
  {
    id: 'T10',
    title: 'completeness under loss',
    definition:
      'time-coded frames that the upstream heard, of those said, by what the client negotiated; and by how much later than on the clean network',
    profileOf: 'loss',
    limitedBy: 'the round trip that asking again takes, and the bound of waiting',
    figures: [
      ...loss({
        what: '10 % lost, complete',
        network: 'loss 10 %',
        unit: '%',
        goal: { atLeast: 99.5 },
        read: complete,
      }),
      ...loss({
        what: '5 % in bursts of 3, complete',
        network: '5 % in bursts of 3',
        unit: '%',
        goal: { atLeast: 98 },
        read: complete,
      }),
      ...loss({
        what: '10 % lost, added p95',
        network: 'loss 10 %',
        unit: 'ms',
        goal: { atMost: 60 },
        read: addedP95,
      }),
      ...loss({
        what: '30 % lost, added p95',
        network: 'loss 30 %',
        unit: 'ms',
        goal: { atMost: 60 },
        read: addedP95,
      }),
      ...loss({ what: 'clean, added p95', network: 'clean', unit: 'ms', read: addedP95 }),
      ...loss({
        what: '10 % lost, lag p95 behind 200 ms without loss',
        network: 'loss 10 %',
        unit: 'ms',
        read: ({ lagMsP95 }) => lagMsP95,
      }),
    ],
  },
  {
    id: 'T12',
    title: 'overload',
    definition: 'all places taken: how fast callers are refused, and what the live calls notice',
    profileOf: 'overload',
    limitedBy: 'HTTP itself: /healthz of the same server stands beside it',
    figures: [
      {
        what: 'refused over HTTP, p95',
        table: 'overload',
        unit: 'ms',
        goal: { below: 50 },
        read: ({ refusedByHttp }) => refusedByHttp.p95Ms,
        peers: ({ healthz }) => [{ name: 'GET /healthz', value: healthz.p95Ms }],
      },
      {
        what: 'refused over the socket, p95',
        table: 'overload',
        unit: 'ms',
        goal: { below: 50 },
        read: ({ refusedBySocket }) => refusedBySocket.p95Ms,
        peers: ({ healthz }) => [{ name: 'GET /healthz', value: healthz.p95Ms }],
      },
      {
        what: 'calls lost',
        table: 'overload',
        goal: { atMost: 0 },
        read: ({ lostCalls }) => lostCalls,
      },
      {
        what: 'gaps between packets of live calls meanwhile, p95',
        table: 'overload',
        unit: 'ms',
        read: ({ packetGapsUnderRefusals }) => packetGapsUnderRefusals.p95Ms,
        peers: ({ packetGapsQuiet }) => [{ name: 'before', value: packetGapsQuiet.p95Ms }],
      },
    ],
  },
  {
    id: 'T13',
    title: 'WebSocket relay',
    definition:
      "CPU per session of the same traffic, with policies, metering, ledger and timeline on, divided by nginx's",
    profileOf: 'relay',
    limitedBy:
      'one read and one write per message in Node, whose streams take what nginx does not have',
    figures: [
      {
        what: 'CPU',
        table: 'relay',
        unit: '× nginx',
        goal: { atMost: 3 },
        read: ({ ratio }) => ratio,
        peers: ({ versions }) => [{ name: `nginx ${versions.nginx}`, value: 1 }],
        limit: 1,
      },
    ],
  },
  {
    id: 'T15',
    title: 'policy',
    definition:
      'what the preset `browser` costs per relayed event over `open`, reading and session machine included; RTP asks no policy',
    profileOf: 'policy',
    limitedBy: 'reading what a policy has to look at, which `open` need not',
    figures: [
      ['up', 'up'],
      ['down', 'down'],
      ['down, sessions and responses', 'sessions and responses, written anew'],
    ].map(([way, what]) => ({
      what,
      table: 'policy',
      unit: 'µs',
      goal: { atMost: 5 },
      read: ({ rows }) => rows.find((row) => row.way === way).policyUs,
    })),
  },
];

const lossTable = ({ server, offer, rows }) => ({
  caption: `${server}, client offers ${offer}`,
  head: [
    'network',
    'bound',
    'complete',
    'added p50 ms',
    'added p95 ms',
    'lag p95 ms',
    'answer got',
  ],
  rows: rows.map((row) => [
    row.network,
    shownShare(row.boundRatio),
    shownShare(row.completeRatio),
    ...[row.addedMsP50, row.addedMsP95, row.lagMsP95].map((ms) => ms?.toFixed(1) ?? '-'),
    shownShare(row.answerGotRatio),
  ]),
});

const pick = (rows, network) => rows.find((row) => row.network === network);

export const NETWORK_SECTIONS = [
  {
    table: 'loss',
    title: 'Loss',
    says: 'Time-coded sound through a seeded network. The bound is what came at first or as a copy; asking again has none.',
    tables: ({ results }) => results.map(lossTable),
    plots: ({ results }) => ({
      complete: barChart({
        title: '10 % lost: frames heard upstream',
        unit: '%',
        goal: 99.5,
        bars: results.map(({ server, offer, rows }) => ({
          label: `${server}, ${offer}`,
          value: pick(rows, 'loss 10 %').completeRatio * 100,
          isOwn: server === 'Prism',
        })),
      }),
    }),
  },
  {
    table: 'overload',
    title: 'Overload',
    says: 'Ten times as many callers as places, in bursts, while every place is taken by a call that is answered.',
    tables: ({ places, wrongAnswers, lostCalls, refusedByHttp, refusedBySocket, ...rest }) => [
      {
        caption: `${places} places, ${wrongAnswers} wrong answers, ${lostCalls} calls lost`,
        head: ['', 'count', 'p50 ms', 'p95 ms', 'p99 ms'],
        rows: Object.entries({
          'refused over HTTP': refusedByHttp,
          'refused over the socket': refusedBySocket,
          'GET /healthz': rest.healthz,
          'gaps between packets before': rest.packetGapsQuiet,
          'gaps between packets meanwhile': rest.packetGapsUnderRefusals,
        }).map(([name, { count, p50Ms, p95Ms, p99Ms }]) => [
          name,
          count,
          ...[p50Ms, p95Ms, p99Ms].map(shownNumber),
        ]),
      },
    ],
    plots: ({ raw }) => ({
      refusals: lineChart({
        title: 'Refusals',
        x: { label: 'ms', isLog: true },
        y: { label: '% at or below', most: 100 },
        series: [
          { name: 'over HTTP', points: shareBelow(raw.times.http) },
          { name: 'over the socket', points: shareBelow(raw.times.socket) },
          { name: 'GET /healthz', points: shareBelow(raw.times.healthz) },
        ],
      }),
    }),
  },
  {
    table: 'relay',
    title: 'Relay',
    says: 'Per session 50 appends a second up, 5 audio and 5 transcript deltas down.',
    tables: ({ means }) => [
      {
        head: [
          '',
          'CPU ms per session and second',
          'of it the main thread',
          'the load itself, core',
        ],
        rows: Object.entries(means).map(([name, mean]) => [
          name,
          shownNumber(mean.cpuMsPerSessionSecond),
          shownNumber(mean.mainMsPerSessionSecond),
          shownShare(mean.loadCore),
        ]),
      },
    ],
    plots: ({ means }) => ({
      cpu: barChart({
        title: 'CPU per relayed session and second',
        unit: 'ms',
        goal: 3 * means.nginx.cpuMsPerSessionSecond,
        bars: Object.entries(means).map(([label, { cpuMsPerSessionSecond }]) => ({
          label,
          value: cpuMsPerSessionSecond,
          isOwn: label === 'prism',
        })),
      }),
    }),
  },
  {
    table: 'policy',
    title: 'Policy',
    says: 'A recorded conversation of four turns, read and handled as the server does it; medians of rounds in turn.',
    tables: ({ rows }) => [
      {
        head: ['way', 'messages', 'open µs', 'browser µs', 'policy µs'],
        rows: rows.map(({ way, messages, ...us }) => [
          way,
          messages,
          ...[us.openUs, us.browserUs, us.policyUs].map(shownNumber),
        ]),
      },
    ],
    plots: ({ rows }) => ({
      cost: barChart({
        title: 'Policy, per message',
        unit: 'µs',
        goal: 5,
        bars: rows.map(({ way, policyUs }) => ({ label: way, value: policyUs, isOwn: true })),
      }),
    }),
  },
];
