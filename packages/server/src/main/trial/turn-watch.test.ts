import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { TurnWatch } from './turn-watch.ts';

suite('a watched turn', () => {
  test('[TRI1] its moments count from the end of speech, the first of each', () => {
    const turn = new TurnWatch();
    turn.event('input_audio_buffer.speech_stopped', 50);
    turn.speechEnded(1_000);
    turn.packet(1_100, true);
    turn.event('input_audio_buffer.speech_stopped', 1_500);
    turn.event('response.created', 1_510);
    turn.packet(1_530, false);
    turn.packet(1_550, true);
    turn.packet(1_570, true);
    turn.event('response.created', 1_600);
    assert.deepEqual(turn.moments, {
      speechStoppedMs: 500,
      responseCreatedMs: 510,
      firstPacketMs: 530,
      audibleMs: 550,
    });
  });

  test('[TRI2] it is over when the answer is generated and played, in whatever order', () => {
    for (const [first, second] of [
      ['response.done', 'output_audio_buffer.stopped'],
      ['output_audio_buffer.stopped', 'response.done'],
    ] as const) {
      const turn = new TurnWatch();
      turn.event('response.created', 1);
      turn.event('output_audio_buffer.started', 2);
      turn.event(first, 3);
      assert.equal(turn.isOver, false, first);
      turn.event(second, 4);
      assert.equal(turn.isOver, true, second);
      // A tool was called: the answer goes on in another response.
      turn.event('response.created', 5);
      assert.equal(turn.isOver, false);
    }
  });
});
