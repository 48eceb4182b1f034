// What Prism could know of what was heard, at the moment of the cut: HeardEstimate, fed with what was on the wire.
import { HeardEstimate } from '@prism/core';

const PACKET_MS = 20;
const SAMPLES_PER_MS = 24;

/** The items of an answer with their place in what was sent: each follows the one before it, up to where it was cut. */
function placed({ itemIds, items, truncates }) {
  let fromMs = 0;
  return [...itemIds].map((itemId) => {
    const { generatedMs } = items.get(itemId);
    const sentMs = truncates.find((each) => each.itemId === itemId)?.audioEndMs ?? generatedMs;
    const place = { itemId, fromMs, toMs: fromMs + sentMs };
    fromMs += generatedMs;
    return place;
  });
}

/**
 * Estimates for a cut that left Prism at `cutMs`, by item id: `{ heardMs, errorMs }`. `packets` are the answer's, from
 * its first on; `reports` what the page sent, with the time of sending. Where the items were cut is taken for what was
 * sent of them, as is true of a Prism that truncates there.
 */
export function estimatesAtCut({ packets, reports, cutMs, rttMs, ...cut }) {
  const ssrc = packets[0]?.ssrc ?? 0;
  const estimate = new HeardEstimate(ssrc);
  const places = placed(cut);
  packets.forEach(({ timestamp, atMs }, index) => {
    const sentMs = index * PACKET_MS;
    const place = places.find(({ fromMs, toMs }) => sentMs >= fromMs && sentMs < toMs);
    if (place === undefined) return;
    estimate.sent({
      source: { responseId: 'resp', itemId: place.itemId, contentIndex: 0 },
      offsetSamples: (sentMs - place.fromMs) * SAMPLES_PER_MS,
      samples: PACKET_MS * SAMPLES_PER_MS,
      rtpTimestamp: timestamp,
      sentAtMs: Math.min(atMs, cutMs),
    });
  });
  const path = { rttMs, rttJitterMs: 0 };
  const report = reports.findLast(({ atMs }) => atMs + rttMs / 2 <= cutMs);
  const listener =
    report === undefined
      ? { type: 'plays_out', path }
      : {
          type: 'reports',
          received: { report: report.event, receivedAtMs: report.atMs + rttMs / 2 },
          path,
        };
  const found = estimate.atCut(listener, cutMs);
  return new Map(
    found.map(({ source, heardMs, errorMs }) => [source.itemId, { heardMs, errorMs }]),
  );
}
