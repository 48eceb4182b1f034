import assert from 'node:assert/strict';
import test from 'node:test';
import { CallMemory } from './call-memory.ts';

test('[CLI70] what is told of the way is no event that the session goes on from', () => {
  const memory = new CallMemory(undefined, undefined);
  memory.handle({ type: 'response.created', event_id: 'event_1' }, false);
  memory.handle({ type: 'prism.session.resumed', event_id: 'event_2' }, true);
  memory.handle({ type: 'rate_limits.updated' }, false);
  assert.equal(memory.lastEventId, 'event_1');
  assert.equal(memory.isLasting, false);
});
