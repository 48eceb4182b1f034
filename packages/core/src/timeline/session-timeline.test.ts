import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { controllerIdFromCount, decodeServerEvent } from '@prism/protocol';
import { SLOT_SAMPLES } from '../audio/pcm.ts';
import { SessionBench, serverEvent, speech } from '../testing/index.ts';
import type { MonotonicMs } from '../time/clock.ts';
import { EntryLog, TIMELINE_BYTES_MAX, TIMELINE_ENTRY_COUNT_MAX } from './entry-log.ts';
import type { NetworkSample, SampledStats } from './network-sample.ts';
import {
  SessionTimeline,
  TIMELINE_TURN_COUNT_MAX,
  type TimelineSnapshot,
} from './session-timeline.ts';
import { measureSetup, SETUP_STEPS } from './setup-parts.ts';
import type { TimelineEntry } from './timeline-entry.ts';

const SAMPLE: NetworkSample = {
  rttMs: 20,
  inbound: { packets: 250, packetsLost: 1, jitterMs: 2, concealedMs: 20 },
  outbound: { packets: 100, fractionLost: 0, jitterMs: 1 },
};

function timelineOf(bench: SessionBench): TimelineSnapshot {
  const { timeline } = bench.session;
  assert.ok(timeline !== undefined);
  return timeline;
}

function stats(packets: number, concealedSamples = 0): SampledStats {
  return {
    rttMs: 30,
    inbound: { packets, packetsLost: 2, jitterMs: 1.5, concealedSamples },
    outbound: { packets, fractionLost: 0.1, jitterMs: 4 },
  };
}

suite('the timeline of a session', () => {
  test('[TML1] [TML2] the set-up is there step by step, on a clock that begins when the session opens', () => {
    const bench = new SessionBench();
    bench.post({ type: 'setup.step', step: 'requested', atMs: -12 as MonotonicMs });
    bench.post({ type: 'setup.step', step: 'authorized', atMs: -11.25 as MonotonicMs });
    bench.nowMs = 5;
    bench.post({ type: 'setup.step', step: 'answer.sent' });
    bench.nowMs = 40;
    bench.post({ type: 'setup.step', step: 'ice.connected' });
    bench.nowMs = 70;
    bench.post({ type: 'media.connected' });
    bench.nowMs = 75;
    bench.post({ type: 'media.audio', pcm: new Int16Array(SLOT_SAMPLES) });
    bench.nowMs = 90;
    bench.controllerOpens();
    bench.nowMs = 120;
    bench.post({ type: 'upstream.ready' });
    bench.nowMs = 130;
    bench.post(serverEvent({ type: 'session.created', session: { id: 'sess_up' } }));
    bench.answer(speech(3));
    bench.slots(1);
    // Once each: a client that is lost and comes back sets nothing up again.
    bench.nowMs = 900;
    bench.post({ type: 'media.lost' });
    bench.post({ type: 'media.connected' });
    const { setup, entries } = timelineOf(bench);
    assert.deepEqual(setup, {
      'upstream.dialed': 0,
      requested: -12,
      authorized: -11.25,
      'answer.sent': 5,
      'ice.connected': 40,
      'media.connected': 70,
      'audio.received': 75,
      'channel.opened': 90,
      'upstream.opened': 120,
      ready: 120,
      'session.created': 130,
      'audio.sent': 150,
    });
    assert.deepEqual([...SETUP_STEPS].sort(), Object.keys(setup).sort());
    assert.equal(entries.filter(({ type }) => type === 'setup').length, SETUP_STEPS.length);
    assert.deepEqual(measureSetup(setup), {
      authorization: 0.75,
      answer: 16.25,
      ice: 35,
      dtls: 30,
      channel: 20,
      upstream_connect: 120,
      session: 10,
      ready: 132,
    });
  });

  test('[TML1] speech, turns, responses, tools, refusals, drops and cuts are entries in their order', () => {
    const bench = SessionBench.live();
    bench.nowMs = 10;
    bench.speechStarted();
    bench.nowMs = 600;
    bench.post(
      serverEvent({ type: 'input_audio_buffer.speech_stopped', item_id: 'u', audio_end_ms: 1 }),
    );
    bench.post(
      serverEvent({ type: 'input_audio_buffer.committed', item_id: 'u', previous_item_id: null }),
    );
    bench.responseCreated();
    bench.nowMs = 700;
    bench.answer(speech(50));
    bench.client({ type: 'response.create' });
    bench.client({ type: 'prism.tool.confirm', confirmation_id: 'none', approved: true });
    bench.slots(5);
    bench.speechStarted();
    bench.post(
      serverEvent({ type: 'error', error: { type: 'server_error', code: 'oops', message: '' } }),
    );
    const { entries } = timelineOf(bench);
    const told = entries.map((entry) => nameOf(entry));
    assert.deepEqual(told.slice(told.indexOf('upstream speaks')), [
      'upstream speaks',
      'upstream silent',
      'turn committed',
      'response created',
      'response audio',
      'turn request',
      'response.sequenced',
      'tool approved',
      'controller.event_refused',
      'setup audio.sent',
      'answer.started',
      'upstream speaks',
      'answer.truncated',
      'answer.interrupted',
      'upstream.error_event',
    ]);
    const times = entries.map(({ atMs }) => atMs);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
    );
  });

  test('[TRC4] what happened to responses since a turn began is found from the end', () => {
    const log = new EntryLog();
    const response = (atMs: number, what: 'created' | 'audio' | 'done'): TimelineEntry => ({
      atMs,
      type: 'response',
      what,
      responseId: `resp_${atMs}`,
      status: undefined,
    });
    const told = (sinceMs: number): readonly number[] =>
      log.responsesSince(sinceMs).map(({ atMs }) => atMs);
    assert.deepEqual(told(0), []);
    for (const atMs of [10, 20, 30]) log.add(response(atMs, 'created'));
    log.add({ atMs: 35, type: 'network', sample: SAMPLE });
    // A step that is told later than it was.
    log.add({ atMs: 5, type: 'setup', step: 'channel.opened' });
    log.add(response(40, 'done'));
    assert.deepEqual(told(20), [20, 30, 40]);
    assert.deepEqual(told(41), []);
    assert.deepEqual(told(0), [10, 20, 30, 40]);
  });

  test('[TML3] at a bound the oldest sample of the network goes first, then the oldest entry, and both are counted', () => {
    const log = new EntryLog();
    log.add({ atMs: 0, type: 'setup', step: 'ready' });
    for (let atMs = 1; atMs <= 500; atMs += 1) log.add({ atMs, type: 'network', sample: SAMPLE });
    for (let atMs = 501; atMs < TIMELINE_ENTRY_COUNT_MAX + 10; atMs += 1)
      log.add({ atMs, type: 'turn', what: 'commit' });
    assert.equal(log.entries.length, TIMELINE_ENTRY_COUNT_MAX);
    assert.deepEqual([log.samplesDropped, log.entriesDropped], [10, 0]);
    assert.deepEqual(
      log.entries.slice(0, 2).map(({ atMs }) => atMs),
      [0, 11],
    );
    for (let atMs = 5_000; atMs < 5_500; atMs += 1) log.add({ atMs, type: 'turn', what: 'commit' });
    assert.deepEqual([log.samplesDropped, log.entriesDropped], [500, 10]);
    assert.equal(log.entries.length, TIMELINE_ENTRY_COUNT_MAX);
  });

  test('[TML3] long entries meet the bound in bytes before the one in number', () => {
    const log = new EntryLog();
    const message = 'x'.repeat(4_000);
    for (let atMs = 0; atMs < 200; atMs += 1)
      log.add({ atMs, type: 'fact', fact: { type: 'upstream.failed', code: 'c', message } });
    const sizeBytes = JSON.stringify(log.entries).length;
    assert.ok(sizeBytes < TIMELINE_BYTES_MAX * 1.1 && sizeBytes > TIMELINE_BYTES_MAX / 2);
    assert.equal(log.entriesDropped, 200 - log.entries.length);
  });

  test('[TML3] of turns the newest are kept', () => {
    const timeline = new SessionTimeline(0 as MonotonicMs);
    for (let turn = 1; turn <= TIMELINE_TURN_COUNT_MAX + 7; turn += 1) {
      const atMs = (turn * 100) as MonotonicMs;
      for (const type of ['response.created', 'response.done']) {
        const response = { id: `r${turn}`, status: 'completed' };
        const decoded = decodeServerEvent(JSON.stringify({ event_id: 'e', type, response }));
        timeline.took({ type: 'upstream.event', decoded, text: '' }, atMs);
        timeline.settle();
      }
      timeline.took({ type: 'deadline' }, (atMs + 60) as MonotonicMs);
      timeline.settle();
    }
    const { turns, turnsDropped } = timeline.snapshot();
    // Of a response that came by itself and says nothing, only its beginning is known.
    assert.deepEqual([turns.length, turnsDropped], [0, 0]);
    answered(timeline);
    const answeredTurns = timeline.snapshot();
    assert.equal(answeredTurns.turns.length, TIMELINE_TURN_COUNT_MAX);
    assert.equal(answeredTurns.turnsDropped, 7);
  });

  test('[TML3] a turn that is given up because too many are open is told as far as it came, and counts once', () => {
    const timeline = new SessionTimeline(0 as MonotonicMs);
    const event = { type: 'response.create' } as const;
    for (let turn = 1; turn <= 12; turn += 1) {
      const atMs = (turn * 100) as MonotonicMs;
      const controllerId = controllerIdFromCount(1);
      timeline.took({ type: 'controller.event', controllerId, event, text: '' }, atMs);
      const created = { event_id: 'e', type: 'response.created', response: { id: `r${turn}` } };
      const decoded = decodeServerEvent(JSON.stringify(created));
      timeline.took({ type: 'upstream.event', decoded, text: '' }, (atMs + 10) as MonotonicMs);
      timeline.settle();
    }
    // Eight are open; four were given up.
    const { turns, turnsDropped } = timeline.snapshot();
    assert.deepEqual(
      turns.map(({ turn, state }) => [turn, state]),
      [1, 2, 3, 4].map((turn) => [turn, 'unfinished']),
    );
    assert.equal(turnsDropped, 0);
  });

  test('[TML4] the network is sampled half a second after media is there, then every five seconds, by difference', () => {
    const bench = SessionBench.live();
    let packets = 0;
    for (let passedMs = 0; passedMs < 11_000; passedMs += 20) {
      bench.nowMs += 20;
      bench.post({ type: 'media.audio', pcm: new Int16Array(SLOT_SAMPLES) });
      packets += 1;
      if (bench.session.wantsNetworkSample)
        bench.post({ type: 'network.sample', stats: stats(packets, packets * 24) });
    }
    const samples = timelineOf(bench).entries.flatMap((entry) =>
      entry.type === 'network' ? [{ atMs: entry.atMs, ...entry.sample.inbound }] : [],
    );
    assert.deepEqual(
      samples.map(({ atMs, packets: count, packetsLost, concealedMs }) => [
        atMs,
        count,
        packetsLost,
        concealedMs,
      ]),
      [
        [500, 25, 2, 25],
        [5_500, 250, 0, 250],
        [10_500, 250, 0, 250],
      ],
    );
    // Another peer counts from zero.
    bench.post({ type: 'network.sample', stats: stats(40) });
    const last = timelineOf(bench).entries.at(-1);
    assert.ok(last?.type === 'network');
    assert.equal(last.sample.inbound.packets, 40);
  });

  test('[TML16] nothing that people said is in it', () => {
    const bench = SessionBench.live();
    bench.client({ type: 'prism.transcript.subscribe' });
    bench.post(
      serverEvent({
        type: 'conversation.item.added',
        item: {
          id: 'u',
          type: 'message',
          role: 'user',
          content: [{ type: 'input_text', text: 'my secret' }],
        },
      }),
    );
    bench.responseCreated();
    bench.post(
      serverEvent({
        type: 'response.output_audio_transcript.delta',
        response_id: 'resp_1',
        item_id: 'item_1',
        output_index: 0,
        content_index: 0,
        delta: 'my secret',
      }),
    );
    bench.answer(speech(5));
    bench.slots(3);
    bench.post({ type: 'close', reason: 'client_hangup' });
    assert.ok(bench.facts.some((fact) => JSON.stringify(fact).includes('my secret')));
    assert.ok(!JSON.stringify(timelineOf(bench)).includes('my secret'));
  });
});

/** As many turns as are kept, and seven. */
function answered(timeline: SessionTimeline): void {
  const event = { type: 'response.create' } as const;
  const controllerId = controllerIdFromCount(1);
  for (let turn = 1; turn <= TIMELINE_TURN_COUNT_MAX + 7; turn += 1) {
    const atMs = 1_000_000 + turn * 200;
    timeline.took({ type: 'controller.event', controllerId, event, text: '' }, atMs as MonotonicMs);
    for (const [index, type] of ['response.created', 'response.done'].entries()) {
      const response = { id: `s${turn}`, status: 'completed' };
      const decoded = decodeServerEvent(JSON.stringify({ event_id: 'e', type, response }));
      timeline.took(
        { type: 'upstream.event', decoded, text: '' },
        (atMs + 60 + index) as MonotonicMs,
      );
    }
    timeline.took({ type: 'deadline' }, (atMs + 190) as MonotonicMs);
    timeline.settle();
  }
}

function nameOf(entry: TimelineEntry): string {
  switch (entry.type) {
    case 'fact':
      return entry.fact.type;
    case 'setup':
      return `setup ${entry.step}`;
    case 'speech':
      return `${entry.by} ${entry.isSpeaking ? 'speaks' : 'silent'}`;
    case 'network':
      return 'network';
    default:
      return `${entry.type} ${entry.what}`;
  }
}
