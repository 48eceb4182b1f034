import assert from 'node:assert/strict';
import test from 'node:test';
import { FakePage, settle } from '../testing/fake-page.ts';
import { objectField, textField, type WireEvent } from '../wire-event.ts';
import type { Action, ActionHandler } from './action.ts';
import {
  ACTION_TIMEOUT_MS_DEFAULT,
  ActionRunner,
  RUNNING_CALLS_COUNT_MAX,
} from './action-runner.ts';

class Bench {
  readonly page = new FakePage();
  readonly sent: WireEvent[] = [];
  readonly actions = new ActionRunner({
    send: (event) => {
      this.sent.push(event);
    },
    onChange: () => undefined,
    setTimer: this.page.environment.setTimer,
  });

  constructor(handler: ActionHandler, definition: Partial<Action> = {}) {
    this.actions.register({ name: 'paint', parameters: {}, ...definition, handler });
  }

  call(callId: string, options: { readonly name?: string; readonly text?: string } = {}): void {
    const { name = 'paint', text = '{}' } = options;
    this.actions.handle({
      type: 'response.output_item.done',
      response_id: 'r1',
      item: { type: 'function_call', name, call_id: callId, arguments: text, status: 'completed' },
    });
  }

  start(id: string): void {
    this.actions.handle({ type: 'response.created', response: { id } });
  }

  done(id: string, status = 'completed'): void {
    this.actions.handle({ type: 'response.done', response: { id, status } });
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
  bench.actions.handle({
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
  for (const output of bench.outputs) assert.match(output ?? '', /"code":"invalid_arguments"/u);
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
  const expected = '{"error":{"code":"tool_failed","message":"no such color"}}';
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
  bench.page.advance(ACTION_TIMEOUT_MS_DEFAULT);
  await settle();
  assert.match(
    bench.outputs[0] ?? '',
    /"tool_timeout","message":"The action took longer than 30000 ms/u,
  );
  finish('too late');
  await settle();
  assert.equal(bench.outputs.length, 1);
});

test('[CLI23] closing cancels the timers, and nothing is sent afterwards', async () => {
  const bench = new Bench(() => 'x');
  bench.call('c1');
  bench.actions.close();
  assert.equal(bench.page.timers.size, 0);
  await settle();
  assert.deepEqual(bench.sent, []);
});

test('[ACN1] arguments that do not fit the schema never reach the handler, and the model is told where', async () => {
  const color = { type: 'string', enum: ['red', 'blue'] };
  const parameters = { type: 'object', properties: { color }, required: ['color'] };
  const seen: unknown[] = [];
  const bench = new Bench((input) => seen.push(input), { parameters });
  bench.call('c1', { text: '{"color":"mauve"}' });
  bench.call('c2', { text: '{}' });
  bench.call('c3', { text: '{"color":"red"}' });
  bench.call('c4', { text: `{"color":"red","note":"${'x'.repeat(65_536)}"}` });
  await settle();
  assert.deepEqual(seen, [{ color: 'red' }]);
  assert.deepEqual(
    bench.outputs.filter((output) => output?.includes('invalid_arguments')).length,
    3,
  );
  assert.ok(bench.outputs.some((output) => output?.includes('"path":"/color"')));
});

test('[ACN4] an action has its own time, and hears when nobody waits any more', async () => {
  const signals: AbortSignal[] = [];
  const never = (_input: unknown, { signal }: { signal: AbortSignal }): Promise<void> => {
    signals.push(signal);
    return new Promise(() => undefined);
  };
  const bench = new Bench(never, { timeoutMs: 4000 });
  bench.call('c1');
  await settle();
  bench.page.advance(3999);
  await settle();
  assert.deepEqual([bench.outputs.length, signals[0]?.aborted], [0, false]);
  bench.page.advance(1);
  await settle();
  assert.match(bench.outputs[0] ?? '', /took longer than 4000 ms/u);
  assert.equal(signals[0]?.aborted, true);
  bench.call('c2');
  await settle();
  bench.actions.close();
  assert.equal(signals[1]?.aborted, true);
  assert.equal(bench.page.timers.size, 0);
});

test('[ACN5] what a handler returns is told as it is, and nothing at all as done', async () => {
  const circle: Record<string, unknown> = {};
  circle.itself = circle;
  const values = [undefined, 'text', { shown: true }, 7, null, circle];
  const bench = new Bench(() => values.shift());
  for (let id = values.length; id > 0; id -= 1) bench.call(`c${id}`);
  await settle();
  const done = '{"status":"done"}';
  assert.deepEqual(bench.outputs, [done, 'text', '{"shown":true}', '7', 'null', done]);
});

test('[ACN6] beyond 16 calls that run a further one is answered that there are too many', async () => {
  const bench = new Bench(() => new Promise(() => undefined));
  for (let id = 0; id <= RUNNING_CALLS_COUNT_MAX; id += 1) bench.call(`c${id}`);
  await settle();
  assert.equal(bench.outputs.length, 1);
  assert.match(bench.outputs[0] ?? '', /tool_limit_reached/u);
  bench.actions.close();
});
