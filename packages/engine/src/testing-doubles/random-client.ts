import fc from 'fast-check';
import type { ConversationBench } from './conversation-bench.ts';

/** What a client, the ears, the voice and the clock may do, in any order. */
export type Move =
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

/** An event that a client could mean, most of them valid, with ids that may be there. */
export const clientEvent: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc.oneof(
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

/** What happens around the client's events. */
export const surrounding: fc.Arbitrary<Move> = fc.oneof(
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

/** The client's events and what happens around them. */
export const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('send'), event: clientEvent }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('text'), text: fc.string() }) },
  { weight: 14, arbitrary: surrounding },
);

/** Does one move with a bench. */
export function play(bench: ConversationBench, one: Move): void {
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
