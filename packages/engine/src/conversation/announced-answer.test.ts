import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversationBench } from '../testing-doubles/conversation-bench.ts';

const QUESTION = 'what time is it';

/** Somebody has begun to speak, and has been silent for a while since. */
function pausing(silenceMs: number, session: Readonly<Record<string, unknown>> = {}) {
  const bench = new ConversationBench().open().update(session);
  bench.brain.wholeSentences = [QUESTION];
  bench.listen(200, 0).listen(600, 1).listen(silenceMs, 0);
  bench.take();
  return bench;
}

function understandSoFar(bench: ConversationBench, text: string): void {
  const { utteranceId } = bench.lastEffect('ear_begin');
  bench.give({ type: 'ear_partial', utteranceId, text });
}

test('[ENG82] in a pause after a whole sentence the voice is told what it will say, and the client nothing', () => {
  const bench = pausing(200);
  bench.brain.willReply({ text: 'It is noon.', speedRatio: 0.5 });
  understandSoFar(bench, QUESTION);
  const expected = { text: 'It is noon.', voice: 'marin', speedRatio: 0.5 };
  assert.deepEqual(bench.lastEffect('voice_announce').request, expected);
  assert.deepEqual(bench.take(), []);
  bench.brain.willReply({ text: 'It is noon.', speedRatio: 0.5 });
  bench.listen(400, 0).understand(QUESTION);
  assert.deepEqual(bench.lastEffect('voice_speak').request, expected);
  const [announced, asked] = bench.brain.requests.map(({ exchanges }) => exchanges);
  assert.deepEqual(announced, asked);
});

test('[ENG82] nothing is announced while the user speaks on, of half a sentence, or of an answer without speech', () => {
  const speaking = pausing(50);
  understandSoFar(speaking, QUESTION);
  const unfinished = pausing(200);
  understandSoFar(unfinished, 'what time');
  const written = pausing(200, { output_modalities: ['text'] });
  understandSoFar(written, QUESTION);
  const calling = pausing(200);
  calling.brain.willReply({ text: '', calls: [{ name: 'tell_time', argumentsJson: '{}' }] });
  understandSoFar(calling, QUESTION);
  for (const bench of [speaking, unfinished, written, calling]) {
    assert.deepEqual(bench.effectsOf('voice_announce'), []);
  }
});

test('[ENG82] what the brain would do beside speaking is not done for an announcement', () => {
  const bench = pausing(200);
  const reminders = [{ afterMs: 1_000, text: 'Tea!' }];
  bench.brain.willReply({ text: 'I will remind you.', reminders });
  understandSoFar(bench, QUESTION);
  assert.equal(bench.effectsOf('voice_announce').length, 1);
  assert.equal(bench.conversation.describe().reminderCount, 0);
});
