import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ToolOutcome } from '@prism/core';
import { ManualClock, someTool } from '@prism/core/testing';
import type { KnownServerEvent } from '@prism/protocol';
import { RunnerBench } from '../../testing/runner-bench.ts';
import { MediaTick } from '../media-tick.ts';
import type { ToolRequest, ToolRunner } from '../ports/tools.ts';

/** A runner whose calls the test answers. */
class HeldTools implements ToolRunner {
  readonly requests: ToolRequest[] = [];
  readonly signals: AbortSignal[] = [];
  answer: (outcome: ToolOutcome | Error) => void = () => undefined;

  toolsOf() {
    return [someTool('weather')];
  }

  async call(request: ToolRequest, signal: AbortSignal): Promise<ToolOutcome> {
    this.requests.push(request);
    this.signals.push(signal);
    return new Promise((resolve, reject) => {
      this.answer = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
    });
  }
}

function open(): { readonly tools: HeldTools; readonly bench: RunnerBench } {
  const tools = new HeldTools();
  const clock = new ManualClock();
  const bench = new RunnerBench(clock, new MediaTick(clock), { tools });
  bench.connect();
  const told = (event: KnownServerEvent): void =>
    bench.upstream?.event({ kind: 'known', event }, JSON.stringify(event));
  const session = { tools: [{ type: 'function', name: 'weather' }] };
  told({ type: 'session.created', event_id: 'e', session: {} });
  told({ type: 'session.updated', event_id: 'e', session });
  const response = { id: 'resp_1', status: 'in_progress' };
  told({ type: 'response.created', event_id: 'e', response });
  told({
    type: 'response.output_item.done',
    event_id: 'e',
    response_id: 'resp_1',
    output_index: 0,
    item: {
      id: 'item_1',
      type: 'function_call',
      status: 'completed',
      name: 'weather',
      call_id: 'call_1',
      arguments: '{"city":"Oslo"}',
    },
  });
  told({ type: 'response.done', event_id: 'e', response: { ...response, status: 'completed' } });
  return { tools, bench };
}

function outputs(bench: RunnerBench): readonly string[] {
  return bench.sent.filter((text) => text.includes('function_call_output'));
}

/** Lets what was promised happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

suite('running tools', () => {
  test('[TOL2] a call reaches the runner with whom it is for, and its answer the upstream', async () => {
    const { tools, bench } = open();
    const [request] = tools.requests;
    assert.deepEqual(request, {
      tool: 'weather',
      callId: 'call_1',
      args: { city: 'Oslo' },
      idempotencyKey: 'sess_bench.call_1',
      deadlineAtMs: 5_000,
      caller: { sessionId: 'sess_bench', user: 'user 1', agent: undefined },
    });
    tools.answer({ type: 'result', text: 'clear' });
    await settle();
    assert.match(outputs(bench)[0] ?? '', /"output":"clear"/);
    assert.match(bench.sent.at(-1) ?? '', /response\.create/);
    assert.equal(tools.signals[0]?.aborted, false);
  });

  test('[TOL16] a runner that throws has failed, and the session goes on', async () => {
    const { tools, bench } = open();
    tools.answer(new Error('10.0.0.7 refused the password'));
    await settle();
    assert.match(outputs(bench)[0] ?? '', /tool_failed/);
    assert.doesNotMatch(bench.sent.join(), /password/);
    assert.equal(bench.toolFaults.length, 1);
    assert.deepEqual([bench.faults, bench.closed], [[], []]);
  });

  test('[TOL6] a call that took too long is aborted, and what it says then is nobody’s', async () => {
    const { tools, bench } = open();
    bench.clock.advance(5_000);
    assert.equal(tools.signals[0]?.aborted, true);
    assert.match(outputs(bench)[0] ?? '', /tool_timeout/);
    tools.answer(new Error('aborted'));
    await settle();
    assert.equal(outputs(bench).length, 1);
    assert.deepEqual(bench.toolFaults, []);
  });

  test('[TOL12] the end of the session aborts what runs', async () => {
    const { tools, bench } = open();
    bench.runner.close('client_hangup');
    assert.equal(tools.signals[0]?.aborted, true);
    tools.answer({ type: 'result', text: 'late' });
    await settle();
    assert.deepEqual(outputs(bench), []);
  });

  test('[TOL12] a bug that ends the session aborts what runs', () => {
    const { tools, bench } = open();
    bench.encode = () => {
      throw new Error('a broken encoder');
    };
    bench.answer(1);
    bench.clock.advance(40);
    assert.equal(bench.faults.length, 1);
    assert.equal(tools.signals[0]?.aborted, true);
  });
});
