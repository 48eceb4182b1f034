import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { CallBench } from '../testing-doubles/call-bench.ts';
import { decodeTimeCode } from '../time-code/decode-time-code.ts';
import { encodeTimeCode } from '../time-code/encode-time-code.ts';
import { reportTimeCode } from '../time-code/time-code-report.ts';
import { SimulatorScriptError, simulateCall } from './simulate-call.ts';
import type { SimulatorScriptInput } from './simulator-script.ts';
import { VirtualClock } from './virtual-clock.ts';

const VARIED: SimulatorScriptInput = {
  seed: 42,
  timing: {
    first_audio_ms: { type: 'lognormal', p50_ms: 420, p95_ms: 1_100 },
    audio_ms: { type: 'uniform', from_ms: 800, to_ms: 4_000 },
    leading_silence_ms: { type: 'normal', mean_ms: 150, deviation_ms: 60 },
    delta_ms: { type: 'uniform', from_ms: 40, to_ms: 400 },
    transcription_ms: { type: 'lognormal', p50_ms: 180, p95_ms: 600 },
    pace_ratio: 4,
  },
  answers: [
    {},
    { text: 'One moment.', calls: [{ name: 'get_weather', arguments: { city: 'Oslo' } }] },
  ],
  faults: [
    {
      at: { type: 'sends', event: 'response.output_audio.delta' },
      probability: 0.1,
      do: { type: 'delay', ms: { type: 'uniform', from_ms: 5, to_ms: 80 } },
    },
  ],
};

const SPEECH = encodeTimeCode(0, 60);
const SILENCE = new Int16Array(24_000);
const PIECE_SAMPLES = 2_400;
const PIECES = [SPEECH, SILENCE].map((pcm) =>
  Array.from({ length: pcm.length / PIECE_SAMPLES }, (_, index) => {
    const piece = pcm.slice(index * PIECE_SAMPLES, (index + 1) * PIECE_SAMPLES);
    const audio = Buffer.from(piece.buffer).toString('base64');
    return JSON.stringify({ type: 'input_audio_buffer.append', audio });
  }),
);

interface HourResult {
  readonly digest: string;
  readonly textCount: number;
  readonly committedCount: number;
  readonly doneCount: number;
}

/** A user who says 1.2 s in every ten seconds, for a while, over an open microphone. */
function converse(script: SimulatorScriptInput, minutes: number, sessionIndex = 0): HourResult {
  const clock = new VirtualClock();
  const hash = createHash('sha256');
  const counts = { text: 0, committed: 0, done: 0 };
  const call = simulateCall({
    script,
    sessionIndex,
    clock,
    onText: (text) => {
      hash.update(`${clock.nowMs()} ${text}\n`);
      counts.text += 1;
      counts.committed += text.startsWith('{"type":"input_audio_buffer.committed"') ? 1 : 0;
      counts.done += text.startsWith('{"type":"response.done"') ? 1 : 0;
    },
  });
  const [speech, silence] = PIECES;
  for (let at = 0; at < minutes * 600; at += 1) {
    const inTurn = at % 100;
    call.send(speech?.[inTurn] ?? silence?.[inTurn % 10] ?? '');
    clock.advance(100);
  }
  call.end();
  assert.equal(clock.armedCount, 0);
  return {
    digest: hash.digest('hex'),
    textCount: counts.text,
    committedCount: counts.committed,
    doneCount: counts.done,
  };
}

test('[SIM1] the same script, session and client give the same bytes at the same times', () => {
  const first = converse(VARIED, 2);
  assert.deepEqual(converse(VARIED, 2), first);
  assert.notEqual(converse({ ...VARIED, seed: 43 }, 2).digest, first.digest);
  assert.notEqual(converse(VARIED, 2, 1).digest, first.digest);
});

test('[SIM2] an hour of conversation with an open microphone answers each of its 360 turns', () => {
  const hour = converse(VARIED, 59.9);
  assert.equal(hour.committedCount, 360);
  assert.equal(hour.doneCount, 360);
  assert.ok(hour.textCount > 360 * 12);
  assert.deepEqual(converse(VARIED, 59.9), hour);
});

test('[SIM4] [SIM5] first audio, its length and the silence before it are as the script says', () => {
  const bench = new CallBench({
    timing: { first_audio_ms: 420, audio_ms: 1_000, leading_silence_ms: 130, delta_ms: 250 },
  }).respond();
  const deltas = bench.deltas();
  assert.deepEqual(
    deltas.map(({ atMs }) => atMs),
    Array.from({ length: 5 }, () => 420),
  );
  assert.deepEqual(
    deltas.map(({ pcm }) => pcm.length / 24),
    [250, 250, 250, 250, 130],
  );
  const marks = decodeTimeCode(bench.audio());
  assert.deepEqual(
    marks.map(({ code }) => code),
    Array.from({ length: 50 }, (_, index) => index),
  );
  assert.ok(Math.abs((marks[0]?.atMs ?? 0) - 130) < 3);
});

test('[SIM5] the time code runs on through the answers of a session', () => {
  const bench = new CallBench({ timing: { audio_ms: 600 } }).respond().respond().respond();
  const report = reportTimeCode(decodeTimeCode(bench.audio()));
  assert.equal(report.firstFrame, 0);
  assert.equal(report.lastFrame, 89);
  assert.equal(report.missingCount + report.repeatedCount + report.disorderedCount, 0);
});

test('[SIM5] the transcript of an answer is told with its audio, whole', () => {
  const text = 'This sentence has quite a few words in it.';
  const bench = new CallBench({ answers: [{ text }] }).respond();
  const told = bench.eventsOf('response.output_audio_transcript.delta').map(({ delta }) => delta);
  assert.equal(told.join(''), text);
  assert.ok(told.length > 5);
});

test('[SIM5] without sound there are still the words', () => {
  const bench = new CallBench({ timing: { audio_ms: 0 } }).respond();
  assert.equal(bench.deltas().length, 0);
  const [done] = bench.eventsOf('response.output_audio_transcript.done');
  assert.equal(done?.['transcript'], 'This is answer 1 of the simulator.');
});

test('[SIM6] deltas keep the pace, in bursts', () => {
  const timing = { first_audio_ms: 100, audio_ms: 1_200, delta_ms: 200 };
  const at = (pace: number, burst: number): number[] =>
    new CallBench({ timing: { ...timing, pace_ratio: pace, burst_deltas: burst } })
      .respond()
      .deltas()
      .map(({ atMs }) => atMs);
  assert.deepEqual(at(1, 1), [100, 300, 500, 700, 900, 1_100]);
  assert.deepEqual(at(4, 1), [100, 150, 200, 250, 300, 350]);
  assert.deepEqual(at(1, 3), [100, 100, 100, 700, 700, 700]);
});

test('[SIM7] sound starts a turn, silence ends it, and sound during an answer interrupts it', () => {
  const bench = new CallBench({ timing: { audio_ms: 5_000, pace_ratio: 1 } });
  bench.append(SILENCE).append(SPEECH).append(SILENCE);
  const [started] = bench.eventsOf('input_audio_buffer.speech_started');
  const [stopped] = bench.eventsOf('input_audio_buffer.speech_stopped');
  assert.equal(started?.['audio_start_ms'], 700);
  assert.equal(stopped?.['audio_end_ms'], 2_700);
  bench.append(SPEECH);
  const [done] = bench.eventsOf('response.done');
  assert.deepEqual(
    (done?.['response'] as { status_details: unknown } | undefined)?.status_details,
    {
      type: 'cancelled',
      reason: 'turn_detected',
    },
  );
  const countThen = bench.deltas().length;
  assert.ok(countThen > 0 && countThen < 25);
  assert.equal(bench.wait(5_000).deltas().length, countThen);
});

test('[SIM8] a scripted call is made as it stands, and not where tools are forbidden', () => {
  const script: SimulatorScriptInput = {
    answers: [
      {
        text: '',
        calls: [
          { name: 'a', arguments: { x: 1 } },
          { name: 'b', arguments: '{broken' },
        ],
      },
    ],
  };
  const bench = new CallBench(script).respond();
  const calls = bench.eventsOf('response.function_call_arguments.done');
  assert.deepEqual(
    calls.map(({ name, arguments: text }) => [name, text]),
    [
      ['a', '{"x":1}'],
      ['b', '{broken'],
    ],
  );
  const without = new CallBench(script).send({
    type: 'response.create',
    response: { tool_choice: 'none' },
  });
  assert.equal(without.eventsOf('response.function_call_arguments.done').length, 0);
});

const ASKS_TRANSCRIPTION = {
  type: 'session.update',
  session: { type: 'realtime', audio: { input: { transcription: { model: 'whisper-1' } } } },
};

test('[SIM9] the user is understood as the script says, after its time', () => {
  const bench = new CallBench({
    timing: { transcription_ms: 230 },
    hearing: { transcripts: ['good morning', 'good night'] },
  }).send(ASKS_TRANSCRIPTION);
  for (let turn = 0; turn < 3; turn += 1) {
    bench.append(SPEECH).append(SILENCE);
  }
  const heard = bench.eventsOf('conversation.item.input_audio_transcription.completed');
  assert.deepEqual(
    heard.map(({ transcript }) => transcript),
    ['good morning', 'good night', 'good morning'],
  );
  const [committed] = bench.eventsOf('input_audio_buffer.committed');
  assert.equal((heard[0]?.atMs ?? 0) - (committed?.atMs ?? 0), 230);
});

test('[SIM9] hearing fails where the script says so', () => {
  const bench = new CallBench({ hearing: { fails: true } }).send(ASKS_TRANSCRIPTION);
  bench.append(SPEECH).append(SILENCE);
  assert.equal(bench.eventsOf('conversation.item.input_audio_transcription.failed').length, 1);
});

test('[SIM9] the transcript of time-coded speech says what arrived of it', () => {
  const bench = new CallBench({ hearing: { reads_time_code: true } }).send(ASKS_TRANSCRIPTION);
  const [head, tail] = [SPEECH.subarray(0, 480 * 20), SPEECH.subarray(480 * 25)];
  bench.append(SILENCE).append(head).append(tail).append(SILENCE);
  const [heard] = bench.eventsOf('conversation.item.input_audio_transcription.completed');
  assert.equal(
    heard?.['transcript'],
    'time code 0 to 59, 55 heard, 5 missing, 0 repeated, 0 out of order',
  );
});

test('[SIM14] the session ends after the time of the script, with the error and 1001', () => {
  const bench = new CallBench({ session_ms: 20_000 }).wait(19_999);
  assert.equal(bench.closes.length, 0);
  bench.wait(1);
  const [error] = bench.eventsOf('error');
  assert.equal((error?.['error'] as { code: string } | undefined)?.code, 'session_expired');
  assert.equal(bench.closes[0]?.code, 1001);
  assert.equal(bench.clock.armedCount, 0);
});

test('[SIM16] a call that ends leaves no timer, whatever goes on', () => {
  const bench = new CallBench({
    timing: { pace_ratio: 1 },
    faults: [
      { at: { type: 'time', after_ms: 60_000 }, do: { type: 'terminate' } },
      {
        at: { type: 'sends', event: 'response.output_audio.delta' },
        do: { type: 'delay', ms: 30_000 },
      },
    ],
  });
  bench.append(SPEECH).append(SILENCE).wait(500);
  assert.ok(bench.clock.armedCount > 2);
  bench.call.end();
  bench.call.end();
  assert.equal(bench.clock.armedCount, 0);
});

test('[SIM3] a script with a mistake is refused with the field at fault', () => {
  const open = (script: string): unknown =>
    simulateCall({ script, clock: new VirtualClock(), onText: () => undefined });
  assert.throws(
    () => open('{sed: 3}'),
    (error) => {
      assert.ok(error instanceof SimulatorScriptError);
      assert.match(error.message, /'sed'/);
      return true;
    },
  );
  assert.throws(() => open('{seed: ['), SimulatorScriptError);
  assert.throws(() => open(`seed: 1 #${'x'.repeat(70_000)}`), SimulatorScriptError);
  assert.throws(
    () => open('{faults: [{at: {type: time, after_ms: 1}, do: {type: drop}}]}'),
    /'drop' can't happen at 'time'/,
  );
});
