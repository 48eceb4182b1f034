import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PrismClientError } from './client-error.ts';
import { PlayoutReporter } from './playout-reporter.ts';
import { type FakeMedia, FakePage, settle } from './testing/fake-page.ts';
import type { WireEvent } from './wire-event.ts';

const STARTED: WireEvent = { type: 'output_audio_buffer.started', response_id: 'resp_1' };
const STOPPED: WireEvent = { type: 'output_audio_buffer.stopped', response_id: 'resp_1' };
const CLEARED: WireEvent = { type: 'output_audio_buffer.cleared', response_id: 'resp_1' };

interface Bench {
  readonly page: FakePage;
  readonly media: FakeMedia;
  readonly reporter: PlayoutReporter;
  readonly sent: WireEvent[];
  readonly reasons: () => readonly unknown[];
}

function openBench(): Bench {
  const page = new FakePage();
  const media = page.unheardMedia();
  media.packet = { ssrc: 7, rtpTimestamp: 96_000, atMs: page.nowMs };
  media.latencyMs = 25;
  const { sent } = media;
  const reporter = new PlayoutReporter(media, page.environment);
  return { page, media, reporter, sent, reasons: () => sent.map(({ reason }) => reason) };
}

test('[REP10] [SOC15] media that is silent at once says so, and tells where it fell silent', () => {
  const { page, media, reporter, sent } = openBench();
  media.silencesAtOnce = true;
  reporter.handle(STARTED);
  page.advance(1);
  reporter.handle(CLEARED);
  assert.equal(media.isSilenced, true);
  assert.equal(sent.length, 1, 'nothing is guessed before it is told');
  media.onSilent?.(123_456);
  assert.deepEqual(
    sent.map(({ reason, rtp_timestamp, when_cleared }) => [reason, rtp_timestamp, when_cleared]),
    [
      ['started', 96_000 - 25 * 48, 'goes_silent'],
      ['silenced', 123_456, 'goes_silent'],
    ],
  );
});

test('[REP5] an answer is reported as it starts, every 200 ms while it plays, and as it ends', () => {
  const { page, reporter, reasons } = openBench();
  reporter.handle(STARTED);
  for (let step = 0; step < 59; step += 1) page.advance(10);
  reporter.handle(STOPPED);
  page.advance(1_000);
  assert.deepEqual(reasons(), ['started', 'playing', 'playing', 'stopped']);
  assert.equal(page.timers.size, 0);
});

test('[REP5] a report has the position, the delays and the time, units in their names', async () => {
  const { page, media, reporter, sent } = openBench();
  media.records = new Map([
    [
      'in',
      { type: 'inbound-rtp', kind: 'audio', jitterBufferDelay: 48, jitterBufferEmittedCount: 960 },
    ],
    ['out', { type: 'media-playout', totalPlayoutDelay: 24, totalSamplesCount: 960 }],
  ]);
  reporter.handle(STARTED);
  assert.deepEqual(sent.shift(), {
    type: 'prism.playout.report',
    reason: 'started',
    ssrc: 7,
    rtp_timestamp: 96_000 - 25 * 48,
    output_latency_ms: 25,
    client_time_ms: 1_000,
    when_cleared: 'plays_out',
  });
  page.advance(200);
  await settle();
  page.advance(200);
  media.packet = { ssrc: 7, rtpTimestamp: 115_200, atMs: page.nowMs };
  reporter.handle(STOPPED);
  assert.deepEqual(sent.at(-1), {
    type: 'prism.playout.report',
    reason: 'stopped',
    ssrc: 7,
    rtp_timestamp: 115_200 - 25 * 48,
    jitter_buffer_ms: 50,
    output_latency_ms: 25,
    client_time_ms: 1_400,
    when_cleared: 'plays_out',
  });
});

test('[REP5] the first report waits for the first sound, as long as it may take', () => {
  const { page, media, reporter, sent } = openBench();
  page.advance(1_000);
  reporter.handle(STARTED);
  for (let step = 0; step < 5; step += 1) page.advance(20);
  assert.equal(sent.length, 0);
  media.packet = { ssrc: 7, rtpTimestamp: 480_000, atMs: page.nowMs };
  page.advance(20);
  assert.equal(sent[0]?.rtp_timestamp, 480_000 + (20 - 25) * 48);
  page.advance(200);
  assert.equal(sent.length, 2);
});

test('[REP5] a sound that never comes is not waited for', () => {
  const { page, media, reporter, sent } = openBench();
  media.packet = undefined;
  reporter.handle(STARTED);
  for (let step = 0; step < 100; step += 1) page.advance(20);
  media.packet = { ssrc: 7, rtpTimestamp: 0, atMs: page.nowMs };
  page.advance(20);
  assert.equal(sent.length, 0);
  for (let step = 0; step < 9; step += 1) page.advance(20);
  assert.equal(sent.length, 1);
});

/** The browser's sums for a jitter buffer of that depth from the beginning on. */
function jitterBufferOf(depthMs: number): FakeMedia['records'] {
  const record = {
    type: 'inbound-rtp',
    kind: 'audio',
    jitterBufferDelay: depthMs,
    jitterBufferEmittedCount: 1_000,
  };
  return new Map([['in', record]]);
}

/** The second answer out of a jitter buffer of that depth, which the first one has measured. */
async function playing(depthMs: number): Promise<Bench> {
  const bench = openBench();
  bench.media.records = jitterBufferOf(depthMs);
  bench.reporter.handle(STARTED);
  await settle();
  bench.reporter.handle(STOPPED);
  bench.sent.length = 0;
  bench.reporter.handle(STARTED);
  bench.page.advance(200);
  bench.media.packet = { ssrc: 7, rtpTimestamp: 105_600, atMs: bench.page.nowMs };
  return bench;
}

test('[REP7] a cut silences a deep jitter buffer at once and reports where', async () => {
  const { page, media, reporter, sent, reasons } = await playing(401);
  assert.equal(sent.at(-1)?.when_cleared, 'goes_silent');
  page.advance(15);
  reporter.handle(CLEARED);
  assert.equal(media.isSilenced, true);
  assert.deepEqual(reasons(), ['started', 'playing', 'silenced']);
  // What has left the jitter buffer can't be taken back from the device.
  assert.equal(sent.at(-1)?.rtp_timestamp, 105_600 + 15 * 48);
});

test('[REP7] what a shallow jitter buffer holds plays out quietly', async () => {
  const { page, media, reporter, sent, reasons } = await playing(400);
  page.advance(15);
  reporter.handle(CLEARED);
  assert.deepEqual([media.isSilenced, media.isSoftened], [false, true]);
  assert.deepEqual(reasons(), ['started', 'playing', 'cleared']);
  assert.ok(sent.every((report) => report.when_cleared === 'plays_out'));
});

test('[REP7] what a cut will do stays as it was announced when the answer began', async () => {
  const { page, media, reporter, sent } = await playing(30);
  media.records = new Map([
    [
      'in',
      {
        type: 'inbound-rtp',
        kind: 'audio',
        jitterBufferDelay: 999,
        jitterBufferEmittedCount: 2_000,
      },
    ],
  ]);
  page.advance(200);
  await settle();
  page.advance(200);
  assert.ok(Number(sent.at(-1)?.jitter_buffer_ms) > 900);
  reporter.handle(CLEARED);
  assert.equal(media.isSilenced, false);
  reporter.handle(STARTED);
  reporter.handle(CLEARED);
  assert.equal(media.isSilenced, true);
});

test('[REP7] the next answer is heard, at the latest when the jitter buffer has long been empty', async () => {
  for (const next of ['started', 'time'] as const) {
    const { page, media, reporter } = await playing(500);
    reporter.handle(CLEARED);
    assert.equal(media.isSilenced, true);
    if (next === 'started') reporter.handle(STARTED);
    else page.advance(899);
    if (next === 'time') {
      assert.equal(media.isSilenced, true);
      page.advance(1);
    }
    assert.equal(media.isSilenced, false, next);
  }
});

test('[REP9] while the quieter frames are on their way the output is quiet by itself', async () => {
  const { page, media, reporter } = await playing(50);
  reporter.handle({ type: 'prism.output.ducked', ducked: true });
  assert.equal(media.isSoftened, true);
  page.advance(89);
  assert.equal(media.isSoftened, true);
  page.advance(1);
  assert.equal(media.isSoftened, false);
  reporter.handle({ type: 'prism.output.ducked', ducked: false });
  assert.equal(media.isSoftened, false);
});

test('[REP9] a cut of a ducked answer makes it no quieter, since what waits is quiet already', async () => {
  const { page, media, reporter } = await playing(50);
  reporter.handle({ type: 'prism.output.ducked', ducked: true });
  page.advance(60);
  reporter.handle(CLEARED);
  assert.equal(media.isSoftened, true);
  page.advance(30);
  assert.equal(media.isSoftened, false);
  reporter.handle(STARTED);
  reporter.handle(CLEARED);
  assert.equal(media.isSoftened, true);
  reporter.handle(STARTED);
  assert.equal(media.isSoftened, false);
});

test('[REP8] where the browser tells no packet nothing is reported, and a cut lets it play out', () => {
  const { page, media, reporter, sent } = openBench();
  media.packet = undefined;
  reporter.handle(STARTED);
  page.advance(200);
  reporter.handle(CLEARED);
  assert.deepEqual(sent, []);
  assert.equal(media.isSilenced, false);
});

test('[REP8] statistics that fail leave the reports without delays', async () => {
  const { page, media, reporter, sent } = openBench();
  media.statistics = () => Promise.reject(new Error('closed'));
  media.latencyMs = undefined;
  reporter.handle(STARTED);
  page.advance(200);
  await settle();
  page.advance(200);
  assert.equal(sent.length, 3);
  assert.ok(sent.every((report) => !('output_latency_ms' in report)));
});

test('[REP5] a reporter that is closed leaves no timer and says nothing more', () => {
  const { page, reporter, sent } = openBench();
  reporter.handle(STARTED);
  reporter.handle(CLEARED);
  reporter.handle(STARTED);
  reporter.close();
  reporter.close();
  const { length } = sent;
  reporter.handle(CLEARED);
  page.advance(1_000);
  assert.equal(sent.length, length);
  assert.equal(page.timers.size, 0);
});

test('[REP5] a report that can not leave is left', () => {
  const { media, reporter } = openBench();
  media.send = () => {
    throw new PrismClientError('send_queue_full');
  };
  reporter.handle(STARTED);
  media.send = () => {
    throw new TypeError('a mistake');
  };
  assert.throws(() => {
    reporter.handle(STARTED);
  }, TypeError);
});
