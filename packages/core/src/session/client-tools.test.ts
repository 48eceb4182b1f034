import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ErrorObject } from '@prism/protocol';
import { serverEvent, someTool, ToolBench } from '../testing/index.ts';

const SCREEN = someTool('show', { runsAt: 'client', resultBytesMax: 100 });
const PRICKLY = someTool('show', {
  runsAt: 'client',
  check: () => ({ path: '/page', message: 'must be a string' }),
});

function answer(tools: ToolBench, callId: string, output: unknown = 'shown'): void {
  tools.bench.client({
    type: 'conversation.item.create',
    event_id: 'out',
    item: { type: 'function_call_output', call_id: callId, output },
  });
}

function askFor(tools: ToolBench, response?: object): void {
  tools.bench.client({ type: 'response.create', ...(response === undefined ? {} : { response }) });
}

suite('client-side tools', () => {
  test('[TOL40] the client answers, and asks for the response itself', () => {
    const tools = new ToolBench([SCREEN]);
    tools.turn('show', 'call_1');
    assert.deepEqual(tools.runs, []);
    assert.equal(
      tools.bench.toControllerTypes.filter((type) => type === 'response.output_item.done').length,
      1,
    );
    answer(tools, 'call_1', '{ "ok": true }');
    assert.deepEqual(tools.outputs, [['call_1', '{ "ok": true }']]);
    assert.deepEqual(tools.creates, []);
    askFor(tools);
    assert.equal(tools.creates.length, 1);
    assert.deepEqual(tools.ends, ['call_1 answered']);
    tools.turn('show', 'call_2');
    answer(tools, 'call_2', 'x'.repeat(101));
    assert.match(tools.outputs[1]?.[1] ?? '', /^x+\n\[cut: the result is longer than 100 bytes\]$/);
  });

  test('[TOL41] a client that asks before the others are answered does not get in their way', () => {
    const tools = new ToolBench([SCREEN, someTool('weather')]);
    tools.responseCreated();
    tools.calls('show', 'call_1');
    tools.calls('weather', 'call_2');
    tools.responseDone();
    answer(tools, 'call_1');
    askFor(tools);
    assert.deepEqual(tools.creates, []);
    tools.result('call_2');
    assert.deepEqual(tools.creates, ['plain']);
    tools.speaks('resp_2');
    askFor(tools);
    assert.equal(tools.creates.length, 2);
  });

  test('[TOL41] the last to answer is the client: it asks, and nobody else does', () => {
    const tools = new ToolBench([SCREEN, someTool('weather')]);
    tools.responseCreated();
    tools.calls('show', 'call_1');
    tools.calls('weather', 'call_2');
    tools.result('call_2');
    tools.responseDone();
    answer(tools, 'call_1');
    assert.deepEqual(tools.creates, []);
    askFor(tools);
    assert.equal(tools.creates.length, 1);
  });

  test('[TOL41] so it is when the client answers before the response is done', () => {
    const tools = new ToolBench([SCREEN, someTool('weather')]);
    tools.responseCreated();
    tools.calls('weather', 'call_1');
    tools.result('call_1');
    tools.calls('show', 'call_2');
    answer(tools, 'call_2');
    tools.responseDone();
    assert.deepEqual(tools.creates, []);
  });

  test('[TOL42] outputs for what is answered, or is not the client’s, stay here', () => {
    const tools = new ToolBench([SCREEN, someTool('weather')]);
    tools.responseCreated();
    tools.calls('weather', 'call_1');
    tools.calls('show', 'call_2');
    answer(tools, 'call_1', 'forged');
    answer(tools, 'call_1', { forged: true });
    answer(tools, 'call_2');
    answer(tools, 'call_2', 'again');
    tools.result('call_1', 'true');
    answer(tools, 'call_1', 'forged later');
    assert.deepEqual(tools.outputs, [
      ['call_2', 'shown'],
      ['call_1', 'true'],
    ]);
    assert.deepEqual(tools.errors, [
      'tool_output_refused',
      'tool_output_refused',
      'tool_output_refused',
      'tool_output_refused',
    ]);
    const [refusal] = tools.bench.toController.filter(({ type }) => type === 'error');
    assert.equal((refusal?.['error'] as ErrorObject | undefined)?.event_id, 'out');
    answer(tools, 'call_of_a_function_of_the_clients_own');
    assert.equal(tools.outputs.length, 3);
  });

  test('[TOL43] misfit arguments are answered here, and the client sees an incomplete call', () => {
    const tools = new ToolBench([PRICKLY]);
    tools.responseCreated();
    const ofCall = { response_id: 'resp_1', item_id: 'item_call_1', output_index: 0 };
    const written = { ...ofCall, call_id: 'call_1', name: 'show', arguments: '{"page":7}' };
    tools.bench.post(serverEvent({ type: 'response.function_call_arguments.done', ...written }));
    tools.calls('show', 'call_1', { args: '{"page":7}' });
    const item = {
      id: 'i',
      type: 'function_call',
      status: 'completed',
      name: 'show',
      call_id: 'call_1',
      arguments: '{"page":7}',
    };
    const response = { id: 'resp_1', status: 'completed', output: [item] };
    tools.bench.post(serverEvent({ type: 'response.done', response }));
    assert.equal(tools.errorOf('call_1'), 'invalid_arguments');
    assert.deepEqual(tools.creates, ['plain']);
    const told = tools.bench.toController.slice(-3);
    assert.deepEqual(
      told.map(({ type }) => type),
      ['conversation.item.done', 'response.output_item.done', 'response.done'],
    );
    const statuses = JSON.stringify(told).match(/"status":"\w+"/g);
    assert.deepEqual(statuses, [
      '"status":"incomplete"',
      '"status":"incomplete"',
      '"status":"completed"',
      '"status":"incomplete"',
    ]);
    assert.ok(!tools.bench.toControllerTypes.includes('response.function_call_arguments.done'));
    answer(tools, 'call_1', 'done all the same');
    assert.equal(tools.outputs.length, 1);
  });

  test('[TOL44] a client that does not answer in time is answered for', () => {
    const tools = new ToolBench([SCREEN]);
    tools.turn('show', 'call_1');
    tools.bench.advance(5_000);
    assert.equal(tools.errorOf('call_1'), 'tool_timeout');
    assert.deepEqual(tools.creates, ['plain']);
    assert.deepEqual(tools.aborts, []);
    answer(tools, 'call_1', 'late');
    assert.equal(tools.outputs.length, 1);
    assert.deepEqual(tools.errors, ['tool_output_refused']);
  });
});
