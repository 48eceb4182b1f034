import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionLimits } from '@prism/protocol';
import { DEFAULT_FAREWELL } from '../metering/metering-options.ts';
import { bench, CONTROLLER_ID, entries, reports, respond } from '../testing/limits-bench.ts';
import { type SessionBench, serverEvent, speech } from '../testing/session-bench.ts';

/** The limit that the last error named. */
function errorParam(test_: SessionBench): unknown {
  const errors = test_.toController.filter(({ type }) => type === 'error');
  const error = errors.at(-1)?.['error'] as { code?: unknown; param?: unknown } | undefined;
  assert.equal(error?.code, 'budget_exceeded');
  return error.param;
}

test('[BUD1] [BUD2] each limit ends the session, is named, and has its reason', () => {
  const cases: readonly (readonly [
    string,
    Partial<SessionLimits>,
    string,
    (test_: SessionBench) => void,
  ])[] = [
    ['session', { sessionMs: 5_000 }, 'session_expired', (test_) => test_.advance(5_000)],
    ['idle', { idleMs: 5_000 }, 'session_idle', (test_) => test_.advance(5_000)],
    ['tokens', { tokens: 40 }, 'budget_exceeded', (test_) => respond(test_, 'r', 40)],
    ['cost', { costMicroUsd: 400 }, 'budget_exceeded', (test_) => respond(test_, 'r', 40)],
    [
      'audio',
      { audioMs: 2_000 },
      'budget_exceeded',
      (test_) => test_.post({ type: 'media.audio', pcm: speech(100) }),
    ],
  ];
  for (const [name, limits, reason, reach] of cases) {
    const test_ = bench(limits);
    reach(test_);
    assert.equal(errorParam(test_), name);
    test_.advance(1_000);
    assert.deepEqual(test_.closedReasons, [reason], name);
  }
});

test('[BUD1] nothing ends short of its limit', () => {
  const limits = { sessionMs: 5_000, idleMs: 5_000, tokens: 41, costMicroUsd: 401, audioMs: 2_020 };
  const test_ = bench(limits);
  respond(test_, 'r', 40);
  test_.post({ type: 'media.audio', pcm: speech(100) });
  test_.advance(4_999);
  assert.deepEqual(test_.closedReasons, []);
  assert.equal(test_.session.describe()['limitReached'], undefined);
});

test('[BUD3] who knows events of Prism is warned once at 80 %, of silence each time', () => {
  const test_ = bench({ tokens: 100, idleMs: 10_000 });
  test_.client({ type: 'prism.transcript.subscribe' });
  const warnings = (): unknown[] =>
    test_.toController.flatMap((event) =>
      event['type'] === 'prism.limit.warning' ? [event['limit']] : [],
    );
  respond(test_, 'r1', 79);
  assert.deepEqual(warnings(), []);
  respond(test_, 'r2', 1);
  respond(test_, 'r3', 1);
  assert.deepEqual(warnings(), ['tokens']);
  test_.advance(8_000);
  assert.deepEqual(warnings(), ['tokens', 'idle']);
  respond(test_, 'r4', 1);
  test_.advance(7_999);
  assert.deepEqual(warnings(), ['tokens', 'idle']);
  test_.advance(1);
  assert.deepEqual(warnings(), ['tokens', 'idle', 'idle']);
  test_.post({ type: 'budget.news', news: { type: 'warning' } });
  assert.deepEqual(warnings().at(-1), 'budget');
});

test('[BUD4] a response is cut off in the middle, by the audio that has come of it', () => {
  const test_ = bench({ tokens: 20 });
  test_.responseCreated();
  test_.answer(speech(45));
  test_.slots(5);
  assert.deepEqual(test_.closedReasons, []);
  test_.answer(speech(5));
  const { speechFrames } = test_;
  assert.equal(errorParam(test_), 'tokens');
  assert.ok(test_.effects.some(({ type }) => type === 'upstream.close'));
  test_.slots(5);
  assert.equal(test_.speechFrames, speechFrames, 'nothing more of it is heard');
  const [entry] = entries(test_, 'response');
  assert.equal(entry?.tokens.audioOut, 20);
  assert.equal(entry?.isEstimated, true);
});

test('[BUD4] a response that is made is heard out, and for no longer than 15 s', () => {
  const test_ = bench({ tokens: 20 });
  test_.responseCreated();
  test_.answer(speech(30));
  test_.slots(1);
  test_.post(
    serverEvent({
      type: 'response.done',
      response: {
        id: 'resp_1',
        status: 'completed',
        usage: { input_tokens: 20, output_tokens: 0 },
      },
    }),
  );
  assert.equal(test_.session.describe()['limitReached'], 'tokens');
  test_.slots(60);
  assert.equal(test_.speechFrames, 30);
  assert.equal(errorParam(test_), 'tokens');

  const long = bench({ sessionMs: 1_000 });
  long.responseCreated();
  long.answer(speech(2_000));
  long.responseDone();
  long.slots(60);
  long.advance(0);
  assert.equal(long.session.describe()['limitReached'], 'session');
  long.advance(14_700);
  long.slots(1);
  assert.ok(!long.effects.some(({ type }) => type === 'upstream.close'));
  long.advance(200);
  assert.ok(long.effects.some(({ type }) => type === 'upstream.close'));
});

test('[BUD5] with a spoken ending the model says goodbye, and the session ends when that is heard', () => {
  const test_ = bench({ tokens: 20, ending: 'spoken' });
  test_.responseCreated();
  test_.answer(speech(25));
  test_.slots(2);
  test_.answer(speech(25));
  const sent = test_.toUpstream.map(({ type }) => type);
  assert.ok(sent.includes('response.cancel') && sent.includes('input_audio_buffer.clear'));
  assert.ok(!sent.includes('response.create'), 'it waits for the end of the one that was cut off');
  test_.responseDone();
  const create = test_.toUpstream.find(({ type }) => type === 'response.create');
  assert.deepEqual(create?.['response'], {
    instructions: DEFAULT_FAREWELL,
    max_output_tokens: 400,
    tool_choice: 'none',
    metadata: { prism: 'farewell' },
  });
  const before = test_.speechFrames;
  test_.responseCreated('resp_bye');
  test_.answer(speech(10), 'resp_bye', 'item_bye');
  test_.responseDone('resp_bye');
  test_.slots(9);
  assert.deepEqual(test_.closedReasons, []);
  test_.slots(50);
  assert.equal(test_.speechFrames, before + 10);
  assert.equal(errorParam(test_), 'tokens');
  test_.advance(1_000);
  assert.deepEqual(test_.closedReasons, ['budget_exceeded']);
});

test('[BUD5] a goodbye that does not come, or has no end, is waited for 15 s', () => {
  for (const isBegun of [false, true]) {
    const test_ = bench({ sessionMs: 1_000, ending: 'spoken' });
    test_.advance(1_000);
    if (isBegun) {
      test_.responseCreated('resp_bye');
      test_.answer(speech(2_000), 'resp_bye', 'item_bye');
    }
    test_.advance(14_999);
    assert.ok(!test_.effects.some(({ type }) => type === 'upstream.close'));
    test_.advance(1);
    assert.ok(test_.effects.some(({ type }) => type === 'upstream.close'));
    test_.advance(1_000);
    assert.deepEqual(test_.closedReasons, ['session_expired']);
  }
});

test('[BUD5] who plays by himself gets the goodbye to its end', () => {
  const test_ = bench({ tokens: 20, ending: 'spoken' }, { audio: 'socket' });
  respond(test_, 'r', 20);
  assert.ok(test_.toUpstream.some(({ type }) => type === 'response.create'));
  test_.responseCreated('resp_bye');
  assert.deepEqual(test_.closedReasons, []);
  test_.responseDone('resp_bye');
  assert.equal(test_.toControllerTypes.at(-2), 'response.done');
  assert.equal(errorParam(test_), 'tokens');
  assert.deepEqual(test_.closedReasons, ['budget_exceeded']);
});

test('[BUD5] where no model can speak the ending is silent', () => {
  const test_ = bench({ audioMs: 1_000, ending: 'spoken' });
  test_.post(serverEvent({ type: 'session.updated', session: { type: 'transcription' } }));
  test_.post({ type: 'media.audio', pcm: speech(50) });
  assert.ok(test_.effects.some(({ type }) => type === 'upstream.close'));
});

test('[BUD6] from the limit on nothing of anybody is taken', () => {
  const test_ = bench({ sessionMs: 1_000, ending: 'spoken' });
  test_.advance(1_000);
  test_.effects.length = 0;
  test_.post({ type: 'media.audio', pcm: speech(50) });
  test_.client({ type: 'response.create', event_id: 'mine' });
  test_.client({ type: 'some.other', event_id: 'other' });
  assert.deepEqual(test_.toUpstream, []);
  assert.ok(!test_.effects.some(({ type }) => type === 'upstream.append'));
  const named = test_.toController.map(({ error }) => (error as { event_id: string }).event_id);
  assert.deepEqual(named, ['mine', 'other']);
  assert.equal(errorParam(test_), 'session');
});

test('[BUD7] a response that the upstream begins after the limit is cancelled', () => {
  const test_ = bench({ tokens: 20, ending: 'spoken' });
  test_.responseCreated();
  test_.answer(speech(10));
  test_.slots(1);
  test_.post(
    serverEvent({
      type: 'response.done',
      response: {
        id: 'resp_1',
        status: 'completed',
        usage: { input_tokens: 20, output_tokens: 0 },
      },
    }),
  );
  test_.responseCreated('resp_late');
  const cancelled = test_.toUpstream.filter(({ type }) => type === 'response.cancel');
  assert.deepEqual(
    cancelled.map(({ response_id }) => response_id),
    ['resp_late'],
  );
});

test('[BUD8] speech, an answer that is made and one that is heard are no silence', () => {
  const test_ = bench({ idleMs: 1_000 });
  test_.advance(900);
  test_.speechStarted();
  test_.advance(5_000);
  test_.post(
    serverEvent({ type: 'input_audio_buffer.speech_stopped', item_id: 'i', audio_end_ms: 1 }),
  );
  test_.advance(900);
  test_.responseCreated();
  test_.advance(5_000);
  test_.answer(speech(100));
  test_.responseDone();
  test_.slots(100);
  assert.equal(test_.session.describe()['limitReached'], undefined);
  test_.slots(20);
  test_.advance(999);
  assert.equal(test_.session.describe()['limitReached'], undefined);
  test_.advance(201);
  assert.equal(errorParam(test_), 'idle');
});

test('[BUD8] what a client plays by itself is heard for as long as it lasts', () => {
  const test_ = bench({ idleMs: 1_000 }, { audio: 'socket' });
  test_.responseCreated();
  const bytes = new Uint8Array(10);
  const measured = { responseId: 'resp_1', itemId: 'i', audioBytes: 48 * 3_000 };
  test_.post({ type: 'upstream.delta', bytes, measured });
  test_.responseDone();
  test_.advance(3_999);
  assert.equal(test_.session.describe()['limitReached'], undefined);
  test_.advance(1);
  assert.equal(errorParam(test_), 'idle');
});

test('[BUD12] what the budgets say ends the session, and is said in its error', () => {
  const test_ = bench({}, {}, true);
  const shortage = {
    kind: 'costMicroUsd',
    scope: 'user',
    period: 'day',
    untilMs: undefined,
  } as const;
  test_.post({ type: 'budget.news', news: { type: 'reached', shortage } });
  assert.equal(errorParam(test_), 'budget');
  const told = test_.toController.at(-1)?.['error'] as { message: string } | undefined;
  assert.match(told?.message ?? '', /^The daily cost budget of this user has no room left\./);
});

test('[BUD13] budgets are told of each response as it is asked for, begun, heard of and done', () => {
  const test_ = bench({}, {}, true);
  test_.client({ type: 'response.create', response: { conversation: 'none' } });
  test_.client({ type: 'response.create', response: { conversation: 'none' } });
  test_.responseCreated('a');
  test_.answer(speech(10), 'a');
  test_.responseDone('a');
  assert.deepEqual(
    reports(test_).map((report) =>
      report.type === 'used'
        ? report.entry.kind
        : [report.responseCount, report.known.tokens, report.known.costMicroUsd],
    ),
    [[1, 0, 0], [2, 0, 0], [2, 0, 0], [2, 4, 40], 'response', [1, 0, 0]],
  );
});

test('[BUD1] [BUD6] audio that a client appends by itself ends the session at its limit, and the rest is left', () => {
  const test_ = bench({ audioMs: 2_000 }, { audio: 'socket' });
  const bytes = new TextEncoder().encode(
    JSON.stringify({ type: 'input_audio_buffer.append', audio: 'A'.repeat((48 * 100 * 4) / 3) }),
  );
  const relayed = (): number =>
    test_.effects.filter(({ type }) => type === 'upstream.relay').length;
  while (relayed() < 100 && test_.session.describe()['limitReached'] === undefined)
    test_.post({ type: 'controller.append', controllerId: CONTROLLER_ID, bytes });
  assert.equal(errorParam(test_), 'audio');
  assert.deepEqual(test_.closedReasons, ['budget_exceeded']);
  const untilLimit = relayed();
  // What its size tells is 1 % less, and looked at with every 100 ms of it.
  assert.ok(Math.abs(untilLimit - 20) <= 2, `${untilLimit} of 100 ms`);
  test_.post({ type: 'controller.append', controllerId: CONTROLLER_ID, bytes });
  assert.equal(relayed(), untilLimit);
});
