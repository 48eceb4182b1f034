import assert from 'node:assert/strict';
import test from 'node:test';
import { reduceTranscript } from './reduce-transcript.ts';
import {
  emptyTranscript,
  TRANSCRIPT_CAPACITY_COUNT,
  type Transcript,
  visibleEntries,
} from './transcript.ts';
import type { MessageEntry } from './transcript-entry.ts';
import type { WireEvent } from './wire-event.ts';

function play(events: readonly WireEvent[], from: Transcript = emptyTranscript()): Transcript {
  return events.reduce(reduceTranscript, from);
}

function ids(transcript: Transcript): readonly string[] {
  return visibleEntries(transcript).map((entry) => entry.itemId);
}

function message(transcript: Transcript, itemId: string): MessageEntry {
  const entry = transcript.entries.get(itemId);
  assert.ok(entry?.type === 'message', `no message ${itemId}`);
  return entry;
}

function userItem(id: string, previous: string | null, text: string): WireEvent {
  return {
    type: 'conversation.item.added',
    previous_item_id: previous,
    item: {
      id,
      type: 'message',
      role: 'user',
      status: 'completed',
      content: [{ type: 'input_text', text }],
    },
  };
}

const SPOKEN_TURN: readonly WireEvent[] = [
  { type: 'input_audio_buffer.speech_started', item_id: 'u1', audio_start_ms: 0 },
  {
    type: 'conversation.item.input_audio_transcription.delta',
    item_id: 'u1',
    content_index: 0,
    delta: 'what ',
  },
  { type: 'input_audio_buffer.committed', item_id: 'u1', previous_item_id: null },
  {
    type: 'conversation.item.added',
    previous_item_id: null,
    item: {
      id: 'u1',
      type: 'message',
      role: 'user',
      status: 'completed',
      content: [{ type: 'input_audio', transcript: null }],
    },
  },
  {
    type: 'conversation.item.done',
    previous_item_id: null,
    item: {
      id: 'u1',
      type: 'message',
      role: 'user',
      status: 'completed',
      content: [{ type: 'input_audio', transcript: null }],
    },
  },
];

const SPOKEN_ANSWER: readonly WireEvent[] = [
  { type: 'response.created', response: { id: 'r1', status: 'in_progress' } },
  {
    type: 'response.output_item.added',
    response_id: 'r1',
    item: { id: 'a1', type: 'message', role: 'assistant', status: 'in_progress', content: [] },
  },
  {
    type: 'conversation.item.added',
    previous_item_id: 'u1',
    item: { id: 'a1', type: 'message', role: 'assistant', status: 'in_progress', content: [] },
  },
  {
    type: 'response.output_audio_transcript.delta',
    response_id: 'r1',
    item_id: 'a1',
    content_index: 0,
    delta: 'I can ',
  },
  { type: 'output_audio_buffer.started', response_id: 'r1' },
  {
    type: 'response.output_audio_transcript.delta',
    response_id: 'r1',
    item_id: 'a1',
    content_index: 0,
    delta: 'do sums.',
  },
];

function itemDone(status: string): WireEvent {
  return {
    type: 'conversation.item.done',
    previous_item_id: null,
    item: {
      id: 'a1',
      type: 'message',
      role: 'assistant',
      status,
      content: [{ type: 'output_audio', transcript: 'I can do sums.' }],
    },
  };
}

test('[CLI30] items stand behind the predecessor they name, whatever order they come in', () => {
  const transcript = play([
    userItem('a', null, 'first'),
    userItem('c', 'a', 'third'),
    userItem('b', 'a', 'second'),
  ]);
  assert.deepEqual(ids(transcript), ['a', 'b', 'c']);
});

test('[CLI30] an item without a known predecessor is appended, and null means the front', () => {
  const transcript = play([
    userItem('a', null, 'one'),
    userItem('b', 'never seen', 'two'),
    userItem('z', null, 'zero'),
  ]);
  assert.deepEqual(ids(transcript), ['z', 'a', 'b']);
});

test('[CLI30] the null predecessor of a done event does not move an item that is known', () => {
  const transcript = play([...SPOKEN_TURN, ...SPOKEN_ANSWER, itemDone('completed')]);
  assert.deepEqual(ids(transcript), ['u1', 'a1']);
});

test('[CLI30] an item whose predecessor is hidden stands in its right place', () => {
  const transcript = play([
    userItem('a', null, 'one'),
    {
      type: 'conversation.item.added',
      previous_item_id: 'a',
      item: { id: 'hidden', type: 'mcp_list_tools' },
    },
    userItem('c', 'a', 'before the hidden one'),
    userItem('d', 'hidden', 'after it'),
  ]);
  assert.deepEqual(ids(transcript), ['a', 'c', 'd']);
});

test('[CLI30] a deleted item leaves', () => {
  const transcript = play([
    userItem('a', null, 'one'),
    userItem('b', 'a', 'two'),
    { type: 'conversation.item.deleted', item_id: 'a' },
  ]);
  assert.deepEqual(ids(transcript), ['b']);
});

test('[CLI31] the user speaks: the entry is there at once, partial until the transcript is', () => {
  const started = play(SPOKEN_TURN.slice(0, 1));
  assert.deepEqual(ids(started), ['u1']);
  assert.equal(message(started, 'u1').role, 'user');

  const done = play(SPOKEN_TURN);
  assert.equal(message(done, 'u1').text, 'what ');
  assert.equal(message(done, 'u1').status, 'partial');

  const completed = play(
    [
      {
        type: 'conversation.item.input_audio_transcription.completed',
        item_id: 'u1',
        content_index: 0,
        transcript: 'What time is it?',
      },
    ],
    done,
  );
  assert.equal(message(completed, 'u1').text, 'What time is it?');
  assert.equal(message(completed, 'u1').status, 'final');
});

test('[CLI31] a failed transcription makes the entry final and says why', () => {
  const transcript = play([
    ...SPOKEN_TURN,
    {
      type: 'conversation.item.input_audio_transcription.failed',
      item_id: 'u1',
      content_index: 0,
      error: { code: 'x', message: 'No deployment of that name.' },
    },
  ]);
  assert.equal(message(transcript, 'u1').status, 'final');
  assert.equal(message(transcript, 'u1').failure, 'No deployment of that name.');
});

test('[CLI31] a transcript that comes before the item is kept when the item comes', () => {
  const transcript = play([
    {
      type: 'conversation.item.input_audio_transcription.completed',
      item_id: 'u1',
      content_index: 0,
      transcript: 'early',
    },
    ...SPOKEN_TURN.slice(2),
  ]);
  assert.equal(message(transcript, 'u1').text, 'early');
  assert.equal(message(transcript, 'u1').status, 'final');
});

test('[CLI32] an answer grows by deltas and is final with its item', () => {
  const growing = play([...SPOKEN_TURN, ...SPOKEN_ANSWER]);
  assert.equal(message(growing, 'a1').text, 'I can do sums.');
  assert.equal(message(growing, 'a1').status, 'partial');
  assert.equal(message(growing, 'a1').isSpoken, true);
  const done = play([itemDone('completed')], growing);
  assert.equal(message(done, 'a1').status, 'final');
});

test('[CLI32] several content parts are joined in their order', () => {
  const transcript = play([
    { type: 'response.output_text.delta', item_id: 'a1', content_index: 1, delta: 'two' },
    { type: 'response.output_text.delta', item_id: 'a1', content_index: 0, delta: 'one ' },
  ]);
  assert.equal(message(transcript, 'a1').text, 'one two');
  assert.equal(message(transcript, 'a1').isSpoken, false);
});

test('[CLI32] a finished response makes what it left open final', () => {
  const transcript = play([
    ...SPOKEN_TURN,
    ...SPOKEN_ANSWER,
    { type: 'response.done', response: { id: 'r1', status: 'completed' } },
  ]);
  assert.equal(message(transcript, 'a1').status, 'final');
  assert.equal(message(transcript, 'u1').status, 'partial');
});

test('[CLI33] a truncated answer is interrupted at what was heard', () => {
  const transcript = play([
    ...SPOKEN_TURN,
    ...SPOKEN_ANSWER,
    { type: 'conversation.item.truncated', item_id: 'a1', content_index: 0, audio_end_ms: 420 },
    itemDone('completed'),
  ]);
  assert.equal(message(transcript, 'a1').status, 'interrupted');
  assert.equal(message(transcript, 'a1').heardMs, 420);
});

test('[CLI33] an answer has what was generated and, told by Prism, what was heard', () => {
  const heard = {
    type: 'prism.transcript.heard',
    item_id: 'a1',
    content_index: 0,
    transcript: 'It is',
    heard_ms: 420,
    is_cut: true,
  };
  const transcript = play([...SPOKEN_TURN, ...SPOKEN_ANSWER, heard]);
  const { text, heardText, heardMs, status } = message(transcript, 'a1');
  assert.ok(text.length > 'It is'.length);
  assert.deepEqual([heardText, heardMs, status], ['It is', 420, 'interrupted']);
  const whole = play([...SPOKEN_TURN, ...SPOKEN_ANSWER, { ...heard, is_cut: false }]);
  assert.notEqual(message(whole, 'a1').status, 'interrupted');
});

test('[CLI33] an answer that is cleared while it plays is interrupted, though it was complete', () => {
  const transcript = play([
    ...SPOKEN_TURN,
    ...SPOKEN_ANSWER,
    itemDone('completed'),
    { type: 'response.done', response: { id: 'r1', status: 'completed' } },
    { type: 'output_audio_buffer.cleared', response_id: 'r1' },
  ]);
  assert.equal(message(transcript, 'a1').status, 'interrupted');
});

test('[CLI33] a clear after the end of the playback interrupts nothing', () => {
  const transcript = play([
    ...SPOKEN_TURN,
    ...SPOKEN_ANSWER,
    itemDone('completed'),
    { type: 'output_audio_buffer.stopped', response_id: 'r1' },
    { type: 'output_audio_buffer.cleared', response_id: 'r1' },
  ]);
  assert.equal(message(transcript, 'a1').status, 'final');
});

test('[CLI33] a cancelled response interrupts what it left open', () => {
  const transcript = play([
    ...SPOKEN_TURN,
    ...SPOKEN_ANSWER,
    { type: 'response.done', response: { id: 'r1', status: 'cancelled' } },
  ]);
  assert.equal(message(transcript, 'a1').status, 'interrupted');
  const incomplete = play([...SPOKEN_TURN, ...SPOKEN_ANSWER, itemDone('incomplete')]);
  assert.equal(message(incomplete, 'a1').status, 'interrupted');
});

test('[CLI34] a function call shows its arguments as they come, and then its output', () => {
  const item = { id: 'f1', type: 'function_call', name: 'paint', call_id: 'c1', arguments: '' };
  const called = play([
    { type: 'response.output_item.added', response_id: 'r1', item },
    { type: 'response.function_call_arguments.delta', item_id: 'f1', delta: '{"a"' },
    { type: 'response.function_call_arguments.delta', item_id: 'f1', delta: ':1}' },
  ]);
  const open = called.entries.get('f1');
  assert.ok(open?.type === 'tool_call');
  assert.equal(open.argumentsText, '{"a":1}');
  assert.equal(open.status, 'partial');

  const answered = play(
    [
      {
        type: 'conversation.item.done',
        previous_item_id: null,
        item: { ...item, arguments: '{"a":1}', status: 'completed' },
      },
      {
        type: 'conversation.item.added',
        previous_item_id: 'f1',
        item: { id: 'o1', type: 'function_call_output', call_id: 'c1', output: 'done' },
      },
    ],
    called,
  );
  const closed = answered.entries.get('f1');
  assert.ok(closed?.type === 'tool_call');
  assert.equal(closed.status, 'final');
  assert.equal(closed.outputText, 'done');
  assert.deepEqual(ids(answered), ['f1']);
});

test('[CLI35] without input transcription a spoken entry is final with its item', () => {
  const transcript = play([
    { type: 'session.created', session: { audio: { input: { transcription: null } } } },
    ...SPOKEN_TURN,
  ]);
  assert.equal(message(transcript, 'u1').status, 'final');
});

test('[CTX8] what the user sees is told to the model, and is no entry of the transcript', () => {
  const content = [{ type: 'input_text', text: 'What the user sees' }];
  const item = { id: 'context_1', type: 'message', role: 'system', content };
  const transcript = play([
    { type: 'conversation.item.added', previous_item_id: null, item },
    userItem('u1', 'context_1', 'Hello'),
  ]);
  assert.deepEqual(ids(transcript), ['u1']);
});

test('[CLI36] the oldest entries leave a full transcript and are counted', () => {
  let transcript = emptyTranscript();
  for (let index = 0; index < TRANSCRIPT_CAPACITY_COUNT + 3; index += 1) {
    transcript = reduceTranscript(transcript, userItem(`i${index}`, `i${index - 1}`, 'x'));
  }
  assert.equal(transcript.order.length, TRANSCRIPT_CAPACITY_COUNT);
  assert.equal(transcript.entries.size, TRANSCRIPT_CAPACITY_COUNT);
  assert.equal(transcript.order[0], 'i3');
  assert.equal(transcript.droppedCount, 3);
});

test('[CLI37] malformed events change nothing', () => {
  const transcript = play(SPOKEN_TURN);
  const malformed: readonly WireEvent[] = [
    { type: 'conversation.item.added' },
    { type: 'conversation.item.added', item: 'text' },
    { type: 'conversation.item.added', item: { type: 'message' } },
    { type: 'conversation.item.done', item: [] },
    { type: 'conversation.item.truncated' },
    { type: 'input_audio_buffer.speech_started', item_id: 7 },
    { type: 'response.output_audio_transcript.delta', delta: 'x' },
    { type: 'response.function_call_arguments.delta', item_id: 'u1', delta: 'x' },
    { type: 'response.done' },
    { type: 'output_audio_buffer.cleared' },
    { type: 'something.new', item_id: 'u1' },
  ];
  for (const event of malformed) {
    assert.deepEqual(reduceTranscript(transcript, event), transcript, event.type);
  }
});

test('[CLI37] an absurd content index does not make an entry of that many parts', () => {
  const transcript = play([
    { type: 'response.output_text.delta', item_id: 'a', content_index: 1e9, delta: 'x' },
  ]);
  assert.equal(message(transcript, 'a').parts.length, 1);
});
