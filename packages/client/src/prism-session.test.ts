import assert from 'node:assert/strict';
import test from 'node:test';
import { FakePage, settle } from './testing/fake-page.ts';
import { connect } from './testing/page-session.ts';
import type { WireEvent } from './wire-event.ts';

function types(events: readonly WireEvent[]): readonly string[] {
  return events.map(({ type }) => type);
}

test('[CLI69] every event has an id, its own or one that no other has', async () => {
  const page = new FakePage();
  const session = await connect(page);
  session.sendText('hello');
  session.send({ type: 'response.create', event_id: 'mine' });
  const [first, second, third] = page.call.sentIds;
  assert.match(String(first), /^event_/);
  assert.notEqual(first, second);
  assert.equal(third, 'mine');
  assert.equal(page.call.sent.at(-1)?.event_id, 'mine');
});

test('[CLI64] the newest event of the session is the one that a new way begins after', async () => {
  const page = new FakePage();
  await connect(page);
  assert.equal(page.call.request.lastEventId(), undefined);
  page.call.receive({ type: 'conversation.item.added', event_id: 'event_1' });
  page.call.receive({ type: 'prism.session.resumed', event_id: 'event_2' });
  page.call.receive({ type: 'some.event' });
  assert.equal(page.call.request.lastEventId(), 'event_1');
});

test('[CLI13] interrupt cancels only what is being generated, and always clears', async () => {
  const page = new FakePage();
  const session = await connect(page);
  session.interrupt();
  assert.deepEqual(types(page.call.sent), ['output_audio_buffer.clear']);
  page.call.receive({ type: 'response.created', response: { id: 'r1' } });
  session.interrupt();
  assert.deepEqual(types(page.call.sent.slice(1)), [
    'response.cancel',
    'output_audio_buffer.clear',
  ]);
  page.call.receive({ type: 'response.done', response: { id: 'r1', status: 'cancelled' } });
  session.interrupt();
  assert.deepEqual(types(page.call.sent.slice(3)), ['output_audio_buffer.clear']);
});

test('[CLI14] typed words ask for a response, and interrupt the answer that is playing', async () => {
  const page = new FakePage();
  const session = await connect(page);
  session.sendText('hello');
  assert.deepEqual(page.call.sent, [
    {
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] },
    },
    { type: 'response.create' },
  ]);
  page.call.receive({ type: 'output_audio_buffer.started', response_id: 'r1' });
  session.sendText('stop');
  assert.deepEqual(types(page.call.sent.slice(2)), [
    'output_audio_buffer.clear',
    'conversation.item.create',
    'response.create',
  ]);
});

test('[CLI15] sending after the end throws not_connected', async () => {
  const page = new FakePage();
  const session = await connect(page);
  session.close();
  assert.throws(
    () => {
      session.send({ type: 'response.create' });
    },
    { code: 'not_connected' },
  );
  assert.deepEqual(page.call.sent, []);
});

test('[CLI16] a listener that throws is reported and disturbs nothing', async () => {
  const page = new FakePage();
  const failure = new Error('listener');
  const session = await connect(
    page,
    { sessionConfig: {} },
    {
      onServerEvent: () => {
        throw failure;
      },
      onStatus: () => {
        throw failure;
      },
    },
  );
  assert.equal(session.status.phase, 'live');
  assert.deepEqual(types(page.call.sent), ['session.update']);
  assert.ok(page.reported.length > 1);
  assert.ok(page.reported.every((reported) => reported === failure));
});

test('[CLI16] what is no event is ignored', async () => {
  const page = new FakePage();
  const events: WireEvent[] = [];
  await connect(page, {}, { onServerEvent: (event) => events.push(event) });
  for (const text of ['', '{', 'null', '[]', '{"type":7}']) page.call.sink.onMessage(text);
  assert.deepEqual(types(events), ['session.created']);
});

test('[CLI24] [ACN3] actions of a live session are offered with all tools, once for all that changes', async () => {
  const page = new FakePage();
  const session = await connect(page);
  session.onAction('theirs', { parameters: { type: 'object' } }, () => 'replaced');
  const takeBack = session.onAction('other', { parameters: {} }, () => 'x');
  await settle();
  const theirs = { type: 'function', name: 'theirs', parameters: { type: 'object' } };
  const other = { type: 'function', name: 'other', parameters: {} };
  const offers = (): readonly unknown[] => page.call.sent.map(({ session: sent }) => sent);
  assert.deepEqual(offers(), [{ type: 'realtime', tools: [theirs, other] }]);
  takeBack();
  session.onAction('other', { parameters: {} }, () => 'y');
  await settle();
  assert.equal(page.call.sent.length, 1);
});

test('[ACN3] an action that is taken back is not offered any more, and the other tools stay', async () => {
  const page = new FakePage();
  const session = await connect(page);
  const takeBack = session.onAction('paint', { parameters: {} }, () => 'x');
  await settle();
  takeBack();
  takeBack();
  await settle();
  assert.deepEqual(page.call.sent.at(-1), {
    type: 'session.update',
    session: { type: 'realtime', tools: [{ type: 'function', name: 'theirs' }] },
  });
  assert.equal(page.call.sent.length, 2);
});

test("[ACN2] an action without parameters is the agent's to declare: it runs and is not offered", async () => {
  const page = new FakePage();
  const session = await connect(page, { actions: [{ name: 'theirs', handler: () => 'shown' }] });
  session.onAction('more', {}, () => 'x');
  await settle();
  assert.deepEqual(page.call.sent, []);
  page.call.receive({
    type: 'response.output_item.done',
    response_id: 'r1',
    item: { type: 'function_call', name: 'theirs', call_id: 'c1', arguments: '{"any":1}' },
  });
  await settle();
  assert.deepEqual(page.call.sent, [
    {
      type: 'conversation.item.create',
      item: { type: 'function_call_output', call_id: 'c1', output: 'shown' },
    },
  ]);
});

test('[CLI20] a session runs the actions of its options', async () => {
  const page = new FakePage();
  await connect(page, {
    actions: [{ name: 'add', parameters: {}, handler: ({ a }) => ({ a }) }],
  });
  page.call.receive({
    type: 'response.output_item.done',
    response_id: 'r1',
    item: { type: 'function_call', name: 'add', call_id: 'c1', arguments: '{"a":2}' },
  });
  await settle();
  assert.deepEqual(page.call.sent.at(-1), {
    type: 'conversation.item.create',
    item: { type: 'function_call_output', call_id: 'c1', output: '{"a":2}' },
  });
});

test('[CTX8] what the user sees is told in one event, and null takes it back', async () => {
  const page = new FakePage();
  const session = await connect(page);
  session.updateContext({ page: 'cart', items: 2 });
  session.updateContext(undefined);
  assert.deepEqual(page.call.sent, [
    { type: 'prism.context.update', context: { page: 'cart', items: 2 } },
    { type: 'prism.context.update', context: null },
  ]);
  session.close();
  assert.throws(() => session.updateContext({}), { code: 'not_connected' });
});
