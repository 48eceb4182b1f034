import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FakeServer, fakeStage, turns } from '../testing/fake-server.ts';
import type { WireEvent } from '../transport/conformance-transport.ts';
import type { Capability } from './capability.ts';
import { defineExchange, type Exchange } from './exchange.ts';
import { expectIs } from './expect.ts';
import { Inconclusive } from './mismatch.ts';
import { type AssertionResult, runKit, tallyOf } from './run-kit.ts';

/** Asks for one reply and has one assertion on it. */
function asking(name: string, needs: readonly Capability[] = []): Exchange {
  return defineExchange<{ readonly reply: WireEvent }>({
    name,
    group: 'errors',
    needs,
    observe: async (stage) => {
      const session = await stage.open();
      return { reply: await session.ask({ type: 'question', event_id: name }, 'answer') };
    },
    assertions: [
      {
        id: `${name}.value`,
        statement: 'the answer is 42',
        reference: 'the book',
        check: ({ reply }) => expectIs(reply, 'value', 42),
      },
    ],
  });
}

const answering = (): WireEvent[] => [{ type: 'answer', value: 42 }];
const none = new Map<Capability, string>();

function verdictOf(results: readonly AssertionResult[], id: string): AssertionResult['verdict'] {
  const found = results.find((result) => result.id === id);
  assert.ok(found, id);
  return found.verdict;
}

suite('running the kit', () => {
  test('[KIT3] what holds passes, what does not fails with expected, got and the event', async () => {
    const server = new FakeServer();
    server.script = answering;
    const exchanges = [asking('a'), asking('b')];
    const run = { ...fakeStage(server), exchanges, lacks: none, parallelCount: 1 };
    const right = await runKit(run);
    assert.deepEqual(tallyOf(right), { passedCount: 2, failedCount: 0, skippedCount: 0 });
    server.script = (message) => {
      const id = typeof message === 'string' ? '' : message['event_id'];
      return [{ type: 'answer', value: id === 'b' ? 41 : 42 }];
    };
    const wrong = await runKit(run);
    assert.equal(verdictOf(wrong, 'a.value').type, 'passed');
    assert.deepEqual(verdictOf(wrong, 'b.value'), {
      type: 'failed',
      expected: 'value 42',
      got: '41',
      excerpt: { reply: { type: 'answer', value: 41 } }.reply,
    });
  });

  test('[KIT4] what needs something that is not there is skipped with the reason, and not asked', async () => {
    const server = new FakeServer();
    server.script = answering;
    const results = await runKit({
      ...fakeStage(server),
      exchanges: [asking('a'), asking('b', ['tools'])],
      lacks: new Map([['tools', 'it has none']]),
      parallelCount: 1,
    });
    assert.equal(verdictOf(results, 'a.value').type, 'passed');
    assert.deepEqual(verdictOf(results, 'b.value'), {
      type: 'skipped',
      reason: 'function calls: it has none',
    });
    assert.equal(server.closedCount, 1);
  });

  test('[KIT4] what could not be brought about is skipped with the reason', async () => {
    const exchange = defineExchange({
      name: 'a',
      group: 'errors',
      observe: () => Promise.resolve({}),
      assertions: [
        {
          id: 'a.late',
          statement: 's',
          reference: 'r',
          check: () => {
            throw new Inconclusive('it was over too soon');
          },
        },
      ],
    });
    const stage = fakeStage(new FakeServer());
    const results = await runKit({
      ...stage,
      exchanges: [exchange],
      lacks: none,
      parallelCount: 1,
    });
    const reason = 'it was over too soon';
    assert.deepEqual(verdictOf(results, 'a.late'), { type: 'skipped', reason });
  });

  test('[KIT5] a server that does not answer fails in time, and its connection is closed', async () => {
    const server = new FakeServer();
    const stage = fakeStage(server);
    const run = runKit({ ...stage, exchanges: [asking('a')], lacks: none, parallelCount: 1 });
    await turns();
    stage.clock.advance(1_000);
    const verdict = verdictOf(await run, 'a.value');
    assert.ok(verdict.type === 'failed');
    assert.equal(verdict.expected, 'answer or an error for "a"');
    assert.match(verdict.got, /^nothing within 1000 ms/);
    assert.deepEqual([server.openCount, server.closedCount], [0, 1]);
    assert.equal(stage.clock.armedCount, 0);
  });

  test('[KIT5] an exchange that never ends is ended after four replies’ time', async () => {
    const exchange = defineExchange({
      name: 'endless',
      group: 'errors',
      observe: () => new Promise<object>(() => undefined),
      assertions: [{ id: 'a.b', statement: 's', reference: 'r', check: () => undefined }],
    });
    const stage = fakeStage(new FakeServer());
    const run = runKit({ ...stage, exchanges: [exchange], lacks: none, parallelCount: 1 });
    await turns();
    stage.clock.advance(3_999);
    await turns();
    assert.equal(stage.clock.armedCount, 1);
    stage.clock.advance(1);
    const verdict = verdictOf(await run, 'a.b');
    assert.ok(verdict.type === 'failed');
    assert.equal(verdict.got, '4000 ms passed');
  });

  test('[KIT5] a close, an error and a message that is no event are told as what came', async () => {
    const got = async (prepare: (server: FakeServer) => void): Promise<string> => {
      const server = new FakeServer();
      prepare(server);
      const stage = fakeStage(server);
      const results = await runKit({
        ...stage,
        exchanges: [asking('a')],
        lacks: none,
        parallelCount: 1,
      });
      const verdict = verdictOf(results, 'a.value');
      assert.ok(verdict.type === 'failed');
      return verdict.got;
    };
    const closing = await got((server) => {
      server.onOpen = (queue) => queue.push({ type: 'closed', code: 1011, reason: 'broken' });
    });
    assert.equal(closing, 'a close with 1011 "broken"');
    const error = await got((server) => {
      server.script = () => [{ type: 'error', error: { event_id: 'a', code: 'no' } }];
    });
    assert.equal(error, 'nothing');
    const noJson = await got((server) => {
      server.script = () => ['{"type"'];
    });
    assert.match(noJson, /^not JSON: /);
    const list = await got((server) => {
      server.script = () => ['[]'];
    });
    assert.match(list, /^not an object with a type: /);
    const refused = await got((server) => {
      server.refusal = { type: 'refused', status: 503, body: '{}' };
    });
    assert.equal(refused, 'HTTP 503 {}');
  });

  test('[KIT6] as many exchanges run at a time as were asked for, and results come in their order', async () => {
    const server = new FakeServer();
    server.script = answering;
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const told: string[] = [];
    const results = await runKit({
      ...fakeStage(server),
      exchanges: names.map((name) => asking(name)),
      lacks: none,
      parallelCount: 3,
      onResults: (part) => told.push(...part.map(({ id }) => id)),
    });
    const ids = names.map((name) => `${name}.value`);
    assert.deepEqual(
      results.map(({ id }) => id),
      ids,
    );
    assert.deepEqual(told, ids);
    assert.equal(server.openCountMax, 3);
    assert.equal(server.closedCount, 6);
  });

  test('[KIT11] what is not wanted is neither asked nor told', async () => {
    const server = new FakeServer();
    server.script = answering;
    const results = await runKit({
      ...fakeStage(server),
      exchanges: [asking('a'), asking('b')],
      lacks: none,
      isWanted: ({ id }) => id === 'b.value',
      parallelCount: 2,
    });
    assert.deepEqual(
      results.map(({ id }) => id),
      ['b.value'],
    );
    assert.equal(server.closedCount, 1);
  });
});
