import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { controllerIdFromCount } from '@prism/protocol';
import { SessionBench, serverEvent, speech, voice } from '../testing/index.ts';
import { TimedCall } from '../testing/timed-call.ts';
import type { TurnMeasured } from './turn-measured.ts';

const WORDS = voice({ durationMs: 600, levelDbfs: -18, seed: 3, pitchHz: 180 });

const REPORT_OF_ANOTHER_STREAM = {
  type: 'prism.playout.report',
  reason: 'started',
  ssrc: 99,
  rtp_timestamp: 0,
  client_time_ms: 0,
} as const;

suite('a turn, measured', () => {
  test('[TML6] it begins when the last sound left the mouth, whatever jitter its packets had', () => {
    for (const jitterMs of [0, 35]) {
      const call = new TimedCall({ rttMs: 60, jitterMs });
      call.says(WORDS, 400);
      const turn = call.answers({ afterMs: 500, speakingMs: 400 });
      assert.equal(turn.cause, 'speech');
      assert.equal(turn.from, 'spoken');
      // Opus' look-ahead and the way from microphone to packet are taken off, and a voice fades.
      const spokenMs = turn.startMs + 8.5;
      assert.ok(Math.abs(spokenMs - call.spokenEndMs) <= 20, `${spokenMs} ${call.spokenEndMs}`);
      assert.deepEqual(
        turn.parts.map(({ part }) => part),
        ['uplink', 'end_of_turn', 'response', 'generation', 'pacing', 'silence', 'playout'],
      );
      assert.equal(turn.parts[0]?.durationMs, 38.5);
    }
  });

  test('[TML7] with reports its end is when the first sound left the loudspeaker, whatever delays the reports had', () => {
    for (const reportDelayMs of [0, 25]) {
      const call = new TimedCall({ rttMs: 60, jitterMs: 0, playoutMs: 93, reportDelayMs });
      call.says(WORDS, 400);
      const turn = call.answers({ afterMs: 500, speakingMs: 1_000 });
      assert.equal(turn.heardBy, 'report');
      assert.equal(turn.to, 'heard');
      const playout = turn.parts.at(-1);
      // What the listener holds, the way to him, and Opus' look-ahead.
      assert.ok(
        Math.abs((playout?.durationMs ?? 0) - (93 + 30 + 6.5)) < 0.5,
        String(playout?.durationMs),
      );
    }
  });

  test('[TML7] of three reports that differ by the grid of a decoder the mean counts, a third that differs more and later ones not at all', () => {
    for (const { aheadMs, meanMs } of [
      { aheadMs: 16, meanMs: 8 },
      { aheadMs: 32, meanMs: 24 },
    ]) {
      const call = new TimedCall({ rttMs: 60, playoutMs: 93, aheadMs });
      call.says(WORDS, 400);
      const turn = call.answers({ afterMs: 500, speakingMs: 1_000 });
      // The first is so far ahead, the second half of it, the third not at all; the fourth, as the first, is too late.
      const playoutMs = turn.parts.at(-1)?.durationMs ?? 0;
      assert.ok(Math.abs(playoutMs - (93 - meanMs + 30 + 6.5)) < 0.5, String(playoutMs));
    }
  });

  test('[TML7] without reports it is that of a usual listener, and says how far off that may be', () => {
    const call = new TimedCall({ rttMs: 60 });
    call.says(WORDS, 400);
    const turn = call.answers({ afterMs: 500, speakingMs: 400 });
    assert.equal(turn.heardBy, 'model');
    assert.equal(turn.parts.at(-1)?.durationMs, 110);
    assert.equal(turn.errorMs, 65);
  });

  test('[TML8] silence that the answer begins with is a part of its own', () => {
    const call = new TimedCall({ rttMs: 60, playoutMs: 80 });
    call.says(WORDS, 400);
    const turn = call.answers({ afterMs: 500, speakingMs: 400, silentMs: 130 });
    assert.equal(turn.parts.find(({ part }) => part === 'silence')?.durationMs, 130);
  });

  test('[TML9] tools before the answer are one part of one turn', () => {
    const bench = SessionBench.live();
    bench.post(
      serverEvent({ type: 'input_audio_buffer.speech_stopped', item_id: 'u', audio_end_ms: 1 }),
    );
    bench.nowMs = 10;
    bench.responseCreated('resp_1');
    bench.nowMs = 40;
    const output = [{ id: 'item_1', type: 'function_call', name: 'find', call_id: 'call_1' }];
    bench.post(
      serverEvent({
        type: 'response.done',
        response: { id: 'resp_1', status: 'completed', output },
      }),
    );
    bench.nowMs = 340;
    bench.responseCreated('resp_2');
    bench.nowMs = 400;
    bench.answer(speech(3), 'resp_2');
    bench.responseDone('resp_2');
    bench.slots(10);
    const [turn, ...more] = turnsOf(bench);
    assert.equal(more.length, 0);
    assert.deepEqual([turn?.turn, turn?.responseId, turn?.cause], [1, 'resp_2', 'speech']);
    assert.deepEqual(turn?.parts.map(({ part, durationMs }) => [part, durationMs]).slice(0, 3), [
      ['response', 10],
      ['tools', 330],
      ['generation', 60],
    ]);
  });

  test('[TML10] an interruption has its trigger, its speaker, its place, and the silence after it', () => {
    const call = new TimedCall({ rttMs: 60, playoutMs: 93 });
    call.says(WORDS, 400);
    call.begins({ afterMs: 500, speakingMs: 5_000 });
    call.run(1_000);
    const beganMs = call.nowMs + 200;
    call.says(WORDS, 200, 300);
    const triggerMs = call.nowMs;
    call.bench.speechStarted();
    call.run(2_000);
    const turn = call.turns.at(-1);
    assert.equal(turn?.state, 'interrupted');
    const interruption = turn?.interruption;
    assert.equal(interruption?.trigger, 'speech_started');
    assert.ok(Math.abs((interruption?.detectionMs ?? 0) - (triggerMs - beganMs) - 8.5) <= 40);
    // All that was sent is heard: the way, what the listener holds, and the frame that left last.
    const toSilenceMs = interruption?.toSilenceMs ?? 0;
    assert.ok(toSilenceMs > 93 + 30 && toSilenceMs <= 93 + 30 + 6.5 + 20, String(toSilenceMs));
    assert.equal(interruption?.truncatedMs, Number(call.bench.truncates[0]?.split(' ')[1]));
  });

  test('[TML11] what made the model answer is told apart, and gives the turn its beginning', () => {
    const bench = SessionBench.live();
    bench.responseCreated('resp_0');
    bench.answer(speech(1), 'resp_0', 'item_0');
    bench.responseDone('resp_0');
    bench.slots(3);
    bench.client({ type: 'input_audio_buffer.commit' });
    bench.advance(500);
    bench.client({ type: 'response.create' });
    bench.advance(20);
    bench.responseCreated('resp_1');
    bench.answer(speech(1), 'resp_1', 'item_1');
    bench.responseDone('resp_1');
    bench.slots(3);
    bench.client({ type: 'response.create' });
    bench.responseCreated('resp_2');
    bench.answer(speech(1), 'resp_2', 'item_2');
    bench.responseDone('resp_2');
    bench.slots(3);
    assert.deepEqual(
      turnsOf(bench).map(({ turn, cause, from }) => [turn, cause, from]),
      [
        [1, 'greeting', 'created'],
        [2, 'commit', 'detected'],
        [3, 'request', 'detected'],
      ],
    );
  });

  test('[TML12] an answer of which nothing is spoken, and one that the session ends, are told as such', () => {
    const bench = SessionBench.live();
    bench.client({ type: 'response.create' });
    bench.nowMs += 100;
    bench.responseCreated('resp_1');
    bench.responseDone('resp_1');
    bench.advance(100);
    bench.client({ type: 'response.create' });
    bench.nowMs += 100;
    bench.responseCreated('resp_2');
    bench.answer(speech(100), 'resp_2');
    bench.slots(20);
    bench.post({ type: 'close', reason: 'client_hangup' });
    assert.deepEqual(
      turnsOf(bench).map(({ turn, state }) => [turn, state]),
      [
        [1, 'silent'],
        [2, 'unfinished'],
      ],
    );
    assert.equal(bench.effects.at(-1)?.type, 'closed');
  });

  test('[TML13] where the client plays by itself a turn ends with the first delta that it is sent', () => {
    const bench = SessionBench.live({ audio: 'socket' });
    bench.client({ type: 'response.create' });
    bench.nowMs += 30;
    bench.responseCreated('resp_1');
    bench.nowMs += 70;
    bench.post({ type: 'upstream.delta', bytes: new Uint8Array(100) });
    bench.nowMs += 500;
    bench.responseDone('resp_1');
    bench.advance(100);
    bench.post({ type: 'close', reason: 'client_hangup' });
    const [turn] = turnsOf(bench);
    assert.deepEqual([turn?.state, turn?.to, turn?.totalMs], ['played', 'sent', 100]);
  });

  test('[TML14] it is told when it is heard and when it is over, to those who know events of Prism', () => {
    const call = new TimedCall({ rttMs: 60, playoutMs: 80 });
    call.says(WORDS, 400);
    call.answers({ afterMs: 500, speakingMs: 1_500 });
    const events = call.bench.toController.filter(({ type }) => type === 'prism.turn.latency');
    assert.deepEqual(
      events.map(({ turn, state, final }) => [turn, state, final]),
      [
        [1, 'heard', false],
        [1, 'played', true],
      ],
    );
    assert.equal(events[0]?.['total_ms'], events[1]?.['total_ms']);
    const unaware = SessionBench.live();
    unaware.client({ type: 'response.create' });
    unaware.responseCreated();
    unaware.nowMs += 50;
    unaware.answer(speech(5));
    unaware.responseDone();
    unaware.slots(20);
    assert.equal(turnsOf(unaware).length, 1);
    assert.ok(!JSON.stringify(unaware.toController).includes('prism.'));
  });

  test('[TML14] it is told although nothing comes any more, with what is known or after a wait for the report', () => {
    for (const hasReports of [true, false])
      for (let frames = 3; frames <= 8; frames += 1) {
        const bench = SessionBench.live();
        bench.client({ type: 'prism.transcript.subscribe' });
        bench.client({ type: 'response.create' });
        bench.nowMs += 50;
        bench.responseCreated();
        bench.answer(speech(frames));
        if (hasReports) bench.client(REPORT_OF_ANOTHER_STREAM);
        bench.responseDone();
        while (bench.session.wantsSlots) bench.slots(1);
        if (hasReports) {
          bench.advance(1_400);
          assert.equal(turnsOf(bench).length, 0);
          bench.advance(100);
        } else bench.advance(50);
        assert.equal(turnsOf(bench)[0]?.state, 'played', `${frames} frames`);
        assert.ok(bench.toControllerTypes.includes('prism.turn.latency'));
        assert.equal(bench.session.deadline(), undefined);
      }
  });

  test('[TML14] a policy that names what is told has to name it', () => {
    const policy = {
      preset: 'browser' as const,
      allowedClientEvents: undefined,
      allowedServerEvents: ['response.done'],
      ownedFields: [],
    };
    const bench = SessionBench.live();
    const sidebandId = controllerIdFromCount(2);
    bench.post({ type: 'controller.opened', controllerId: sidebandId, role: 'sideband', policy });
    bench.client({ type: 'prism.transcript.subscribe' }, sidebandId);
    bench.client({ type: 'response.create' });
    bench.nowMs += 50;
    bench.responseCreated();
    bench.answer(speech(5));
    bench.responseDone();
    bench.slots(20);
    assert.ok(!bench.toControllerTypes.includes('prism.turn.latency'));
  });

  test('[TML15] with the switch off nothing is recorded, measured or told', () => {
    const call = new TimedCall({ rttMs: 60, playoutMs: 80, recordsTimeline: false });
    call.says(WORDS, 400);
    call.begins({ afterMs: 500, speakingMs: 1_000 });
    call.run(2_000);
    assert.equal(call.bench.session.timeline, undefined);
    assert.equal(call.bench.session.wantsNetworkSample, false);
    assert.equal(turnsOf(call.bench).length, 0);
    assert.ok(!call.bench.toControllerTypes.includes('prism.turn.latency'));
  });

  test('[TML6] speech whose end is found after the turn was over still is its beginning', () => {
    const call = new TimedCall({ rttMs: 60 });
    call.says(WORDS, 400, 400 + 600 + 30 + 80);
    call.upstreamStops();
    const turn = call.answers({ afterMs: 80, speakingMs: 400, isStopped: true });
    assert.equal(turn.from, 'spoken');
  });
});

function turnsOf(bench: SessionBench): readonly TurnMeasured[] {
  return bench.facts.flatMap((fact) =>
    fact.type === 'turn.measured' && fact.turn.isFinal ? [fact.turn] : [],
  );
}
