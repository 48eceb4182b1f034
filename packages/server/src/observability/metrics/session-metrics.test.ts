import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { SessionFact, TurnMeasured } from '@prism/core';
import { ManualClock } from '@prism/core/testing';
import { callIdsFromSuffix } from '@prism/protocol';
import type {
  ObservedSession,
  SessionObserver,
  SessionTransport,
} from '../../runtime/ports/session-observer.ts';
import { PrismMetrics } from './prism-metrics.ts';

/** Metrics with sessions whose snapshots the test writes. */
class MetricsBench {
  readonly clock = new ManualClock();
  readonly metrics = new PrismMetrics({
    clock: this.clock,
    version: '1.2.3',
    agentNames: ['guide'],
    sessionCountMax: 200,
  });
  #count = 0;

  begin(
    snapshot: () => object,
    {
      transport = 'webrtc',
      agent,
      timeline = () => undefined,
    }: {
      readonly transport?: SessionTransport;
      readonly agent?: string;
      readonly timeline?: ObservedSession['timeline'];
    } = {},
  ): SessionObserver {
    this.#count += 1;
    const ids = callIdsFromSuffix(String(this.#count));
    return this.metrics.sessions.observe({
      ids,
      transport,
      agent,
      user: undefined,
      model: undefined,
      trace: undefined,
      timeline,
      responsesSince: () => [],
      describe: snapshot,
    });
  }

  /** Series by their name with labels, those at 0 left out. */
  async series(prefix: string): Promise<Readonly<Record<string, number>>> {
    const lines = (await this.metrics.scrape()).split('\n');
    return Object.fromEntries(
      lines.flatMap((line) => {
        const [, series = '', value] = /^([^#\s].*) (\S+)$/.exec(line) ?? [];
        const isAsked = series.startsWith(prefix) && Number(value) !== 0;
        return isAsked ? [[series, Number(value)]] : [];
      }),
    );
  }
}

function heard(packets: number, packetsLost = 0): object {
  const inbound = { packets, packetsLost, jitterMs: 4 };
  return { state: 'live', media: { rttMs: 30, inbound, outbound: { packets: 0 } } };
}

suite('session metrics', () => {
  test('[MET4] counts go on when a session ends, and when its client comes back on a new peer', async () => {
    const bench = new MetricsBench();
    let packets = 40;
    const observer = bench.begin(() => heard(packets));
    const other = bench.begin(() => heard(2));
    const total = async (): Promise<number | undefined> =>
      (await bench.series('prism_rtp_packets_total'))['prism_rtp_packets_total{direction="in"}'];
    assert.equal(await total(), 42);
    packets = 50;
    assert.equal(await total(), 52);
    observer.peerReplaced({ media: { inbound: { packets } } });
    packets = 1;
    assert.equal(await total(), 53);
    observer.closed('client_hangup', heard(3));
    assert.equal(await total(), 55);
    other.closed('client_hangup', heard(2));
    assert.equal(await total(), 55);
  });

  test('[MET4] a loss that a late packet takes back does not make a counter smaller', async () => {
    const bench = new MetricsBench();
    let lost = 5;
    const observer = bench.begin(() => heard(100, lost));
    const total = async (): Promise<number | undefined> =>
      (await bench.series('prism_rtp_packets_lost_total'))[
        'prism_rtp_packets_lost_total{direction="in"}'
      ];
    assert.equal(await total(), 5);
    lost = 3;
    assert.equal(await total(), 5);
    lost = 7;
    assert.equal(await total(), 7);
    observer.closed('client_hangup', heard(100, 6));
    assert.equal(await total(), 7);
    // Packets that came twice make good nobody else's losses.
    bench.begin(() => heard(100, -20)).closed('client_hangup', heard(100, -20));
    bench.begin(() => heard(100, 4));
    assert.equal(await total(), 10);
  });

  test('[MET4] [MET17] sessions are read in slices; who ends or moves between two of them is counted once', async () => {
    const bench = new MetricsBench();
    const observers = Array.from({ length: 50 }, () => bench.begin(() => heard(1)));
    const [first, second, third] = observers;
    const scrape = bench.series('prism_rtp_packets_total');
    // The first ten have been read.
    first?.closed('client_hangup', heard(1));
    second?.peerReplaced(heard(1));
    observers.at(-1)?.closed('client_hangup', heard(1));
    let slices = 0;
    for (; bench.clock.armedCount > 0; slices += 1) {
      bench.clock.advance(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(slices, 4);
    // One more: the peer that was replaced, and the one that is there now.
    const series = 'prism_rtp_packets_total{direction="in"}';
    assert.equal((await scrape)[series], 51);
    third?.closed('client_hangup', heard(1));
  });

  test('[MET12] sessions by state and transport, how many began with which agent, how they ended', async () => {
    const bench = new MetricsBench();
    const call = bench.begin(() => ({ state: 'opening' }), { agent: 'guide' });
    bench.begin(() => ({ state: 'live' }), { transport: 'realtime_websocket' });
    // It began over WebRTC, and has moved.
    bench.begin(() => ({ state: 'live', peer: { bytesSent: 1 } }));
    assert.deepEqual(await bench.series('prism_sessions{'), {
      'prism_sessions{state="opening",transport="webrtc"}': 1,
      'prism_sessions{state="live",transport="realtime_websocket"}': 1,
      'prism_sessions{state="live",transport="media_websocket"}': 1,
    });
    bench.clock.advance(45_000);
    call.closed('media_never_connected', {});
    assert.deepEqual(await bench.series('prism_sessions_started_total{transport="webrtc"'), {
      'prism_sessions_started_total{transport="webrtc",agent="guide"}': 1,
      'prism_sessions_started_total{transport="webrtc",agent="none"}': 1,
    });
    assert.deepEqual(await bench.series('prism_sessions_ended'), {
      'prism_sessions_ended_total{reason="media_never_connected"}': 1,
    });
    const lasted = await bench.series('prism_session_duration_seconds_sum');
    assert.deepEqual(Object.values(lasted), [45]);
  });

  test('[MET13] the network at the end of a session: loss of what was sent and received, jitter, round trip', async () => {
    const bench = new MetricsBench();
    const observer = bench.begin(() => heard(90, 10));
    assert.deepEqual(await bench.series('prism_live_client_rtt_seconds{quantile="0.5"}'), {
      'prism_live_client_rtt_seconds{quantile="0.5"}': 0.03,
    });
    observer.closed('client_hangup', {
      media: {
        rttMs: 30,
        inbound: { packets: 90, packetsLost: 10, jitterMs: 4 },
        outbound: { packets: 200, packetsLost: 50, jitterMs: 8 },
      },
    });
    assert.deepEqual(await bench.series('prism_client_packet_loss_ratio_sum'), {
      'prism_client_packet_loss_ratio_sum{direction="in"}': 0.1,
      'prism_client_packet_loss_ratio_sum{direction="out"}': 0.25,
    });
    assert.deepEqual(await bench.series('prism_client_jitter_seconds_sum'), {
      'prism_client_jitter_seconds_sum{direction="in"}': 0.004,
      'prism_client_jitter_seconds_sum{direction="out"}': 0.008,
    });
  });

  test('[MET14] dials, losses of the upstream, its errors, refused events and tools, as facts tell them', async () => {
    const bench = new MetricsBench();
    const facts: readonly SessionFact[] = [
      { type: 'upstream.ready', waitedMs: 250 },
      { type: 'media.connected', waitedMs: 400 },
      { type: 'upstream.error_event', code: 'server_error' },
      { type: 'upstream.error_event', code: 'whatever the upstream writes' },
      { type: 'controller.event_refused', code: 'invalid_event' },
      { type: 'answer.started', responseId: 'r', sinceSpeechStoppedMs: 600 },
      { type: 'answer.interrupted', trigger: 'speech_started', droppedMs: 500, truncatedItems: 1 },
      { type: 'playout.overflow', refusedMs: 250 },
      { type: 'limit.warning', limit: 'cost' },
      { type: 'response.sequenced', action: 'queued' },
      {
        type: 'tool.finished',
        responseId: 'r',
        tool: 't',
        toolCallId: 'c',
        outcome: 'timed_out',
        durationMs: 900,
      },
      { type: 'upstream.failed', code: 'upstream_lost', message: 'gone' },
    ];
    const observer = bench.begin(() => ({}));
    for (const fact of facts) observer.fact(fact);
    bench
      .begin(() => ({}))
      .fact({ type: 'upstream.failed', code: 'upstream_refused', message: '' });
    const expected: Readonly<Record<string, number>> = {
      'prism_upstream_dials_total{outcome="ready"}': 1,
      'prism_upstream_dials_total{outcome="upstream_refused"}': 1,
      'prism_upstream_losses_total{code="upstream_lost"}': 1,
      'prism_upstream_errors_total{code="server_error"}': 1,
      'prism_upstream_errors_total{code="other"}': 1,
      prism_turn_response_seconds_sum: 0.6,
      'prism_answer_dropped_seconds_total{reason="interrupted"}': 0.5,
      'prism_answer_dropped_seconds_total{reason="overflow"}': 0.25,
      'prism_interruptions_total{trigger="speech_started"}': 1,
      'prism_limit_events_total{limit="cost",event="warning"}': 1,
      'prism_response_sequencing_total{action="queued"}': 1,
      'prism_events_refused_total{code="invalid_event"}': 1,
      'prism_tool_calls_total{outcome="timed_out"}': 1,
      'prism_tool_duration_seconds_sum{outcome="timed_out"}': 0.9,
    };
    const series = await bench.series('prism_');
    for (const [name, value] of Object.entries(expected)) assert.equal(series[name], value, name);
  });

  test('[MET8] a turn is observed when it is over: its parts, mouth to ear, what Prism added', async () => {
    const bench = new MetricsBench();
    const turn: TurnMeasured = {
      turn: 1,
      responseId: 'resp_1',
      responseIds: ['resp_1'],
      cause: 'speech',
      state: 'interrupted',
      isFinal: true,
      startMs: 1_000,
      from: 'spoken',
      to: 'heard',
      totalMs: 800,
      parts: [
        { part: 'end_of_turn', startMs: 0, durationMs: 500 },
        { part: 'generation', startMs: 500, durationMs: 300 },
      ],
      errorMs: 10,
      heardBy: 'report',
      addedInMs: 2,
      addedOutMs: 1,
      interruption: {
        trigger: 'speech_started',
        afterMs: 900,
        detectionMs: undefined,
        toSilenceMs: 120,
        truncatedMs: undefined,
      },
    };
    const observer = bench.begin(() => ({}));
    observer.fact({ type: 'turn.measured', turn: { ...turn, state: 'heard', isFinal: false } });
    observer.fact({ type: 'turn.measured', turn });
    // What the beginning of which isn't known is no mouth to ear.
    observer.fact({ type: 'turn.measured', turn: { ...turn, turn: 2, from: 'detected' } });
    const expected: Readonly<Record<string, number>> = {
      'prism_turns_total{cause="speech",state="interrupted"}': 2,
      'prism_turn_part_seconds_sum{part="end_of_turn"}': 1,
      'prism_turn_part_seconds_sum{part="generation"}': 0.6,
      'prism_turn_mouth_to_ear_seconds_count{heard_by="report"}': 1,
      'prism_turn_mouth_to_ear_seconds_sum{heard_by="report"}': 0.8,
      'prism_turn_added_seconds_sum{direction="in"}': 0.004,
      'prism_turn_added_seconds_sum{direction="out"}': 0.002,
      prism_interruption_to_silence_seconds_count: 2,
    };
    const series = await bench.series('prism_');
    for (const [name, value] of Object.entries(expected)) assert.equal(series[name], value, name);
  });

  test('[MET8] each part of a set-up is observed once, when the session is ready or over', async () => {
    const bench = new MetricsBench();
    const setup: Record<string, number> = { requested: -50, authorized: -40, 'answer.sent': 20 };
    const observer = bench.begin(() => ({}), {
      timeline: () => ({
        setup: { ...setup },
        turns: [],
        entries: [],
        turnsDropped: 0,
        entriesDropped: 0,
        samplesDropped: 0,
      }),
    });
    setup['ready'] = 450;
    observer.fact({ type: 'session.ready', waitedMs: 450 });
    setup['media.connected'] = 300;
    setup['channel.opened'] = 500;
    observer.closed('client_hangup', {});
    const sums = await bench.series('prism_session_setup_seconds_sum');
    assert.deepEqual(sums, {
      'prism_session_setup_seconds_sum{part="authorization"}': 0.01,
      'prism_session_setup_seconds_sum{part="answer"}': 0.06,
      'prism_session_setup_seconds_sum{part="channel"}': 0.2,
      'prism_session_setup_seconds_sum{part="ready"}': 0.5,
    });
  });

  test('[MET11] usage: tokens by kind, cost and audio, by agent', async () => {
    const bench = new MetricsBench();
    bench.metrics.used({
      sessionId: 'rtc_1',
      keyId: 'key',
      user: 'user 1',
      agent: 'guide',
      atMs: 0,
      entry: {
        kind: 'response',
        model: 'a model',
        tokens: {
          textIn: 1,
          textCachedIn: 2,
          textOut: 3,
          audioIn: 4,
          audioCachedIn: 5,
          audioOut: 6,
          imageIn: 7,
          imageCachedIn: 8,
        },
        transcribedMs: 0,
        inputAudioMs: 1_500,
        outputAudioMs: 2_500,
        sessionMs: 0,
        costMicroUsd: 12_500,
        isPriceKnown: false,
        isEstimated: false,
      },
    });
    const series = await bench.series('prism_');
    assert.equal(series['prism_tokens_total{kind="text_in",agent="guide"}'], 1);
    assert.equal(series['prism_tokens_total{kind="audio_cached_in",agent="guide"}'], 5);
    assert.equal(series['prism_tokens_total{kind="image_cached_in",agent="guide"}'], 8);
    assert.equal(series['prism_cost_usd_total{agent="guide"}'], 0.0125);
    assert.equal(series['prism_usage_audio_seconds_total{direction="out",agent="guide"}'], 2.5);
    assert.equal(series['prism_usage_uncertain_total{kind="unpriced"}'], 1);
    assert.doesNotMatch(await bench.metrics.scrape(), /user 1|a model/);
  });

  test('[MET15] the process, its door and its media port are read when they are asked for', async () => {
    const bench = new MetricsBench();
    bench.metrics.readFrom(() => ({
      tick: { slots: 500, missedSlots: 2, latenessMsMax: 31 },
      mediaPort: {
        datagramsUnknown: 4,
        checksUnknown: 3,
        checksRefused: 2,
        tcpConnectionsRefused: 1,
        tcpConnectionsExpired: 5,
      },
      load: { sessions: 0.1, cpu: 0.2, event_loop: 0.3, media_tick: 0.4 },
      eventLoopDelayMs: 12,
      spans: { sent: 9, dropped: 8, failed: 7 },
      storage: { waitingCount: 6, lostCount: 7 },
    }));
    bench.metrics.refused('invalid_api_key');
    bench.metrics.rateExceeded('failures_per_address');
    bench.metrics.sessions.refused('session_limit_reached');
    bench.metrics.answered({ route: '/openai/v1/realtime/calls', httpStatus: 201, durationMs: 40 });
    bench.metrics.answered({ route: '/assets/x.js', httpStatus: 404, durationMs: 1 });
    const expected: Readonly<Record<string, number>> = {
      prism_media_tick_slots_total: 500,
      prism_media_tick_missed_slots_total: 2,
      prism_media_tick_lateness_max_seconds: 0.031,
      'prism_media_port_refusals_total{kind="unknown_check"}': 3,
      'prism_media_port_refusals_total{kind="tcp_expired"}': 5,
      prism_event_loop_delay_seconds: 0.012,
      'prism_load_ratio{part="media_tick"}': 0.4,
      'prism_trace_spans_total{outcome="dropped"}': 8,
      prism_storage_queue_records: 6,
      prism_storage_lost_records_total: 7,
      'prism_access_refusals_total{code="invalid_api_key"}': 1,
      'prism_rate_refusals_total{rate="failures_per_address"}': 1,
      'prism_session_refusals_total{code="session_limit_reached"}': 1,
      'prism_http_request_duration_seconds_count{route="/v1/realtime/calls",status="2xx"}': 1,
      'prism_http_request_duration_seconds_count{route="other",status="4xx"}': 1,
      'prism_build_info{version="1.2.3"}': 1,
      prism_sessions_max: 200,
    };
    const series = await bench.series('pr');
    for (const [name, value] of Object.entries(expected)) assert.equal(series[name], value, name);
    assert.ok((series['process_resident_memory_bytes'] ?? 0) > 1e6);
    assert.ok((series['process_cpu_seconds_total'] ?? 0) > 0);
  });
});
