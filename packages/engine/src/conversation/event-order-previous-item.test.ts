import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversationBench } from '../testing-doubles/conversation-bench.ts';

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
