import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConversationBench } from '../testing-doubles/conversation-bench.ts';
import type { ServerEvent } from '../wire/server-event.ts';

/** What a client, the ears, the voice and the clock may do, in any order. */
type Move =
  | { readonly type: 'send'; readonly event: Readonly<Record<string, unknown>> }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'listen'; readonly ms: number; readonly probabilityRatio: number }
  | { readonly type: 'ears'; readonly how: 'final' | 'failed' | 'partial'; readonly index: number }
  | { readonly type: 'voice'; readonly how: 'chunk' | 'finished' | 'failed'; readonly ms: number }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'reply'; readonly calls: number; readonly text: string };

const itemId = fc.constantFrom('item_1', 'item_2', 'item_3', 'item_4', 'mine', 'root', 'nobody');
const callId = fc.constantFrom('call_1', 'call_2', 'call_x');
const audio = fc.constantFrom('', 'AAAA', Buffer.alloc(4_801).toString('base64'), '@');
const text = fc.constantFrom('hi', '', 'a longer sentence of words');

const part = fc.oneof(
  fc.record({ type: fc.constant('input_text'), text }),
  fc.record({ type: fc.constant('input_audio'), audio }),
  fc.record({ type: fc.constant('output_text'), text }),
  fc.record({ type: fc.constant('output_audio'), transcript: text }),
);

const item = fc.oneof(
  fc.record(
    {
      id: itemId,
      type: fc.constant('message'),
      role: fc.constantFrom('user', 'assistant', 'system', 'tool'),
      content: fc.array(part, { maxLength: 3 }),
    },
    { requiredKeys: ['type', 'role', 'content'] },
  ),
  fc.record({ type: fc.constant('function_call'), name: text, arguments: text, call_id: callId }),
  fc.record({ type: fc.constant('function_call_output'), call_id: callId, output: text }),
);

const turnDetection = fc.oneof(
  fc.constant(null),
  fc.record(
    {
      type: fc.constantFrom('server_vad', 'semantic_vad', 'none'),
      idle_timeout_ms: fc.constantFrom(null, 5_000, 1),
      create_response: fc.boolean(),
      interrupt_response: fc.boolean(),
    },
    { requiredKeys: ['type'] },
  ),
);

const session = fc.record(
  {
    type: fc.constantFrom('realtime', 'transcription'),
    output_modalities: fc.constantFrom(['audio'], ['text'], []),
    instructions: text,
    audio: fc.record(
      {
        input: fc.record(
          {
            turn_detection: turnDetection,
            transcription: fc.constantFrom(null, { model: 'gpt-realtime-whisper' }),
            format: fc.constantFrom({ type: 'audio/pcmu' }, { type: 'audio/pcm' }),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['type'] },
);

const response = fc.record(
  {
    conversation: fc.constantFrom('auto', 'none'),
    output_modalities: fc.constantFrom(['audio'], ['text']),
    max_output_tokens: fc.constantFrom(1, 20, 'inf'),
    input: fc.array(
      fc.oneof(item, fc.record({ type: fc.constant('item_reference'), id: itemId })),
      {
        maxLength: 2,
      },
    ),
  },
  { requiredKeys: [] },
);

const clientEvent = fc.oneof(
  fc.record({ type: fc.constant('session.update'), session }),
  fc.record({ type: fc.constant('input_audio_buffer.append'), audio }),
  fc.record({ type: fc.constant('input_audio_buffer.commit') }),
  fc.record({ type: fc.constant('input_audio_buffer.clear') }),
  fc.record(
    { type: fc.constant('conversation.item.create'), item, previous_item_id: itemId },
    { requiredKeys: ['type', 'item'] },
  ),
  fc.record({
    type: fc.constantFrom('conversation.item.retrieve', 'conversation.item.delete'),
    item_id: itemId,
  }),
  fc.record({
    type: fc.constant('conversation.item.truncate'),
    item_id: itemId,
    content_index: fc.nat(1),
    audio_end_ms: fc.nat(2_000),
  }),
  fc.record({ type: fc.constant('response.create'), response }, { requiredKeys: ['type'] }),
  fc.record({ type: fc.constant('response.cancel') }),
  fc.record({ type: fc.constant('output_audio_buffer.clear') }),
);

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('send'), event: clientEvent }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('text'), text: fc.string() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('listen'),
      ms: fc.constantFrom(50, 300, 700),
      probabilityRatio: fc.constantFrom(0, 0.5, 1),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('ears'),
      how: fc.constantFrom('final', 'failed', 'partial'),
      index: fc.nat(3),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('voice'),
      how: fc.constantFrom('chunk', 'finished', 'failed'),
      ms: fc.constantFrom(0, 40, 900),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('wait'), ms: fc.constantFrom(10, 6_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('reply'), calls: fc.nat(2), text }),
  },
);

function play(bench: ConversationBench, one: Move): void {
  switch (one.type) {
    case 'send':
      bench.send({ event_id: 'mine', ...one.event });
      return;
    case 'text':
      bench.give({ type: 'client_message', text: one.text });
      return;
    case 'listen':
      bench.listen(one.ms, one.probabilityRatio);
      return;
    case 'wait':
      bench.wait(one.ms);
      return;
    case 'reply':
      bench.brain.willReply({
        text: one.text,
        calls: Array.from({ length: one.calls }, () => ({ name: 'f', argumentsJson: '{"a":1}' })),
        reminders: [{ afterMs: 3_000, text: 'Later.' }],
      });
      return;
    case 'ears': {
      const begun = [...bench.effectsOf('ear_begin'), ...bench.effectsOf('ear_clip')];
      const { utteranceId = 'item_0' } = begun.at(-1 - one.index) ?? {};
      const hearing = { text: 'hello', isAccepted: true, confidenceRatio: 1, speechMs: 300 };
      const heard = { partial: 'hel', final: 'hello', failed: '' }[one.how];
      bench.give(
        one.how === 'final'
          ? { type: 'ear_final', utteranceId, hearing }
          : one.how === 'failed'
            ? { type: 'ear_failed', utteranceId, reason: 'no' }
            : { type: 'ear_partial', utteranceId, text: heard },
      );
      return;
    }
    case 'voice': {
      const speechId = bench.effectsOf('voice_speak').at(-1)?.speechId ?? 'resp_0';
      const chunk = { text: 'Hello there. ', pcm: new Int16Array(one.ms * 24) };
      bench.give(
        one.how === 'chunk'
          ? { type: 'voice_chunk', speechId, chunk }
          : one.how === 'finished'
            ? { type: 'voice_finished', speechId }
            : { type: 'voice_failed', speechId, reason: 'no' },
      );
    }
  }
}

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
