import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConversationBench } from '../testing-doubles/conversation-bench.ts';
import { move, play } from '../testing-doubles/random-client.ts';
import type { ServerEvent } from '../wire/server-event.ts';

/** The answers that a client event may have; an append alone has none. */
function mayAnswer(
  event: Readonly<Record<string, unknown>>,
  answers: readonly ServerEvent[],
): boolean {
  return event['type'] === 'input_audio_buffer.append' || answers.length > 0;
}

/** What must hold of everything that was ever sent. */
function checkStream(events: readonly ServerEvent[]): void {
  const ids = new Set<string>();
  const openResponses = new Set<string>();
  const openItems = new Set<string>();
  let activeId: string | undefined;
  for (const event of events) {
    assert.ok(!ids.has(event.event_id), 'an event id is never used twice');
    ids.add(event.event_id);
    if (event.type === 'response.created') {
      const { id, conversation_id } = event.response;
      if (conversation_id !== null) {
        assert.equal(activeId, undefined, 'one response at a time');
        activeId = id;
      }
      openResponses.add(id);
    } else if (event.type === 'response.done') {
      assert.ok(openResponses.delete(event.response.id), 'done once, after created');
      activeId = activeId === event.response.id ? undefined : activeId;
      assert.equal(openItems.size === 0 || openResponses.size > 0, true);
      assert.ok(
        event.response.output.every((one) => !('status' in one) || one.status !== 'in_progress'),
      );
      assert.ok(event.response.usage !== null);
    } else if (event.type === 'response.output_item.added') {
      assert.ok(openResponses.has(event.response_id));
      openItems.add(event.item.id);
    } else if (event.type === 'response.output_item.done') {
      assert.ok(openItems.delete(event.item.id), 'an item is done once, after it was added');
    } else if ('response_id' in event) {
      assert.ok(openResponses.has(event.response_id), `${event.type} of a response in progress`);
      assert.ok(
        !('item_id' in event) || openItems.has(event.item_id),
        `${event.type} of an open item`,
      );
    }
  }
}

test('[ENG80] whatever a client does, every event is answered and the stream stays well formed', () => {
  fc.assert(
    fc.property(
      fc.array(move, { maxLength: 60 }),
      fc.constantFrom(undefined, 1, 4),
      (moves, outputPaceRatio) => {
        const bench = new ConversationBench(
          outputPaceRatio === undefined ? {} : { outputPaceRatio },
        ).open();
        for (const one of moves) {
          bench.take();
          play(bench, one);
          if (one.type === 'send') {
            assert.ok(mayAnswer(one.event, bench.take()), JSON.stringify(one.event));
          }
        }
        checkStream(bench.events());
      },
    ),
    { numRuns: 400, seed: 20_260_301 },
  );
});

test('[ENG80] the same inputs give the same effects', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 25 }), (moves) => {
      const [first, second] = [0, 1].map(() => {
        const bench = new ConversationBench().open();
        for (const one of moves) {
          play(bench, one);
        }
        return JSON.stringify(bench.effects);
      });
      assert.equal(first, second);
    }),
    { numRuns: 40, seed: 7 },
  );
});

test('[ENG80] a session that is left alone comes to rest: nothing stays open', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
      const bench = new ConversationBench({ sessionMsMax: 1_000_000 }).open();
      for (const one of moves) {
        play(bench, one);
      }
      bench.send({
        type: 'session.update',
        session: { type: 'realtime', audio: { input: { turn_detection: null } } },
      });
      for (let round = 0; round < 10; round += 1) {
        bench.wait(11_000);
        for (const { speechId } of bench.effectsOf('voice_speak')) {
          bench.give({ type: 'voice_finished', speechId });
        }
      }
      const { responseCount, hearingCount } = bench.conversation.describe();
      assert.deepEqual([responseCount, hearingCount], [0, 0]);
    }),
    { numRuns: 100, seed: 11 },
  );
});
