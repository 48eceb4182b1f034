import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversationBench } from '../testing-doubles/conversation-bench.ts';
import { STORED_AUDIO_MS_MAX } from './audio-store.ts';
import { ITEM_COUNT_MAX } from './item-desk.ts';

type Json = Readonly<Record<string, unknown>>;

function opened(): ConversationBench {
  const bench = new ConversationBench().open();
  bench.take();
  return bench;
}

function user(id: string, text = id): Json {
  return { id, type: 'message', role: 'user', content: [{ type: 'input_text', text }] };
}

function create(bench: ConversationBench, item: Json, more: Json = {}): ConversationBench {
  return bench.send({ type: 'conversation.item.create', item, ...more });
}

function lastError(bench: ConversationBench): readonly (string | null)[] {
  const { code, param, event_id } = bench.last('error').error;
  return [code, param, event_id];
}

/** A bench whose item `item_2` is a spoken answer of one second, in words of a fifth of it each. */
function answered(): ConversationBench {
  const bench = opened();
  bench.brain.willReply({ text: 'one two three four five' });
  return bench.type('hi').respond().speak(1_000);
}

test('[ENG50] every item that a client may make is echoed as it was made', () => {
  const bench = opened();
  const items: readonly Json[] = [
    { type: 'message', role: 'system', content: [{ type: 'input_text', text: 'Be nice.' }] },
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'Look' },
        { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low' },
      ],
    },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Nice.' }] },
    { type: 'function_call', name: 'f', arguments: '{}', call_id: 'call_mine' },
  ];
  for (const [index, item] of items.entries()) {
    create(bench, { ...item, id: `mine_${index}` });
    const expected = { ...item, id: `mine_${index}`, status: 'completed' };
    assert.deepEqual(bench.last('conversation.item.added').item, expected);
    assert.deepEqual(bench.last('conversation.item.done').item, expected);
  }
  create(bench, { type: 'function_call_output', call_id: 'call_mine', output: '42' });
  assert.deepEqual(bench.last('conversation.item.done').item, {
    id: 'item_1',
    type: 'function_call_output',
    call_id: 'call_mine',
    output: '42',
  });
  assert.equal(bench.eventsOf('error').length, 0);
});

test('[ENG51] items are put at the end, at the front or behind another', () => {
  const bench = opened();
  create(bench, user('a'));
  create(bench, user('b'), { previous_item_id: '' });
  create(bench, user('c'), { previous_item_id: 'root' });
  create(bench, user('d'), { previous_item_id: 'a' });
  const places = bench
    .eventsOf('conversation.item.added')
    .map(({ item, previous_item_id }) => [item.id, previous_item_id]);
  assert.deepEqual(places, [
    ['a', null],
    ['b', 'a'],
    ['c', null],
    ['d', 'a'],
  ]);
  bench.respond();
  const texts = bench.brain.requests[0]?.exchanges.map((exchange) =>
    'text' in exchange ? exchange.text : '',
  );
  assert.deepEqual(texts, ['c', 'a', 'd', 'b']);
});

test('[ENG51] an unknown predecessor is an error, and the item is not made', () => {
  const bench = opened();
  create(bench, user('a'), { previous_item_id: 'nobody', event_id: 'e' });
  assert.deepEqual(lastError(bench), ['invalid_value', 'previous_item_id', 'e']);
  assert.equal(bench.conversation.describe().itemCount, 0);
});

test('[ENG56] an id may be used twice: the item is appended, and the later one is found', () => {
  const bench = opened();
  create(bench, user('a', 'first'));
  create(bench, user('a', 'second'));
  assert.equal(bench.last('conversation.item.added').previous_item_id, 'a');
  bench.send({ type: 'conversation.item.retrieve', item_id: 'a' });
  const { item } = bench.last('conversation.item.retrieved');
  assert.deepEqual(item.type === 'message' && item.content, [
    { type: 'input_text', text: 'second' },
  ]);
});

test('[ENG55] the output of a call that nobody made is an error', () => {
  const bench = opened();
  create(bench, { type: 'function_call_output', call_id: 'call_x', output: '' });
  assert.deepEqual(lastError(bench), ['invalid_value', 'item.call_id', null]);
});

test('[ENG58] assistant audio cannot be made by a client', () => {
  const bench = opened();
  create(bench, {
    type: 'message',
    role: 'assistant',
    content: [{ type: 'output_audio', audio: '', transcript: 'Hi' }],
  });
  assert.deepEqual(lastError(bench), ['invalid_value', 'item.content[0].type', null]);
});

test('[ENG52] an item is retrieved with its audio in the format of the session', () => {
  const bench = opened();
  bench.update({ audio: { input: { transcription: { model: 'whisper-1' } } } });
  bench.say('hello').speak(400);
  const { item_id } = bench.last('input_audio_buffer.committed');
  bench.send({ type: 'conversation.item.retrieve', item_id });
  const heard = bench.last('conversation.item.retrieved').item;
  assert.ok(heard.type === 'message' && heard.content[0]?.type === 'input_audio');
  assert.equal(heard.content[0].transcript, 'hello');
  assert.equal(Buffer.from(heard.content[0].audio ?? '', 'base64').length, 1_500 * 48);
  const answer = bench.last('response.output_item.done').item.id;
  bench.send({ type: 'conversation.item.retrieve', item_id: answer });
  const said = bench.last('conversation.item.retrieved').item;
  assert.ok(said.type === 'message' && said.content[0]?.type === 'output_audio');
  const pcm = Buffer.from(said.content[0].audio ?? '', 'base64');
  assert.equal(pcm.length, 400 * 48);
  assert.equal(pcm.readInt16LE(0), 1_000);
  assert.equal(said.content[0].transcript, 'Hello there, friend.');
});

test('[ENG52] the oldest audio is forgotten beyond ten minutes, and its item stays', () => {
  const bench = opened();
  for (let index = 0; index < STORED_AUDIO_MS_MAX / 60_000 + 1; index += 1) {
    bench.type('again').respond().speak(60_000);
  }
  bench.send({ type: 'conversation.item.retrieve', item_id: 'item_2' });
  const { item } = bench.last('conversation.item.retrieved');
  assert.deepEqual(item.type === 'message' && item.content, [
    { type: 'output_audio', transcript: 'Hello there, friend.' },
  ]);
  assert.equal(bench.conversation.describe().forgottenAudioCount, 1);
});

test('[ENG53] a deleted item is told and no longer part of the conversation', () => {
  const bench = opened();
  create(bench, user('a'));
  create(bench, user('b'));
  bench.send({ type: 'conversation.item.delete', item_id: 'a' });
  assert.equal(bench.last('conversation.item.deleted').item_id, 'a');
  bench.respond();
  assert.equal(bench.brain.requests[0]?.exchanges.length, 1);
  create(bench, user('c'));
});

test('[ENG53] deleting audio that is still in the ears answers the response that waits for it', () => {
  const bench = opened();
  bench.listen(500, 1).listen(600, 0);
  const { item_id } = bench.last('input_audio_buffer.committed');
  assert.equal(bench.brain.requests.length, 0);
  bench.send({ type: 'conversation.item.delete', item_id });
  assert.equal(bench.lastEffect('ear_cancel').utteranceId, item_id);
  assert.equal(bench.brain.requests.length, 1);
});

test('[ENG53] [ENG52] [ENG54] unknown items are errors with a code of their own', () => {
  const bench = opened();
  for (const [verb, more] of [
    ['delete', {}],
    ['retrieve', {}],
    ['truncate', { content_index: 0, audio_end_ms: 0 }],
  ] as const) {
    const type = `conversation.item.${verb}`;
    bench.send({ type, event_id: verb, item_id: 'item_gone', ...more });
    assert.deepEqual(lastError(bench), [`item_${verb}_invalid_item_id`, 'item_id', verb]);
    assert.match(bench.last('error').error.message, /item_gone/);
  }
});

test('[ENG54] a truncated answer keeps the words that were heard', () => {
  const bench = answered();
  bench.send({
    type: 'conversation.item.truncate',
    item_id: 'item_2',
    content_index: 0,
    audio_end_ms: 600,
  });
  const { event_id: _eventId, ...truncated } = bench.last('conversation.item.truncated');
  assert.deepEqual(truncated, {
    type: 'conversation.item.truncated',
    item_id: 'item_2',
    content_index: 0,
    audio_end_ms: 600,
  });
  bench.send({ type: 'conversation.item.retrieve', item_id: 'item_2' });
  const { item } = bench.last('conversation.item.retrieved');
  assert.ok(item.type === 'message' && item.content[0]?.type === 'output_audio');
  assert.equal(item.content[0].transcript, 'one two three');
  assert.equal(Buffer.from(item.content[0].audio ?? '', 'base64').length, 600 * 48);
  bench.type('and?').respond();
  assert.deepEqual(bench.brain.requests.at(-1)?.exchanges[1], {
    role: 'assistant',
    text: 'one two three',
    wasInterrupted: true,
  });
});

test('[ENG54] a word is kept if half of the delta that it begins in was heard', () => {
  for (const [audio_end_ms, transcript] of [
    [105, 'one'],
    [115, 'one two'],
  ] as const) {
    const bench = answered();
    bench.send({
      type: 'conversation.item.truncate',
      item_id: 'item_2',
      content_index: 0,
      audio_end_ms,
    });
    bench.send({ type: 'conversation.item.retrieve', item_id: 'item_2' });
    const { item } = bench.last('conversation.item.retrieved');
    assert.ok(item.type === 'message' && item.content[0]?.type === 'output_audio');
    assert.equal(item.content[0].transcript, transcript);
  }
});

test('[ENG54] truncating at zero leaves no words, at the full length changes nothing', () => {
  const bench = answered();
  const truncate = (audio_end_ms: number): void => {
    bench.send({
      type: 'conversation.item.truncate',
      item_id: 'item_2',
      content_index: 0,
      audio_end_ms,
    });
  };
  truncate(1_000);
  bench.respond({ input: [{ type: 'item_reference', id: 'item_2' }], conversation: 'none' });
  assert.deepEqual(bench.brain.requests.at(-1)?.exchanges, [
    { role: 'assistant', text: 'one two three four five', wasInterrupted: false },
  ]);
  truncate(0);
  bench.send({ type: 'conversation.item.retrieve', item_id: 'item_2' });
  const { item } = bench.last('conversation.item.retrieved');
  assert.ok(item.type === 'message' && item.content[0]?.type === 'output_audio');
  assert.equal(item.content[0].transcript, '');
  assert.equal(bench.eventsOf('error').length, 0);
});

test('[ENG54] truncating beyond the audio, text, or the user is refused', () => {
  const bench = answered();
  const truncate = (item_id: string, audio_end_ms: number, content_index = 0): void => {
    bench.send({ type: 'conversation.item.truncate', item_id, content_index, audio_end_ms });
  };
  truncate('item_2', 1_200);
  assert.equal(bench.last('error').error.code, 'invalid_value');
  assert.equal(
    bench.last('error').error.message,
    'Audio content of 1000ms is already shorter than 1200ms',
  );
  truncate('item_2', 10, 1);
  assert.deepEqual(lastError(bench), ['invalid_value', 'content_index', null]);
  truncate('item_1', 10);
  assert.equal(bench.last('error').error.code, 'unsupported_content_type');
  bench.type('more').respond();
  truncate(bench.last('response.output_item.added').item.id, 0);
  assert.equal(bench.last('error').error.code, 'unsupported_content_type');
  assert.equal(bench.eventsOf('conversation.item.truncated').length, 0);
});

test('[ENG57] beyond a thousand items the oldest is deleted, and the client is told', () => {
  const bench = opened();
  for (let index = 0; index <= ITEM_COUNT_MAX; index += 1) {
    create(bench, user(`mine_${index}`));
  }
  assert.deepEqual(
    bench.eventsOf('conversation.item.deleted').map(({ item_id }) => item_id),
    ['mine_0'],
  );
  assert.equal(bench.conversation.describe().itemCount, ITEM_COUNT_MAX);
});

test('[ENG59] audio in an item of the client is heard, unless it brings its transcript', () => {
  const bench = opened();
  bench.update({ audio: { input: { transcription: { model: 'whisper-1' } } } });
  const audio = Buffer.alloc(4_800).toString('base64');
  create(bench, { type: 'message', role: 'user', content: [{ type: 'input_audio', audio }] });
  const clip = bench.lastEffect('ear_clip');
  assert.equal(clip.pcm.length, 2_400);
  const hearing = { text: 'hello', isAccepted: true, confidenceRatio: 1, speechMs: 80 };
  bench.give({ type: 'ear_final', utteranceId: clip.utteranceId, hearing });
  const completed = bench.last('conversation.item.input_audio_transcription.completed');
  assert.deepEqual([completed.item_id, completed.transcript], ['item_1', 'hello']);
  create(bench, {
    type: 'message',
    role: 'user',
    content: [{ type: 'input_audio', audio, transcript: 'written' }],
  });
  assert.equal(bench.effectsOf('ear_clip').length, 1);
  bench.respond();
  assert.deepEqual(
    bench.brain.requests[0]?.exchanges.map((exchange) => 'text' in exchange && exchange.text),
    ['hello', 'written'],
  );
});

test('[ENG59] audio in an item of the client that is not base64 is an error', () => {
  const bench = opened();
  create(bench, {
    type: 'message',
    role: 'user',
    content: [{ type: 'input_audio', audio: '???' }],
  });
  assert.deepEqual(lastError(bench), ['invalid_value', 'item.content[0].audio', null]);
});
