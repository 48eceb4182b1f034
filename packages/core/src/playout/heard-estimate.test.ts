import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { PlayoutReport } from '@prism/protocol';
import fc from 'fast-check';
import { SAMPLES_PER_MS, SLOT_SAMPLES } from '../audio/pcm.ts';
import type { MonotonicMs } from '../time/clock.ts';
import { HeardEstimate, type HeardItem, type Listener } from './heard-estimate.ts';
import { RTP_TICKS_PER_MS, SENT_TIMELINE_MS_MAX, SentTimeline } from './sent-timeline.ts';

const SSRC = 7;
/** So that RTP time wraps in the middle of every test. */
const FIRST_RTP_TIMESTAMP = 0xffff_ffff - 48_000;
const FRAME_MS = 20;
const PATH = { rttMs: 0, rttJitterMs: 0 };

function at(ms: number): MonotonicMs {
  return ms as MonotonicMs;
}

function rtpAt(ms: number): number {
  return (FIRST_RTP_TIMESTAMP + Math.round(ms * RTP_TICKS_PER_MS)) >>> 0;
}

function sourceOf(itemId: string): HeardItem['source'] {
  return { responseId: `resp_${itemId}`, itemId, contentIndex: 0 };
}

/** Sends `frames` frames of an item in the slots from `fromMs` on; their offsets begin at `offsetMs`. */
function send(
  estimate: HeardEstimate,
  item: { itemId: string; fromMs: number; frames: number; offsetMs?: number },
): void {
  for (let frame = 0; frame < item.frames; frame += 1) {
    const sentMs = item.fromMs + frame * FRAME_MS;
    estimate.sent({
      source: sourceOf(item.itemId),
      offsetSamples: (item.offsetMs ?? 0) * SAMPLES_PER_MS + frame * SLOT_SAMPLES,
      samples: SLOT_SAMPLES,
      rtpTimestamp: rtpAt(sentMs),
      sentAtMs: at(sentMs),
    });
  }
}

/** A listener that reported at `receivedMs` that it plays what was sent at `positionMs`. */
function reporting(
  positionMs: number,
  receivedMs: number,
  more: Partial<PlayoutReport> & { rttMs?: number; rttJitterMs?: number } = {},
): Listener {
  const { rttMs = 0, rttJitterMs = 0, ...fields } = more;
  const report: PlayoutReport = {
    type: 'prism.playout.report',
    reason: 'playing',
    ssrc: SSRC,
    rtp_timestamp: rtpAt(positionMs),
    output_latency_ms: 0,
    when_cleared: 'goes_silent',
    client_time_ms: receivedMs,
    ...fields,
  };
  return {
    type: 'reports',
    received: { report, receivedAtMs: at(receivedMs) },
    path: { rttMs, rttJitterMs },
  };
}

function heard(items: readonly HeardItem[]): Record<string, number> {
  return Object.fromEntries(items.map(({ source, heardMs }) => [source.itemId, heardMs]));
}

suite('what was heard', () => {
  test('[HRE1] a listener that reports has heard up to where it is a round trip and its output later', () => {
    const estimate = new HeardEstimate(SSRC);
    send(estimate, { itemId: 'a', fromMs: 0, frames: 100 });
    const listener = reporting(1_000, 1_200, { rttMs: 150, output_latency_ms: 30 });
    assert.deepEqual(heard(estimate.atCut(listener, at(1_300))), { a: 1_000 + 100 + 150 + 30 });
    assert.deepEqual(heard(estimate.now(listener, at(1_300))), { a: 1_000 + 100 + 75 });
  });

  test('[HRE2] where it went silent is the end, until something is sent after it', () => {
    const estimate = new HeardEstimate(SSRC);
    send(estimate, { itemId: 'a', fromMs: 0, frames: 60 });
    const listener = reporting(1_100, 1_300, { reason: 'silenced', rttMs: 150 });
    assert.deepEqual(heard(estimate.atCut(listener, at(1_300))), { a: 1_100 });
    assert.deepEqual(heard(estimate.atCut(listener, at(3_000))), { a: 1_100 });
    send(estimate, { itemId: 'b', fromMs: 1_600, frames: 20 });
    // RTP time has gone on through the silence, and so has the listener.
    assert.deepEqual(heard(estimate.now(listener, at(2_000))), { a: 1_200, b: 275 });
  });

  test('[HRE3] a listener that does not report has heard all that was sent, once it has played', () => {
    const estimate = new HeardEstimate(SSRC);
    send(estimate, { itemId: 'a', fromMs: 0, frames: 50 });
    const listener: Listener = { type: 'plays_out', path: { rttMs: 100, rttJitterMs: 5 } };
    assert.deepEqual(heard(estimate.atCut(listener, at(980))), { a: 1_000 });
    const [now] = estimate.now(listener, at(980));
    assert.equal(now?.heardMs, 980 - 50 - 80);
    assert.ok(now.errorMs > 50 && now.errorMs <= 150);
  });

  test('[HRE3] one that reports, and announces that it plays out, has heard all that was sent', () => {
    const estimate = new HeardEstimate(SSRC);
    send(estimate, { itemId: 'a', fromMs: 0, frames: 50 });
    for (const words of ['plays_out', 'a word of tomorrow']) {
      const listener = reporting(500, 900, { when_cleared: words });
      assert.deepEqual(heard(estimate.atCut(listener, at(980))), { a: 1_000 });
      assert.deepEqual(heard(estimate.now(listener, at(980))), { a: 580 });
    }
  });

  test('[HRE3] reports about another stream are not taken', () => {
    const estimate = new HeardEstimate(SSRC);
    send(estimate, { itemId: 'a', fromMs: 0, frames: 50 });
    const listener = reporting(100, 980, { ssrc: SSRC + 1 });
    assert.deepEqual(heard(estimate.atCut(listener, at(980))), { a: 1_000 });
  });

  test('[HRE4] each item has its own share, and one that has not begun has none', () => {
    const estimate = new HeardEstimate(SSRC);
    send(estimate, { itemId: 'a', fromMs: 0, frames: 10 });
    send(estimate, { itemId: 'b', fromMs: 200, frames: 10 });
    send(estimate, { itemId: 'c', fromMs: 400, frames: 10 });
    const items = estimate.now(reporting(250, 300), at(300));
    assert.deepEqual(heard(items), { a: 200, b: 50, c: 0 });
    assert.deepEqual(
      items.map(({ errorMs }) => errorMs),
      [0, 50, 0],
    );
  });

  test('[HRE4] silence that was trimmed before an answer counts as soon as something of it is heard', () => {
    const estimate = new HeardEstimate(SSRC);
    send(estimate, { itemId: 'a', fromMs: 0, frames: 10, offsetMs: 340 });
    assert.deepEqual(heard(estimate.now(reporting(-10, 0), at(0))), { a: 0 });
    assert.deepEqual(heard(estimate.now(reporting(60, 0), at(0))), { a: 400 });
  });

  test('[HRE4] a packet with the end of one item and the next one belongs to both', () => {
    const estimate = new HeardEstimate(SSRC);
    const sentAtMs = at(0);
    const half = SLOT_SAMPLES / 2;
    estimate.sent({
      source: sourceOf('a'),
      offsetSamples: 0,
      samples: half,
      rtpTimestamp: rtpAt(0),
      sentAtMs,
    });
    estimate.sent({
      source: sourceOf('b'),
      offsetSamples: 0,
      samples: half,
      rtpTimestamp: rtpAt(10),
      sentAtMs,
    });
    assert.deepEqual(heard(estimate.now(reporting(15, 0), at(0))), { a: 10, b: 5 });
  });

  test('[HRE4] however frames, pauses and items follow each other, progress is what lies before a place', () => {
    const step = fc.record({
      item: fc.constantFrom('a', 'b', 'c'),
      frames: fc.integer({ min: 1, max: 4 }),
      pauseMs: fc.constantFrom(0, 0, 20, 5_000),
      skippedMs: fc.constantFrom(0, 0, 20),
    });
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 12 }),
        fc.nat(1_000),
        (steps, permille) => {
          const timeline = new SentTimeline();
          const sent: { item: string; startMs: number; offsetMs: number }[] = [];
          const offsetsMs = new Map<string, number>();
          let nowMs = 0;
          for (const { item, frames, pauseMs, skippedMs } of steps) {
            nowMs += pauseMs;
            for (let frame = 0; frame < frames; frame += 1) {
              const offsetMs = (offsetsMs.get(item) ?? 0) + (frame === 0 ? skippedMs : 0);
              timeline.push({
                source: sourceOf(item),
                offsetSamples: offsetMs * SAMPLES_PER_MS,
                samples: SLOT_SAMPLES,
                rtpTimestamp: rtpAt(nowMs),
                sentAtMs: at(nowMs),
              });
              sent.push({ item, startMs: nowMs, offsetMs });
              offsetsMs.set(item, offsetMs + FRAME_MS);
              nowMs += FRAME_MS;
            }
          }
          const firstMs = sent[0]?.startMs ?? 0;
          const placeMs = firstMs + Math.round(((nowMs - firstMs) * permille) / 1_000);
          const told = timeline.progressAt((placeMs - firstMs) * RTP_TICKS_PER_MS);
          for (const { source, samples } of told) {
            const passed = sent
              .filter(({ item, startMs }) => item === source.itemId && startMs < placeMs)
              .map(({ startMs, offsetMs }) => offsetMs + Math.min(FRAME_MS, placeMs - startMs));
            assert.equal(samples / SAMPLES_PER_MS, Math.max(0, ...passed));
          }
          assert.equal(timeline.lastSentAtMs, sent.at(-1)?.startMs);
          assert.equal(timeline.endTicks, (nowMs - firstMs) * RTP_TICKS_PER_MS);
        },
      ),
      { seed: 20_261_126 },
    );
  });

  test('[HRE6] what was sent is remembered for half a minute and no longer', () => {
    const timeline = new SentTimeline();
    for (let ms = 0; ms < 3 * SENT_TIMELINE_MS_MAX; ms += FRAME_MS) {
      const source = sourceOf(`item_${Math.floor(ms / 1_000)}`);
      timeline.push({
        source,
        offsetSamples: 0,
        samples: SLOT_SAMPLES,
        rtpTimestamp: rtpAt(ms),
        sentAtMs: at(ms),
      });
    }
    const items = timeline.progressAt(timeline.endTicks);
    assert.ok(items.length >= 30 && items.length <= 33, `${items.length} items`);
    assert.equal(items.at(-1)?.source.itemId, 'item_89');
    assert.ok(timeline.forgottenCount > 2_900);
  });

  test('[HRE3] before anything was sent nothing was heard', () => {
    const estimate = new HeardEstimate(SSRC);
    assert.deepEqual(estimate.atCut(reporting(0, 0), at(0)), []);
    assert.deepEqual(estimate.now({ type: 'plays_out', path: PATH }, at(0)), []);
  });
});

/** A listener behind a network: what it plays when, and what Prism is told of it. */
interface World {
  readonly items: readonly { readonly frames: number; readonly pauseSlots: number }[];
  readonly downMs: number;
  readonly upMs: number;
  /** How much later than usual the cut, and the report, travel. */
  readonly cutLateMs: number;
  readonly reportLateMs: number;
  readonly jitterBufferMs: number;
  /** How the jitter buffer grows or shrinks, in ms per ms. */
  readonly drift: number;
  readonly latencyMs: number;
  readonly cutRatio: number;
  readonly reportAgeMs: number;
}

const worlds: fc.Arbitrary<World> = fc.record({
  items: fc.array(fc.record({ frames: fc.integer({ min: 1, max: 120 }), pauseSlots: fc.nat(30) }), {
    minLength: 1,
    maxLength: 4,
  }),
  downMs: fc.integer({ min: 0, max: 300 }),
  upMs: fc.integer({ min: 0, max: 300 }),
  cutLateMs: fc.integer({ min: 0, max: 30 }),
  reportLateMs: fc.integer({ min: 0, max: 30 }),
  jitterBufferMs: fc.integer({ min: 10, max: 120 }),
  drift: fc.double({ min: -0.1, max: 0.1, noNaN: true }),
  latencyMs: fc.integer({ min: 0, max: 80 }),
  cutRatio: fc.double({ min: 0.1, max: 1.2, noNaN: true }),
  reportAgeMs: fc.integer({ min: 0, max: 250 }),
});

const RTT_JITTER_MS = 60;

interface Played {
  readonly estimate: HeardEstimate;
  readonly listener: Listener;
  readonly cutMs: number;
  /** True position at the last sound, in ms of Prism's sending. */
  readonly lastHeardMs: number;
  readonly itemEnds: ReadonlyMap<string, readonly { fromMs: number; frames: number }[]>;
}

function play(world: World): Played {
  const estimate = new HeardEstimate(SSRC);
  const lengthMs = world.items.reduce(
    (sum, { frames, pauseSlots }) => sum + (frames + pauseSlots) * FRAME_MS,
    0,
  );
  const cutMs = Math.max(FRAME_MS, Math.round(lengthMs * world.cutRatio));
  const itemEnds = new Map<string, { fromMs: number; frames: number }[]>();
  let fromMs = 0;
  world.items.forEach(({ frames, pauseSlots }, index) => {
    const itemId = `item_${index}`;
    // What has a slot before the cut is sent.
    const sentFrames = Math.max(0, Math.min(frames, Math.ceil((cutMs - fromMs) / FRAME_MS)));
    if (sentFrames > 0) {
      send(estimate, { itemId, fromMs, frames: sentFrames });
      itemEnds.set(itemId, [{ fromMs, frames: sentFrames }]);
    }
    fromMs += (frames + pauseSlots) * FRAME_MS;
  });
  // A report reaches Prism `reportAgeMs` before the cut; it left the client when it had this position.
  const receivedMs = cutMs - world.reportAgeMs;
  const reportedAtMs = receivedMs - world.upMs - world.reportLateMs;
  const silentAtMs = cutMs + world.downMs + world.cutLateMs;
  const behindMs = (clientMs: number): number =>
    world.downMs + world.jitterBufferMs + world.drift * (clientMs - reportedAtMs);
  const listener = reporting(reportedAtMs - behindMs(reportedAtMs) - world.latencyMs, receivedMs, {
    rttMs: world.downMs + world.upMs,
    rttJitterMs: RTT_JITTER_MS,
    output_latency_ms: world.latencyMs,
  });
  return { estimate, listener, cutMs, lastHeardMs: silentAtMs - behindMs(silentAtMs), itemEnds };
}

function trulyHeardMs({ itemEnds, lastHeardMs }: Played, itemId: string): number {
  const [{ fromMs, frames } = { fromMs: 0, frames: 0 }] = itemEnds.get(itemId) ?? [];
  return Math.max(0, Math.min(frames * FRAME_MS, lastHeardMs - fromMs));
}

suite('what was heard, whatever the network', () => {
  test('[HRE5] the truth is within the bound, and never more than was sent is told', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const played = play(world);
        const items = played.estimate.atCut(played.listener, at(played.cutMs));
        assert.equal(items.length, played.itemEnds.size);
        for (const { source, heardMs, errorMs } of items) {
          const [sent] = played.itemEnds.get(source.itemId) ?? [];
          assert.ok(heardMs >= 0 && heardMs <= (sent?.frames ?? 0) * FRAME_MS);
          const missMs = Math.abs(heardMs - trulyHeardMs(played, source.itemId));
          assert.ok(
            missMs <= errorMs + 0.1,
            `${source.itemId}: off by ${missMs}, bound ${errorMs}`,
          );
        }
      }),
      { seed: 20_261_126, numRuns: 2_000 },
    );
  });

  test('[HRE5] as time goes on, what was heard never shrinks', () => {
    fc.assert(
      fc.property(
        worlds,
        fc.array(fc.nat(400), { minLength: 2, maxLength: 10 }),
        (world, stepsMs) => {
          const { estimate, listener, cutMs } = play(world);
          const listeners: readonly Listener[] = [
            listener,
            { type: 'plays_out', path: listener.path },
          ];
          for (const each of listeners) {
            let nowMs = cutMs;
            let before = estimate.now(each, at(nowMs));
            for (const stepMs of stepsMs) {
              nowMs += stepMs;
              const items = estimate.now(each, at(nowMs));
              items.forEach(({ heardMs }, index) => {
                assert.ok(heardMs >= (before[index]?.heardMs ?? 0));
              });
              before = items;
            }
          }
        },
      ),
      { seed: 20_261_127, numRuns: 300 },
    );
  });
});
