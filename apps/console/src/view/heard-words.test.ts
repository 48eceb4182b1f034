import assert from 'node:assert/strict';
import test from 'node:test';
import type { MessageEntry } from '@prism/client';
import { splitHeard } from './heard-words.tsx';

const ANSWER: MessageEntry = {
  type: 'message',
  itemId: 'item_1',
  role: 'assistant',
  parts: ['Once upon a time there was a fox.'],
  text: 'Once upon a time there was a fox.',
  status: 'interrupted',
  isSpoken: true,
};

test('[CLI62] an answer that was cut is split where it was heard', () => {
  assert.deepEqual(splitHeard({ ...ANSWER, heardText: 'Once upon a' }), {
    heard: 'Once upon a',
    unheard: ' time there was a fox.',
  });
  assert.deepEqual(splitHeard({ ...ANSWER, heardText: '' }), { heard: '', unheard: ANSWER.text });
  assert.deepEqual(splitHeard({ ...ANSWER, heardText: 'Twice' }), { heard: 'Twice', unheard: '' });
});

test('[CLI62] what was heard to its end, or of which nobody told, is whole', () => {
  assert.equal(splitHeard(ANSWER), undefined);
  assert.equal(splitHeard({ ...ANSWER, status: 'final', heardText: ANSWER.text }), undefined);
});
