import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparableEvents } from '../testing-doubles/comparable-events.ts';
import { ConversationBench } from '../testing-doubles/conversation-bench.ts';

test('[ENG62] a function call is told in the recorded order', () => {
  const bench = new ConversationBench().open();
  const argumentsJson = JSON.stringify({ city: 'Paris', unit: 'celsius', days: 3 });
  bench.brain.willReply({ text: '', calls: [{ name: 'get_weather', argumentsJson }] });
  bench.type('weather').respond();
  const item = {
    id: 'item_2',
    type: 'function_call',
    status: 'in_progress',
    name: 'get_weather',
    call_id: 'call_1',
    arguments: '',
  };
  const done = { ...item, status: 'completed', arguments: argumentsJson };
  assert.deepEqual(bench.last('response.output_item.added').item, item);
  assert.deepEqual(bench.last('conversation.item.added').item, item);
  assert.deepEqual(bench.last('response.function_call_arguments.done'), {
    type: 'response.function_call_arguments.done',
    event_id: bench.last('response.function_call_arguments.done').event_id,
    response_id: 'resp_1',
    item_id: 'item_2',
    output_index: 0,
    call_id: 'call_1',
    name: 'get_weather',
    arguments: argumentsJson,
  });
  const deltas = bench.eventsOf('response.function_call_arguments.delta');
  assert.equal(deltas.map(({ delta }) => delta).join(''), argumentsJson);
  assert.deepEqual(bench.last('response.done').response.output, [done]);
  assert.deepEqual(bench.takeTypes().slice(3), [
    'response.created',
    'response.output_item.added',
    'conversation.item.added',
    'response.function_call_arguments.delta',
    'response.function_call_arguments.done',
    'conversation.item.done',
    'response.output_item.done',
    'response.done',
    'rate_limits.updated',
  ]);
});

test('[ENG62] every event of a function call is complete', () => {
  const bench = new ConversationBench().open();
  bench.brain.willReply({
    text: '',
    calls: [{ name: 'get_time', argumentsJson: '{"zone":"UTC"}' }],
  });
  bench.type('time').take();
  const events = bench.respond().take();
  const response = {
    object: 'realtime.response',
    id: 'resp_1',
    conversation_id: 'conv_1',
    output_modalities: ['audio'],
    max_output_tokens: 'inf',
    audio: { output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'marin' } },
    metadata: null,
  };
  const call = { response_id: 'resp_1', item_id: 'item_2', output_index: 0, call_id: 'call_1' };
  const open = {
    id: 'item_2',
    type: 'function_call',
    status: 'in_progress',
    name: 'get_time',
    call_id: 'call_1',
    arguments: '',
  };
  const done = { ...open, status: 'completed', arguments: '{"zone":"UTC"}' };
  assert.deepEqual(comparableEvents(events), [
    {
      type: 'response.created',
      response: {
        ...response,
        status: 'in_progress',
        status_details: null,
        output: [],
        usage: null,
      },
    },
    { type: 'response.output_item.added', response_id: 'resp_1', output_index: 0, item: open },
    { type: 'conversation.item.added', previous_item_id: 'item_1', item: open },
    { type: 'response.function_call_arguments.delta', ...call, delta: '{"zone":"UTC"}' },
    {
      type: 'response.function_call_arguments.done',
      ...call,
      name: 'get_time',
      arguments: '{"zone":"UTC"}',
    },
    { type: 'conversation.item.done', previous_item_id: null, item: done },
    { type: 'response.output_item.done', response_id: 'resp_1', output_index: 0, item: done },
    {
      type: 'response.done',
      response: {
        ...response,
        status: 'completed',
        status_details: null,
        output: [done],
        usage: {
          total_tokens: 9,
          input_tokens: 3,
          output_tokens: 6,
          input_token_details: {
            text_tokens: 3,
            audio_tokens: 0,
            image_tokens: 0,
            cached_tokens: 0,
            cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 },
          },
          output_token_details: { text_tokens: 6, audio_tokens: 0 },
        },
      },
    },
    {
      type: 'rate_limits.updated',
      rate_limits: [
        { name: 'tokens', limit: 1_000_000, remaining: 999_991, reset_seconds: 0.00054 },
      ],
    },
  ]);
});

test('[ENG63] a call beside speech starts before the speech is done, and calls come in parallel', () => {
  const bench = new ConversationBench().open();
  bench.brain.willReply({
    text: 'One moment.',
    calls: [
      { name: 'a', argumentsJson: '{}' },
      { name: 'b', argumentsJson: '{}' },
    ],
  });
  bench.type('both').respond().speak();
  const events = bench.take();
  const at = (type: string, index: number): number =>
    events.findIndex(
      (event) => event.type === type && 'output_index' in event && event.output_index === index,
    );
  assert.ok(at('response.output_item.added', 1) > at('response.content_part.added', 0));
  assert.ok(at('response.output_item.added', 1) < at('response.output_item.done', 0));
  assert.ok(at('response.output_item.done', 2) > at('response.output_item.done', 1));
  const { output } = bench.last('response.done').response;
  assert.deepEqual(
    output.map(({ type }) => type),
    ['message', 'function_call', 'function_call'],
  );
});

test('[ENG63] with parallel_tool_calls false a response calls one function', () => {
  const bench = new ConversationBench().open().update({ parallel_tool_calls: false });
  const calls = ['a', 'b'].map((name) => ({ name, argumentsJson: '{}' }));
  bench.brain.willReply({ text: '', calls });
  bench.type('both').respond();
  assert.equal(bench.last('response.done').response.output.length, 1);
});
