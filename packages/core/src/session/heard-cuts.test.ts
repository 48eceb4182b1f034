import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { controllerIdFromCount } from '@prism/protocol';
import { SessionBench, serverEvent, speech } from '../testing/index.ts';

const RTT_MS = 100;

/** A client that said, so many ms of playing ago, that it goes silent when it is cleared. */
function goingSilent(bench: SessionBench, behindMs: number): void {
  report(bench, { behindMs, reason: 'playing' });
}

function report(bench: SessionBench, told: { behindMs: number; reason: string }): void {
  const { ssrc, rtpTimestamp } = bench.stampNow();
  bench.client({
    type: 'prism.playout.report',
    reason: told.reason,
    ssrc,
    rtp_timestamp: (rtpTimestamp - told.behindMs * 48) >>> 0,
    output_latency_ms: 0,
    client_time_ms: bench.nowMs,
    when_cleared: 'goes_silent',
  });
}

/** Half a second of a ten-second answer has been sent. */
function playing(): SessionBench {
  const bench = SessionBench.live();
  bench.responseCreated();
  bench.answer(speech(500));
  bench.slots(25);
  return bench;
}

function itemTruncate(itemId: string, audioEndMs: number, eventId?: string): object {
  return {
    type: 'conversation.item.truncate',
    item_id: itemId,
    content_index: 0,
    audio_end_ms: audioEndMs,
    ...(eventId === undefined ? {} : { event_id: eventId }),
  };
}

function refusal(eventId: unknown, message: string): ReturnType<typeof serverEvent> {
  const error = { type: 'invalid_request_error', code: 'invalid_value', message };
  return serverEvent({ type: 'error', error: { ...error, event_id: eventId } });
}

suite('what is truncated at a cut', () => {
  test('[INT3] [HRE3] all that was sent, of each item, and nothing of what was not', () => {
    const bench = playing();
    bench.responseDone();
    bench.answer(speech(100), 'resp_2', 'item_2');
    bench.speechStarted();
    assert.deepEqual(bench.truncates, ['item_1 500', 'item_2 0']);
  });

  test('[INT3] an item that was sent to its end is not truncated', () => {
    const bench = SessionBench.live();
    bench.responseCreated();
    bench.answer(speech(10));
    bench.responseDone();
    bench.answer(speech(100), 'resp_2', 'item_2');
    bench.slots(20);
    bench.speechStarted();
    assert.deepEqual(bench.truncates, ['item_2 200']);
  });

  test('[INT9] an item of which more may come is truncated, though all that came was sent', () => {
    const bench = SessionBench.live();
    bench.responseCreated();
    bench.answer(speech(10));
    bench.slots(12);
    bench.speechStarted();
    assert.deepEqual(bench.truncates, ['item_1 200']);
  });

  test('[INT9] audio of an item that begins after the cut is truncated at nothing, once', () => {
    const bench = playing();
    bench.speechStarted();
    bench.effects.length = 0;
    for (let delta = 0; delta < 3; delta += 1) bench.answer(speech(5), 'resp_1', 'item_late');
    bench.answer(speech(5));
    bench.slots(20);
    assert.deepEqual(bench.truncates, ['item_late 0']);
    assert.equal(bench.speechFrames, 0);
  });

  test('[INT15] a deleted item is not truncated', () => {
    const bench = playing();
    bench.client({ type: 'conversation.item.delete', item_id: 'item_1' });
    bench.speechStarted();
    assert.deepEqual(bench.truncates, []);
  });

  test('[INT15] one that was deleted before it spoke is not truncated either', () => {
    const bench = SessionBench.live();
    bench.responseCreated();
    bench.client({ type: 'conversation.item.delete', item_id: 'item_1' });
    bench.answer(speech(100));
    bench.slots(10);
    bench.speechStarted();
    bench.answer(speech(100));
    assert.deepEqual(bench.truncates, []);
  });

  test('[INT3] a listener that is not told of a cut has heard all that was sent', () => {
    const bench = SessionBench.live();
    bench.responseCreated();
    bench.answer(speech(10));
    bench.responseDone();
    goingSilent(bench, 150);
    bench.slots(11);
    goingSilent(bench, 150);
    bench.speechStarted();
    assert.ok(!bench.toControllerTypes.includes('output_audio_buffer.cleared'));
    bench.advance(1_000);
    assert.deepEqual(bench.truncates, []);
  });

  test('[INT10] a report that comes late still shortens', () => {
    const bench = playing();
    bench.speechStarted();
    bench.client({ type: 'output_audio_buffer.clear' });
    assert.deepEqual(bench.truncates, ['item_1 500']);
    report(bench, { behindMs: bench.nowMs - 20 - 370, reason: 'silenced' });
    assert.deepEqual(bench.truncates, ['item_1 500', 'item_1 370']);
  });

  test('[INT14] [INT9] of an item of which no audio has come, a truncate is answered, and interrupts', () => {
    const bench = SessionBench.live();
    bench.responseCreated();
    const part = { response_id: 'resp_1', item_id: 'item_1', output_index: 0, content_index: 0 };
    const type = 'response.content_part.added';
    bench.post(serverEvent({ type, ...part, part: { type: 'audio', transcript: '' } }));
    bench.effects.length = 0;
    bench.client(itemTruncate('item_1', 700));
    assert.deepEqual(bench.truncates, []);
    assert.equal(bench.toController.at(-1)?.['audio_end_ms'], 0);
    bench.answer(speech(10));
    bench.slots(20);
    assert.deepEqual(bench.truncates, ['item_1 0']);
    assert.equal(bench.speechFrames, 0);
  });

  test('[INT16] [INT15] text beside the conversation goes on, what is heard beside it is cancelled', () => {
    const bench = playing();
    for (const id of ['resp_text', 'resp_heard'])
      bench.post(
        serverEvent({
          type: 'response.created',
          response: { id, status: 'in_progress', conversation_id: null },
        }),
      );
    bench.answer(speech(100), 'resp_heard', 'item_heard');
    bench.speechStarted();
    assert.deepEqual(
      bench.toUpstream.flatMap((event) =>
        event['type'] === 'response.cancel' ? [event['response_id']] : [],
      ),
      ['resp_heard'],
    );
    // The upstream knows no item that is in no conversation.
    assert.deepEqual(bench.truncates, ['item_1 500']);
  });

  test('[INT7] a cancel of text beside the conversation interrupts nothing', () => {
    const bench = playing();
    const response = { id: 'resp_text', status: 'in_progress', conversation_id: null };
    bench.post(serverEvent({ type: 'response.created', response }));
    bench.effects.length = 0;
    bench.client({ type: 'response.cancel', response_id: 'resp_text' });
    bench.slots(10);
    assert.equal(bench.speechFrames, 10);
    assert.deepEqual(
      bench.toUpstream.map((event) => event['response_id']),
      ['resp_text'],
    );
  });

  test('[INT11] a truncate that the upstream finds too long is sent once more, at its length', () => {
    const bench = playing();
    bench.speechStarted();
    const message = 'Audio content of 480ms is already shorter than 500ms';
    bench.post(refusal(bench.toUpstream.at(-1)?.['event_id'], message));
    assert.deepEqual(bench.truncates, ['item_1 500', 'item_1 480']);
    bench.post(refusal(bench.toUpstream.at(-1)?.['event_id'], message));
    assert.equal(bench.truncates.length, 2);
    assert.ok(!bench.toControllerTypes.includes('error'));
    assert.equal(bench.session.describe()['truncatesCorrected'], 1);
  });

  test('[HRE5] [HRE7] what was heard of each part is described, with how far off it may be', () => {
    const bench = playing();
    const [part] = bench.session.describe()['answerParts'] as readonly Record<string, number>[];
    assert.equal(part?.['generatedMs'], 10_000);
    assert.equal(part['sentMs'], 500);
    assert.equal(part['heardMs'], 500 - 20 - RTT_MS / 2 - 80);
    assert.ok((part['heardErrorMs'] ?? 0) > 60);
    bench.speechStarted();
    const [cut] = bench.session.describe()['answerParts'] as readonly Record<string, number>[];
    assert.deepEqual([cut?.['heardMs'], cut?.['truncatedMs']], [500, 500]);
  });
});

suite('a client that goes silent', () => {
  test('[INT10] is awaited: the item is truncated where it says that it fell silent', () => {
    const bench = playing();
    goingSilent(bench, 150);
    bench.speechStarted();
    assert.deepEqual(bench.truncates, []);
    assert.ok(bench.toControllerTypes.includes('output_audio_buffer.cleared'));
    bench.advance(60);
    // The item began 20 ms into the bench's time.
    report(bench, { behindMs: bench.nowMs - 20 - 370, reason: 'silenced' });
    assert.deepEqual(bench.truncates, ['item_1 370']);
    bench.advance(5_000);
    assert.equal(bench.truncates.length, 1);
  });

  test('[INT10] [HRE1] is not awaited for longer than a round trip and 150 ms', () => {
    const bench = playing();
    goingSilent(bench, 150);
    bench.speechStarted();
    bench.advance(RTT_MS + 149);
    assert.deepEqual(bench.truncates, []);
    bench.advance(1);
    assert.deepEqual(bench.truncates, [`item_1 ${500 - 20 - 150 + RTT_MS}`]);
  });

  test('[INT10] is not awaited when a turn or a response is asked for', () => {
    for (const type of ['input_audio_buffer.commit', 'response.create']) {
      const bench = playing();
      bench.responseDone();
      goingSilent(bench, 150);
      bench.client({ type: 'output_audio_buffer.clear' });
      bench.client({ type });
      assert.deepEqual(
        bench.toUpstream.map((event) => event['type']),
        ['conversation.item.truncate', type],
      );
    }
  });

  test('[INT10] is awaited for what it may have heard only: what was never sent is truncated at once', () => {
    const bench = playing();
    bench.responseDone();
    bench.answer(speech(100), 'resp_2', 'item_2');
    goingSilent(bench, 150);
    bench.speechStarted();
    assert.deepEqual(bench.truncates, ['item_2 0']);
  });

  test('[INT3] an item that was sent to its end, but not heard to it, is truncated', () => {
    const bench = SessionBench.live();
    bench.responseCreated();
    bench.answer(speech(10), 'resp_1', 'item_1');
    bench.responseDone();
    bench.answer(speech(100), 'resp_2', 'item_2');
    bench.slots(11);
    goingSilent(bench, 150);
    bench.speechStarted();
    bench.advance(20);
    report(bench, { behindMs: 120, reason: 'silenced' });
    assert.deepEqual(bench.truncates, ['item_1 100', 'item_2 0']);
  });

  test('[INT10] a report of another stream, or of before, tells nothing of the cut', () => {
    const bench = playing();
    goingSilent(bench, 150);
    bench.speechStarted();
    bench.client({
      type: 'prism.playout.report',
      reason: 'silenced',
      ssrc: bench.ssrc + 1,
      rtp_timestamp: 5,
      client_time_ms: bench.nowMs + 1,
    });
    report(bench, { behindMs: 150, reason: 'playing' });
    assert.deepEqual(bench.truncates, []);
  });
});

suite("a client's own truncate", () => {
  test('[INT12] of an item that Prism has truncated is answered with what it was', () => {
    const bench = playing();
    bench.speechStarted();
    bench.effects.length = 0;
    for (const askedMs of [500, 700]) bench.client(itemTruncate('item_1', askedMs));
    assert.deepEqual(bench.truncates, []);
    assert.deepEqual(
      bench.toController.map(({ event_id: _, ...event }) => event),
      [500, 500].map((audio_end_ms) => ({
        type: 'conversation.item.truncated',
        item_id: 'item_1',
        content_index: 0,
        audio_end_ms,
      })),
    );
  });

  test('[INT12] of an item that Prism has truncated goes up if it is shorter, and counts from then on', () => {
    const bench = playing();
    bench.speechStarted();
    bench.effects.length = 0;
    bench.client(itemTruncate('item_1', 300, 'mine'));
    bench.client(itemTruncate('item_1', 300, 'again'));
    assert.deepEqual(bench.toUpstream, [itemTruncate('item_1', 300, 'mine')]);
    assert.equal(bench.toController[0]?.['audio_end_ms'], 300);
  });

  test('[INT14] longer than one of a controller before goes up as it came, to be refused as by the API', () => {
    const bench = playing();
    bench.client(itemTruncate('item_1', 300));
    bench.effects.length = 0;
    bench.client(itemTruncate('item_1', 400, 'longer'));
    assert.deepEqual(bench.toUpstream, [itemTruncate('item_1', 400, 'longer')]);
    const message = 'Audio content of 300ms is already shorter than 400ms';
    bench.post(refusal('longer', message));
    assert.deepEqual(bench.toControllerTypes, ['error']);
    bench.client(itemTruncate('item_1', 300));
    assert.equal(bench.toController.at(-1)?.['audio_end_ms'], 300);
  });

  test('[INT14] beyond the end of what was generated in full goes up as it came, and the answer plays on', () => {
    const bench = playing();
    bench.responseDone();
    bench.effects.length = 0;
    bench.client(itemTruncate('item_1', 10_001, 'beyond'));
    assert.deepEqual(bench.toUpstream, [itemTruncate('item_1', 10_001, 'beyond')]);
    bench.slots(10);
    assert.equal(bench.speechFrames, 10);
    bench.client(itemTruncate('item_1', 10_000));
    assert.deepEqual(bench.truncates, ['item_1 10001', 'item_1 700']);
  });

  test('[INT12] what was cut while it was generated has no end to be beyond', () => {
    const bench = playing();
    bench.speechStarted();
    bench.responseDone();
    bench.effects.length = 0;
    bench.client(itemTruncate('item_1', 60_000));
    assert.deepEqual(bench.toUpstream, []);
    assert.equal(bench.toController[0]?.['audio_end_ms'], 500);
  });

  test('[INT13] of an item in play interrupts, at what was asked or heard', () => {
    for (const [askedMs, truncatedMs] of [
      [300, 300],
      [900, 500],
    ] as const) {
      const bench = playing();
      bench.effects.length = 0;
      bench.client(itemTruncate('item_1', askedMs, 'mine'));
      bench.slots(20);
      assert.deepEqual(
        bench.toUpstream.map((event) => event['type']),
        ['response.cancel', 'conversation.item.truncate'],
      );
      assert.deepEqual(bench.toUpstream[1], itemTruncate('item_1', truncatedMs, 'mine'));
      assert.deepEqual(bench.toControllerTypes, ['output_audio_buffer.cleared']);
      assert.equal(bench.speechFrames, 0);
      assert.deepEqual(
        bench.facts.slice(0, 2).map(({ type }) => type),
        ['answer.truncated', 'answer.interrupted'],
      );
    }
  });

  test('[INT13] of a client that is awaited takes what is estimated', () => {
    const bench = playing();
    goingSilent(bench, 150);
    bench.speechStarted();
    bench.client(itemTruncate('item_1', 5_000, 'mine'));
    bench.advance(1_000);
    assert.deepEqual(bench.truncates, [`item_1 ${500 - 20 - 150 + RTT_MS}`]);
    assert.equal(bench.toUpstream[0]?.['event_id'], 'mine');
  });

  test('[INT14] of an item that was played goes up as it came', () => {
    const bench = SessionBench.live();
    bench.responseCreated();
    bench.answer(speech(10));
    bench.responseDone();
    bench.slots(50);
    bench.client(itemTruncate('item_1', 100_000));
    bench.client(itemTruncate('item_1', 120));
    assert.deepEqual(bench.truncates, ['item_1 100000', 'item_1 120']);
  });

  test('[INT14] of an item that Prism does not know, or that is deleted, goes up as it came', () => {
    const bench = playing();
    bench.client({ type: 'conversation.item.delete', item_id: 'item_1' });
    bench.effects.length = 0;
    for (const itemId of ['item_of_old', 'item_1']) bench.client(itemTruncate(itemId, 123));
    assert.deepEqual(bench.toUpstream, [
      itemTruncate('item_of_old', 123),
      itemTruncate('item_1', 123),
    ]);
  });

  test('[INT12] a sideband is answered as a client is', () => {
    const bench = playing();
    const sidebandId = controllerIdFromCount(2);
    bench.post({ type: 'controller.opened', controllerId: sidebandId, role: 'sideband' });
    bench.speechStarted();
    bench.client(itemTruncate('item_1', 600), sidebandId);
    assert.deepEqual(bench.truncates, ['item_1 500']);
    const answers = bench.effects.filter((effect) => effect.type === 'controller.send');
    assert.equal(answers.at(-1)?.controllerId, sidebandId);
  });

  test('[INT14] in a session whose client plays by itself it is none of the business of Prism', () => {
    const bench = SessionBench.live({ audio: 'socket' });
    bench.client(itemTruncate('item_1', 100));
    assert.deepEqual(bench.toUpstream, [itemTruncate('item_1', 100)]);
  });
});
