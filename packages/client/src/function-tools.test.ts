import assert from 'node:assert/strict';
import test from 'node:test';
import { type FunctionTool, FunctionTools, HANDLER_TIMEOUT_MS } from './function-tools.ts';
import { FakePage, settle } from './testing/fake-page.ts';
import { objectField, textField, type WireEvent } from './wire-event.ts';

class Bench {
  readonly page = new FakePage();
  readonly sent: WireEvent[] = [];
  readonly tools = new FunctionTools({
    send: (event) => {
      this.sent.push(event);
    },
    setTimer: this.page.environment.setTimer,
  });

  constructor(handler: FunctionTool['handler']) {
    this.tools.register({ name: 'paint', parameters: {}, handler });
  }

  call(callId: string, options: { readonly name?: string; readonly text?: string } = {}): void {
    const { name = 'paint', text = '{}' } = options;
    this.tools.handle({
      type: 'response.output_item.done',
      response_id: 'r1',
      item: { type: 'function_call', name, call_id: callId, arguments: text, status: 'completed' },
    });
  }

  start(id: string): void {
    this.tools.handle({ type: 'response.created', response: { id } });
  }

  done(id: string, status = 'completed'): void {
    this.tools.handle({ type: 'response.done', response: { id, status } });
  }

  get types(): readonly string[] {
    return this.sent.map(({ type }) => type);
  }

  get outputs(): readonly (string | undefined)[] {
    return this.sent
      .filter(({ type }) => type === 'conversation.item.create')
      .map((event) => textField(objectField(event, 'item'), 'output'));
  }
}

test('[CLI20] a call runs once, though its event comes twice, and text goes out as it is', async () => {
  let runCount = 0;
  const bench = new Bench(({ color }) => {
    runCount += 1;
    return `painted ${String(color)}`;
  });
  bench.call('c1', { text: '{"color":"red"}' });
  bench.call('c1', { text: '{"color":"red"}' });
  await settle();
  assert.equal(runCount, 1);
  assert.deepEqual(bench.outputs, ['painted red']);
});

test('[CLI20] calls of other names and incomplete calls are left alone', async () => {
  const bench = new Bench(() => assert.fail('ran'));
  bench.call('c1', { name: 'server_side' });
  bench.tools.handle({
    type: 'response.output_item.done',
    response_id: 'r1',
    item: { type: 'function_call', name: 'paint', call_id: 'c2', status: 'incomplete' },
  });
  bench.done('r1');
  await settle();
  assert.deepEqual(bench.sent, []);
});

test('[CLI21] one response.create follows all outputs of a completed response', async () => {
  const bench = new Bench(() => 'x');
  bench.start('r1');
  bench.call('c1');
  bench.call('c2');
  await settle();
  assert.deepEqual(bench.types, ['conversation.item.create', 'conversation.item.create']);
  bench.done('r1');
  assert.deepEqual(bench.types.slice(2), ['response.create']);
});

test('[CLI21] a handler that outlasts its response continues when it is done', async () => {
  let finish: (value: string) => void = () => undefined;
  const bench = new Bench(
    () =>
      new Promise((resolve) => {
        finish = resolve;
      }),
  );
  bench.start('r1');
  bench.call('c1');
  await settle();
  bench.done('r1');
  assert.deepEqual(bench.types, []);
  finish('late');
  await settle();
  assert.deepEqual(bench.types, ['conversation.item.create', 'response.create']);
});

test('[CLI21] nothing is asked for while another response is being generated', async () => {
  let finish: (value: string) => void = () => undefined;
  const bench = new Bench(
    () =>
      new Promise((resolve) => {
        finish = resolve;
      }),
  );
  bench.start('r1');
  bench.call('c1');
  await settle();
  bench.done('r1');
  bench.start('r2');
  finish('late');
  await settle();
  assert.deepEqual(bench.types, ['conversation.item.create']);
  bench.done('r2', 'cancelled');
  assert.deepEqual(bench.types, ['conversation.item.create', 'response.create']);
});

test('[CLI22] a cancelled response gets its output but is not continued', async () => {
  const bench = new Bench(() => 'x');
  bench.start('r1');
  bench.call('c1');
  bench.done('r1', 'cancelled');
  await settle();
  assert.deepEqual(bench.types, ['conversation.item.create']);
});

test('[CLI23] arguments that do not parse never reach the handler', async () => {
  const bench = new Bench(() => assert.fail('ran'));
  bench.call('c1', { text: '{"color":' });
  bench.call('c2', { text: '[1]' });
  await settle();
  assert.equal(bench.outputs.length, 2);
  for (const output of bench.outputs) assert.match(output ?? '', /^\{"error":/u);
});

test('[CLI23] a handler that throws or rejects tells the model', async () => {
  const bench = new Bench(({ isAsync }) => {
    const failure = new Error('no such color');
    if (isAsync === true) return Promise.reject(failure);
    throw failure;
  });
  bench.call('c1');
  bench.call('c2', { text: '{"isAsync":true}' });
  await settle();
  const expected = '{"error":{"message":"no such color"}}';
  assert.deepEqual(bench.outputs, [expected, expected]);
});

test('[CLI23] a handler that takes too long gets an error as output, and its result is dropped', async () => {
  let finish: (value: string) => void = () => undefined;
  const bench = new Bench(
    () =>
      new Promise((resolve) => {
        finish = resolve;
      }),
  );
  bench.call('c1');
  await settle();
  bench.page.advance(HANDLER_TIMEOUT_MS);
  await settle();
  assert.match(bench.outputs[0] ?? '', /longer than/u);
  finish('too late');
  await settle();
  assert.equal(bench.outputs.length, 1);
});

test('[CLI23] closing cancels the timers, and nothing is sent afterwards', async () => {
  const bench = new Bench(() => 'x');
  bench.call('c1');
  bench.tools.close();
  assert.equal(bench.page.timers.size, 0);
  await settle();
  assert.deepEqual(bench.sent, []);
});
