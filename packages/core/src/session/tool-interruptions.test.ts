import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { serverEvent, someTool, speech, ToolBench } from '../testing/index.ts';
import { FILLER_INSTRUCTIONS } from '../tools/tool-output.ts';

const STOPPABLE = someTool('search', { onInterruption: 'cancel' });
const LASTING = someTool('order');

function speechStops(tools: ToolBench): void {
  tools.bench.post(
    serverEvent({ type: 'input_audio_buffer.speech_stopped', item_id: 'u', audio_end_ms: 9 }),
  );
}

suite('what happens while tools run', () => {
  test('[TOL20] [TOL21] the user’s speech stops one tool and lets another go on', () => {
    const tools = new ToolBench([STOPPABLE, LASTING]);
    tools.responseCreated();
    tools.calls('search', 'call_1');
    tools.calls('order', 'call_2');
    tools.responseDone();
    tools.bench.speechStarted();
    assert.deepEqual(tools.aborts, ['call_1']);
    assert.equal(tools.outputOf('call_1')['status'], 'cancelled');
    speechStops(tools);
    tools.speaks('resp_2');
    assert.deepEqual(tools.creates, []);
    tools.result('call_2', 'ordered');
    assert.deepEqual(tools.outputs[1], ['call_2', 'ordered']);
    assert.deepEqual(tools.creates, ['plain']);
    tools.result('call_1', 'found after all');
    assert.equal(tools.outputs.length, 2);
  });

  test('[TOL20] of what was stopped nothing is said', () => {
    const tools = new ToolBench([STOPPABLE]);
    tools.turn('search', 'call_1');
    tools.bench.speechStarted();
    tools.bench.post(serverEvent({ type: 'input_audio_buffer.cleared' }));
    tools.bench.advance(60_000);
    assert.deepEqual(tools.ends, ['call_1 cancelled']);
    assert.deepEqual(tools.creates, []);
  });

  test('[TOL20] speech stops nothing where the session says that it interrupts nothing', () => {
    const tools = new ToolBench([STOPPABLE]);
    const detection = { type: 'server_vad', interrupt_response: false };
    tools.sessionIs(['search'], { audio: { input: { turn_detection: detection } } });
    tools.turn('search', 'call_1');
    tools.bench.speechStarted();
    assert.deepEqual(tools.aborts, []);
  });

  test('[TOL20] [TOL21] what a client cancels or clears is answered and not spoken of', () => {
    for (const event of [{ type: 'response.cancel' }, { type: 'output_audio_buffer.clear' }]) {
      const tools = new ToolBench([STOPPABLE, LASTING]);
      tools.responseCreated();
      tools.calls('search', 'call_1');
      tools.calls('order', 'call_2');
      tools.bench.client(event);
      tools.responseDone('resp_1', 'cancelled');
      tools.result('call_2');
      assert.deepEqual(tools.ends, ['call_1 cancelled', 'call_2 answered']);
      assert.equal(tools.outputs.length, 2);
      tools.bench.advance(60_000);
      assert.deepEqual(tools.creates, [], event.type);
    }
  });

  test('[TOL22] a call that is late makes the model say so, once for all', () => {
    const late = someTool('search', { fillerAfterMs: 1_000, timeoutMs: 30_000 });
    const tools = new ToolBench([late, LASTING]);
    tools.responseCreated();
    tools.calls('search', 'call_1');
    tools.calls('search', 'call_2');
    tools.responseDone();
    tools.bench.advance(999);
    assert.deepEqual(tools.creates, []);
    tools.bench.advance(1);
    assert.deepEqual(tools.creates, [FILLER_INSTRUCTIONS]);
    tools.speaks('resp_f');
    tools.bench.advance(20_000);
    assert.deepEqual(tools.creates, [FILLER_INSTRUCTIONS]);
    tools.result('call_1');
    tools.result('call_2');
    assert.deepEqual(tools.creates, [FILLER_INSTRUCTIONS, 'plain']);
    assert.equal(tools.bench.session.describe()['toolFillers'], 1);
  });

  test('[TOL22] nothing is said by the way of a call that is done in time', () => {
    const tools = new ToolBench([someTool('search', { fillerAfterMs: 1_000 })]);
    tools.turn('search', 'call_1');
    tools.result('call_1');
    tools.speaks('resp_2');
    tools.bench.advance(10_000);
    assert.deepEqual(tools.creates, ['plain']);
  });

  test('[TOL22] it waits while the user speaks and while a response is active', () => {
    const tools = new ToolBench([someTool('search', { fillerAfterMs: 1_000, timeoutMs: 60_000 })]);
    // The application answers turns itself: the sequencer doesn't wait for them.
    const detection = { type: 'server_vad', create_response: false };
    tools.sessionIs(['search'], { audio: { input: { turn_detection: detection } } });
    tools.turn('search', 'call_1');
    tools.bench.speechStarted();
    tools.bench.advance(2_000);
    tools.responseCreated('resp_2');
    speechStops(tools);
    tools.bench.advance(2_000);
    assert.deepEqual(tools.creates, []);
    tools.responseDone('resp_2');
    assert.deepEqual(tools.creates, [FILLER_INSTRUCTIONS]);
  });

  test('[TOL22] it waits for the end of an answer that is being played', () => {
    const tools = new ToolBench([someTool('search', { fillerAfterMs: 100 })], { audio: 'media' });
    tools.responseCreated();
    tools.bench.answer(speech(10));
    tools.calls('search', 'call_1');
    tools.responseDone();
    tools.bench.slots(8);
    assert.equal(tools.bench.nowMs, 160);
    tools.bench.advance(0);
    assert.deepEqual(tools.creates, []);
    tools.bench.slots(3);
    assert.deepEqual(tools.creates, [FILLER_INSTRUCTIONS]);
  });
});
