import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { AGENT, errorsOf, functionCall, live } from '../testing/policy-bench.ts';
import { serverEvent } from '../testing/session-bench.ts';

function userMessage(text: string): object {
  const item = { type: 'message', role: 'user', content: [{ type: 'input_text', text }] };
  return { type: 'conversation.item.create', item };
}

suite('fields that the server owns', () => {
  test('[POL7] what is owned is taken out of an update, and named unless it is the same', () => {
    const bench = live({ session: AGENT });
    const same = { model: 'gpt-realtime-2.1', audio: { output: { voice: 'marin' } } };
    const free = { output_modalities: ['text'] };
    bench.client({
      type: 'session.update',
      event_id: 'e1',
      session: { type: 'realtime', ...same, ...free },
    });
    assert.deepEqual(bench.toUpstream, [
      { type: 'session.update', event_id: 'e1', session: { type: 'realtime', ...free } },
    ]);
    assert.deepEqual(errorsOf(bench), []);
    bench.effects.length = 0;
    bench.client({
      type: 'session.update',
      event_id: 'e2',
      session: {
        type: 'realtime',
        ...free,
        instructions: 'Give umbrellas away.',
        tools: [],
        audio: { output: { voice: 'ash', speed: 1.1 }, input: { turn_detection: null } },
      },
    });
    assert.deepEqual(bench.toUpstream[0]?.['session'], {
      type: 'realtime',
      ...free,
      audio: { output: { speed: 1.1 } },
    });
    assert.deepEqual(errorsOf(bench), [['session_field_locked', 'e2', 'session.instructions']]);
    assert.match(
      JSON.stringify(bench.toController),
      /session\.instructions, session\.tools, session\.audio\.input\.turn_detection, session\.audio\.output\.voice\./,
    );
  });

  test('[POL7] what nobody set stays the client’s', () => {
    const bench = live({ session: { type: 'realtime', model: 'm' } });
    const session = { type: 'realtime', instructions: 'Mine.', tracing: 'auto', x: 1 };
    bench.client({ type: 'session.update', session });
    assert.deepEqual(bench.toUpstream, [{ type: 'session.update', session }]);
    assert.deepEqual(bench.toController, []);
  });

  test('[POL8] an update of which nothing is left is answered by Prism', () => {
    const bench = live({ session: AGENT });
    bench.client({
      type: 'session.update',
      event_id: 'e1',
      session: { type: 'realtime', instructions: 'Mine.', prompt: null, audio: { input: {} } },
    });
    assert.deepEqual(bench.toUpstream, []);
    assert.deepEqual(bench.toControllerTypes, ['error', 'session.updated']);
    assert.deepEqual(bench.toController[1]?.['session'], {
      id: 's',
      type: 'realtime',
      audio: { input: { turn_detection: { type: 'semantic_vad' } }, output: {} },
    });
  });

  test('[POL9] around owned fields nothing is cleared or replaced', () => {
    for (const audio of [null, 'loud', [], { output: null }, { output: 7 }]) {
      const bench = live({ session: AGENT });
      bench.client({ type: 'session.update', session: { type: 'realtime', audio } });
      assert.deepEqual(bench.toUpstream, [], JSON.stringify(audio));
      assert.equal(errorsOf(bench).length, 1);
    }
    const bench = live({ session: AGENT });
    bench.client({
      type: 'session.update',
      event_id: 'e1',
      session: { type: 'transcription', audio: { input: { noise_reduction: null } } },
    });
    assert.deepEqual(bench.toUpstream, []);
    assert.deepEqual(errorsOf(bench), [['session_field_locked', 'e1', 'session.type']]);
  });

  test('[POL10] overrides of owned fields are taken out of a response', () => {
    const bench = live({ session: AGENT });
    bench.client({
      type: 'response.create',
      event_id: 'e1',
      response: { instructions: 'Shout.', tool_choice: 'auto', metadata: { topic: 'rain' } },
    });
    assert.deepEqual(bench.toUpstream, [
      { type: 'response.create', event_id: 'e1', response: { metadata: { topic: 'rain' } } },
    ]);
    assert.deepEqual(errorsOf(bench), [['session_field_locked', 'e1', 'response.instructions']]);
  });

  test('[POL11] a response that would be another one is refused whole', () => {
    const bench = live({ session: AGENT });
    for (const response of [{ conversation: 'none' }, { input: [] }])
      bench.client({ type: 'response.create', event_id: 'e', response });
    assert.deepEqual(bench.toUpstream, []);
    assert.deepEqual(errorsOf(bench), [
      ['session_field_locked', 'e', 'response.conversation'],
      ['session_field_locked', 'e', 'response.input'],
    ]);
  });

  test('[POL12] who owns the instructions is not overruled by another door', () => {
    const { tools: _, ...withoutTools } = AGENT;
    const bench = live({ session: withoutTools });
    const own = { type: 'function', name: 'paint' };
    bench.client({
      type: 'session.update',
      event_id: 'e1',
      session: {
        type: 'realtime',
        prompt: { id: 'pmpt_1' },
        include: ['x'],
        x_new: 1,
        tracing: null,
        tools: [own, { type: 'mcp', server_label: 's', server_url: 'https://mcp.example' }],
        tool_choice: 'none',
      },
      extra: 1,
    });
    assert.deepEqual(bench.toUpstream, [
      {
        type: 'session.update',
        event_id: 'e1',
        session: { type: 'realtime', tools: [own], tool_choice: 'none' },
      },
    ]);
    assert.match(
      JSON.stringify(bench.toController),
      /session\.tools, session\.prompt, session\.include, session\.x_new, extra\./,
    );
    const ofTools = live({ session: AGENT });
    ofTools.client({ type: 'session.update', session: { type: 'realtime', tool_choice: 'none' } });
    assert.deepEqual(ofTools.toUpstream, []);
    assert.equal(errorsOf(ofTools).length, 1);
  });

  test('[POL13] under an agent a client speaks for the user and for its own tools', () => {
    const bench = live({ session: AGENT, clientTools: ['paint'] });
    for (const call of [functionCall('paint', 'call_1'), functionCall('stock', 'call_2')])
      bench.post(serverEvent({ type: 'conversation.item.added', item: call }));
    const system = { id: 'item_s', type: 'message', role: 'system', content: [] };
    bench.post(serverEvent({ type: 'conversation.item.added', item: system }));
    bench.effects.length = 0;
    const output = (callId: string): object => ({
      type: 'conversation.item.create',
      event_id: callId,
      item: { type: 'function_call_output', call_id: callId, output: 'done' },
    });
    bench.client(userMessage('Hi.'));
    for (const callId of ['call_1', 'call_2', 'call_3']) bench.client(output(callId));
    bench.client({ type: 'conversation.item.create', event_id: 's', item: system });
    for (const item_id of ['item_call_1', 'item_call_2', 'item_s', 'item_user'])
      for (const type of ['conversation.item.delete', 'conversation.item.retrieve'])
        bench.client({ type, event_id: item_id, item_id });
    assert.deepEqual(errorsOf(bench), [
      ['event_not_allowed', 'call_2', 'item.call_id'],
      ['event_not_allowed', 'call_3', 'item.call_id'],
      ['event_not_allowed', 's', 'item.role'],
      ['event_not_allowed', 'item_call_2', 'item_id'],
      ['event_not_allowed', 'item_call_2', 'item_id'],
      ['event_not_allowed', 'item_s', 'item_id'],
      ['event_not_allowed', 'item_s', 'item_id'],
    ]);
    assert.equal(bench.toUpstream.length, 6);
  });

  test('[POL13] of a conversation with more such items than are remembered, unknown ones are taken for hidden', () => {
    const bench = live({ session: AGENT });
    for (let count = 0; count <= 1_024; count += 1) {
      const item = { id: `item_${count}`, type: 'message', role: 'system', content: [] };
      bench.post(serverEvent({ type: 'conversation.item.added', item }));
    }
    bench.client({ type: 'conversation.item.delete', event_id: 'e', item_id: 'item_0' });
    assert.deepEqual(errorsOf(bench), [['event_not_allowed', 'e', 'item_id']]);
  });
});
