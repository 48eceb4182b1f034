import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversationBench } from '../testing-doubles/conversation-bench.ts';

const AUDIO_ANSWER = [
  'response.output_item.added',
  'conversation.item.added',
  'response.content_part.added',
  // Three deltas of 60, 100 and 140 ms, each after the word that begins in it.
  ...['response.output_audio_transcript.delta', 'response.output_audio.delta'],
  ...['response.output_audio_transcript.delta', 'response.output_audio.delta'],
  ...['response.output_audio_transcript.delta', 'response.output_audio.delta'],
];

const AUDIO_ANSWER_DONE = [
  'response.output_audio.done',
  'response.output_audio_transcript.done',
  'response.content_part.done',
  'conversation.item.done',
  'response.output_item.done',
  'response.done',
  'rate_limits.updated',
];

test('[ENG1] the first event is session.created with every default and explicit nulls', () => {
  const bench = new ConversationBench().open();
  assert.deepEqual(bench.take(), [
    {
      type: 'session.created',
      event_id: 'event_1',
      session: {
        type: 'realtime',
        object: 'realtime.session',
        id: 'sess_bench',
        model: 'gpt-realtime-2.1',
        output_modalities: ['audio'],
        instructions: 'Be kind.',
        tools: [],
        tool_choice: 'auto',
        max_output_tokens: 'inf',
        tracing: null,
        truncation: 'auto',
        prompt: null,
        expires_at: 3_600,
        audio: {
          input: {
            format: { type: 'audio/pcm', rate: 24_000 },
            transcription: null,
            noise_reduction: null,
            turn_detection: {
              type: 'server_vad',
              threshold: 0.5,
              prefix_padding_ms: 300,
              silence_duration_ms: 500,
              idle_timeout_ms: null,
              create_response: true,
              interrupt_response: true,
            },
          },
          output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'marin', speed: 1 },
        },
        include: null,
      },
    },
  ]);
});

test('[ENG1] the fields of session.created come in the recorded order', () => {
  const [created] = new ConversationBench().open().take();
  assert.ok(created?.type === 'session.created');
  assert.deepEqual(Object.keys(created), ['type', 'event_id', 'session']);
  assert.deepEqual(Object.keys(created.session), [
    'type',
    'object',
    'id',
    'model',
    'output_modalities',
    'instructions',
    'tools',
    'tool_choice',
    'max_output_tokens',
    'tracing',
    'truncation',
    'prompt',
    'expires_at',
    'audio',
    'include',
  ]);
});

test('[ENG60] a typed turn is answered in text in the recorded order', () => {
  const bench = new ConversationBench().open().update({ output_modalities: ['text'] });
  bench.take();
  bench.brain.willReply({ text: 'Good day.' });
  const events = bench.type('Hi').respond().take();
  const user = {
    id: 'item_1',
    type: 'message',
    status: 'completed',
    role: 'user',
    content: [{ type: 'input_text', text: 'Hi' }],
  };
  const response = {
    object: 'realtime.response',
    id: 'resp_1',
    conversation_id: 'conv_1',
    output_modalities: ['text'],
    max_output_tokens: 'inf',
    audio: { output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'marin' } },
    metadata: null,
  };
  const part = { response_id: 'resp_1', item_id: 'item_2', output_index: 0, content_index: 0 };
  const open = { id: 'item_2', type: 'message', status: 'in_progress', role: 'assistant' };
  const done = {
    ...open,
    status: 'completed',
    content: [{ type: 'output_text', text: 'Good day.' }],
  };
  assert.deepEqual(
    events.map(({ event_id: _eventId, ...event }) => event),
    [
      { type: 'conversation.item.added', previous_item_id: null, item: user },
      { type: 'conversation.item.done', previous_item_id: null, item: user },
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
      {
        type: 'response.output_item.added',
        response_id: 'resp_1',
        output_index: 0,
        item: { ...open, content: [] },
      },
      {
        type: 'conversation.item.added',
        previous_item_id: 'item_1',
        item: { ...open, content: [] },
      },
      { type: 'response.content_part.added', ...part, part: { type: 'text', text: '' } },
      { type: 'response.output_text.delta', ...part, delta: 'Good' },
      { type: 'response.output_text.delta', ...part, delta: ' day.' },
      { type: 'response.output_text.done', ...part, text: 'Good day.' },
      { type: 'response.content_part.done', ...part, part: { type: 'text', text: 'Good day.' } },
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
            total_tokens: 6,
            input_tokens: 3,
            output_tokens: 3,
            input_token_details: {
              text_tokens: 3,
              audio_tokens: 0,
              image_tokens: 0,
              cached_tokens: 0,
              cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 },
            },
            output_token_details: { text_tokens: 3, audio_tokens: 0 },
          },
        },
      },
      {
        type: 'rate_limits.updated',
        rate_limits: [
          { name: 'tokens', limit: 1_000_000, remaining: 999_994, reset_seconds: 0.00036 },
        ],
      },
    ],
  );
});

test('[ENG31] [ENG61] a spoken turn is committed and answered in the recorded order', () => {
  const bench = new ConversationBench()
    .open()
    .update({ audio: { input: { transcription: { model: 'gpt-4o-transcribe' } } } });
  bench.take();
  bench.say('hello').speak(300);
  assert.deepEqual(bench.takeTypes(), [
    'input_audio_buffer.speech_started',
    'input_audio_buffer.speech_stopped',
    'input_audio_buffer.committed',
    'conversation.item.added',
    'conversation.item.done',
    'response.created',
    'conversation.item.input_audio_transcription.delta',
    'conversation.item.input_audio_transcription.completed',
    ...AUDIO_ANSWER,
    ...AUDIO_ANSWER_DONE,
  ]);
});

test('[ENG31] the item of a spoken turn is reserved by speech_started and carries no audio', () => {
  const bench = new ConversationBench().open();
  bench.say('hello').speak();
  const started = bench.last('input_audio_buffer.speech_started');
  const stopped = bench.last('input_audio_buffer.speech_stopped');
  const committed = bench.last('input_audio_buffer.committed');
  const [added, done] = [
    bench.eventsOf('conversation.item.added')[0],
    bench.eventsOf('conversation.item.done')[0],
  ];
  // 200 ms of silence, speech found after 60 ms of it; 300 ms of prefix reach the session's beginning.
  assert.equal(started.audio_start_ms, 0);
  assert.equal(stopped.audio_end_ms, 1_500);
  assert.equal(stopped.item_id, started.item_id);
  assert.equal(committed.item_id, started.item_id);
  assert.equal(committed.previous_item_id, null);
  const item = {
    id: started.item_id,
    type: 'message',
    status: 'completed',
    role: 'user',
    content: [{ type: 'input_audio', transcript: null }],
  };
  assert.deepEqual(added?.item, item);
  assert.deepEqual(done?.item, item);
  assert.equal(added.previous_item_id, null);
});

test('[ENG61] parts are audio in part events and output_audio in items', () => {
  const bench = new ConversationBench().open();
  bench.say('hello').speak();
  const text = 'Hello there, friend.';
  assert.deepEqual(bench.last('response.content_part.added').part, {
    type: 'audio',
    transcript: '',
  });
  assert.deepEqual(bench.last('response.content_part.done').part, {
    type: 'audio',
    transcript: text,
  });
  const { item } = bench.last('response.output_item.done');
  assert.ok(item.type === 'message');
  assert.deepEqual(item.content, [{ type: 'output_audio', transcript: text }]);
  assert.equal(item.status, 'completed');
  const deltas = bench.eventsOf('response.output_audio_transcript.delta');
  assert.equal(deltas.map(({ delta }) => delta).join(''), text);
});

test('[ENG78] an answer to the first item names no predecessor in its done event, later ones do', () => {
  const bench = new ConversationBench().open();
  bench.say('hello').speak();
  const first = bench.last('conversation.item.done');
  assert.equal(first.previous_item_id, null);
  bench.say('hello again').speak();
  const second = bench.last('conversation.item.done');
  const added = bench.last('conversation.item.added');
  assert.notEqual(second.previous_item_id, null);
  assert.equal(second.previous_item_id, added.previous_item_id);
});

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

test('[ENG37] the idle timeout counts from the end of playback and makes a turn of its own', () => {
  const bench = new ConversationBench().open().update({
    audio: {
      input: {
        transcription: { model: 'whisper-1' },
        turn_detection: { type: 'server_vad', idle_timeout_ms: 5_000 },
      },
    },
  });
  bench.say('hello').speak(1_000);
  bench.take();
  bench.wait(5_999);
  assert.deepEqual(bench.take(), []);
  bench.append(200).wait(1);
  const events = bench.take();
  assert.deepEqual(
    events.map(({ type }) => type),
    [
      'input_audio_buffer.timeout_triggered',
      'conversation.item.added',
      'conversation.item.done',
      'input_audio_buffer.committed',
      'conversation.item.added',
      'conversation.item.done',
      'conversation.item.input_audio_transcription.completed',
      'response.created',
      'response.output_item.added',
      'conversation.item.added',
      'response.content_part.added',
    ],
  );
  const [timeout, system, , committed, user, , completed] = events;
  assert.ok(timeout?.type === 'input_audio_buffer.timeout_triggered');
  assert.deepEqual([timeout.audio_start_ms, timeout.audio_end_ms], [1_600, 1_800]);
  assert.ok(system?.type === 'conversation.item.added' && system.item.type === 'message');
  assert.equal(system.item.role, 'system');
  assert.ok(committed?.type === 'input_audio_buffer.committed');
  assert.equal(committed.previous_item_id, system.item.id);
  assert.equal(committed.item_id, timeout.item_id);
  assert.ok(user?.type === 'conversation.item.added' && user.item.type === 'message');
  assert.equal(user.item.id, timeout.item_id);
  assert.deepEqual(user.item.content, [{ type: 'input_audio', transcript: null }]);
  assert.ok(completed?.type === 'conversation.item.input_audio_transcription.completed');
  assert.equal(completed.transcript, '');
  assert.deepEqual(completed.usage, { type: 'duration', seconds: 0 });
  const asked = bench.brain.requests.at(-1)?.exchanges.at(-1);
  assert.deepEqual(asked, { role: 'user', text: '', wasUnderstood: false, isSilence: true });
});

test('[ENG37] speech before the timeout disarms it, and without idle_timeout_ms there is none', () => {
  const bench = new ConversationBench().open().update({
    audio: { input: { turn_detection: { type: 'server_vad', idle_timeout_ms: 5_000 } } },
  });
  bench.say('hello').speak(1_000).wait(3_000).listen(200, 1).wait(60_000);
  assert.equal(bench.eventsOf('input_audio_buffer.timeout_triggered').length, 0);
  const other = new ConversationBench().open();
  other.say('hello').speak(1_000).wait(60_000);
  assert.equal(other.eventsOf('input_audio_buffer.timeout_triggered').length, 0);
});

test('[ENG67] speech cancels the response in progress, with the done events of its open parts', () => {
  const bench = new ConversationBench().open();
  bench.say('tell me').chunk('Once upon a time. ', 900);
  bench.take();
  bench.listen(100, 1);
  const events = bench.take();
  assert.deepEqual(
    events.map(({ type }) => type),
    ['input_audio_buffer.speech_started', ...AUDIO_ANSWER_DONE],
  );
  const { response } = bench.last('response.done');
  assert.equal(response.status, 'cancelled');
  assert.deepEqual(response.status_details, { type: 'cancelled', reason: 'turn_detected' });
  assert.equal(response.output[0]?.type === 'message' && response.output[0].status, 'incomplete');
  assert.equal(bench.lastEffect('voice_cancel').speechId, response.id);
  assert.ok(response.usage !== null && response.usage.output_token_details.audio_tokens === 18);
});

test('[ENG67] nothing of a cancelled response follows it', () => {
  const bench = new ConversationBench().open();
  bench.say('tell me').chunk('Once upon a time. ', 900).listen(100, 1);
  bench.take();
  bench.chunk('There was a king.', 500);
  bench.give({ type: 'voice_finished', speechId: bench.lastEffect('voice_speak').speechId });
  assert.deepEqual(bench.take(), []);
});

test('[ENG68] speech after an answer was generated sends speech_started alone', () => {
  const bench = new ConversationBench().open();
  bench.say('tell me').speak(5_000);
  bench.take();
  bench.listen(100, 1);
  assert.deepEqual(bench.takeTypes(), ['input_audio_buffer.speech_started']);
});

test('[ENG35] with interrupt_response false speech cancels nothing, and no second response starts', () => {
  const bench = new ConversationBench().open().update({
    audio: { input: { turn_detection: { type: 'server_vad', interrupt_response: false } } },
  });
  bench.say('tell me').chunk('Once upon a time. ', 900).say('stop');
  assert.equal(bench.eventsOf('response.done').length, 0);
  assert.equal(bench.eventsOf('response.created').length, 1);
  assert.equal(bench.eventsOf('input_audio_buffer.committed').length, 2);
  assert.equal(bench.eventsOf('error').length, 0);
});

test('[ENG35] with create_response false a turn is committed and not answered', () => {
  const bench = new ConversationBench().open().update({
    audio: { input: { turn_detection: { type: 'server_vad', create_response: false } } },
  });
  bench.say('tell me');
  assert.equal(bench.eventsOf('input_audio_buffer.committed').length, 1);
  assert.equal(bench.eventsOf('response.created').length, 0);
  bench.respond();
  assert.equal(bench.eventsOf('response.created').length, 1);
});
