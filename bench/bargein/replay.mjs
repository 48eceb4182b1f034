// Tries what Prism estimates on interruptions that were recorded: `node bench/bargein/replay.mjs FILE`, a file of
// `run.mjs --record FILE`. The same file gives the same figures, so that an estimate can be made better without a browser.
//
// Of each interruption it has the packets and when they left, the page's reports and when they left, the cut, and how
// much of the answer was heard at the loudspeaker.
import { readFileSync } from 'node:fs';
import { HeardEstimate } from '../../packages/core/dist/playout/heard-estimate.js';
import { summary } from './judge.mjs';

const PACKET_SAMPLES = 480;
const SOURCE = { responseId: 'r', itemId: 'i', contentIndex: 0 };

function estimateOf({ packets }) {
  const estimate = new HeardEstimate(packets[0].ssrc);
  packets.forEach(({ timestamp, atMs }, index) => {
    estimate.sent({
      source: SOURCE,
      offsetSamples: index * PACKET_SAMPLES,
      samples: PACKET_SAMPLES,
      rtpTimestamp: timestamp,
      sentAtMs: atMs,
    });
  });
  return estimate;
}

/** What had left by the cut. Packets of the silence after it may look like the answer's. */
function sentMs({ packets, cutMs }) {
  return (packets.filter(({ atMs }) => atMs <= cutMs).length * PACKET_SAMPLES) / 24;
}

function heardMs(items) {
  return items[0]?.heardMs ?? 0;
}

/** What each way of telling makes of one interruption, less what was heard, in ms. */
function errorsOf(record) {
  const estimate = estimateOf(record);
  const { reports, rttMs, cutMs } = record;
  const path = { rttMs, rttJitterMs: 0 };
  const receivedAtMs = ({ atMs }) => atMs + rttMs / 2;
  const before = reports.findLast((report) => receivedAtMs(report) <= cutMs);
  const silenced = reports.find(({ event }) => event.reason === 'silenced');
  const told = (toldMs) => toldMs - record.heardMs;
  if (silenced === undefined) return { 'plays out: all that was sent': told(sentMs(record)) };
  return {
    'goes silent: all that was sent': told(sentMs(record)),
    'goes silent: the last report, moved on':
      before &&
      told(
        heardMs(
          estimate.atCut(
            {
              type: 'reports',
              received: {
                report: { ...before.event, when_cleared: 'goes_silent' },
                receivedAtMs: receivedAtMs(before),
              },
              path,
            },
            cutMs,
          ),
        ),
      ),
    'goes silent: where it says that it did': told(
      heardMs(estimate.upTo(silenced.event.rtp_timestamp)),
    ),
  };
}

const records = JSON.parse(readFileSync(process.argv[2], 'utf8')).filter(
  ({ packets }) => packets.length > 0,
);
const errors = records.map(errorsOf);
console.log(`${records.length} interruptions; error p50 / p95 / max, median with its sign, in ms`);
for (const way of new Set(errors.flatMap(Object.keys))) {
  const known = errors.map((each) => each[way]).filter(Number.isFinite);
  if (known.length === 0) continue;
  const { p50, p95, max } = summary(known.map(Math.abs));
  console.log(`${way.padEnd(40)}${p50} / ${p95} / ${max} (${summary(known).p50}), ${known.length}`);
}
