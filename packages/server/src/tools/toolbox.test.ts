import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { McpTool } from '@prism/protocol';
import type { McpConnection, McpListing } from '../runtime/ports/tools.ts';
import { someRequest } from '../testing/tool-request.ts';
import { defineTool, functionCall, ToolError, type ToolHandler } from './function-tool.ts';
import { SchemaError } from './schema-check.ts';
import { mcpSource, singleSource } from './tool-source.ts';
import { Toolbox } from './toolbox.ts';

const NOTHING = { type: 'object', properties: {} };
const { signal } = new AbortController();

function boxOf(handler: ToolHandler): Toolbox {
  const tool = defineTool({ name: 'weather', parameters: NOTHING, handler });
  return new Toolbox(new Map([['guide', [singleSource(tool, functionCall(handler))]]]));
}

class FakeServer implements McpConnection {
  listings: readonly McpListing[] = [];
  readonly calls: string[] = [];
  async call(name: string) {
    this.calls.push(name);
    return { type: 'result', text: name } as const;
  }
  async close() {}
}

const MCP: McpTool = {
  kind: 'mcp',
  name: 'files',
  server: { transport: 'stdio', command: 'x', args: [] },
  allowedTools: undefined,
  timeoutMs: 1_000,
  resultBytesMax: 1_000,
  onInterruption: 'cancel',
  fillerAfterMs: undefined,
  needsConfirmation: true,
};

function listing(name: string, inputSchema: Record<string, unknown> = NOTHING): McpListing {
  return { name, description: `Does ${name}.`, inputSchema };
}

suite('toolbox', () => {
  test('[TOL50] a handler gets the arguments and who calls, and its answer is the result', async () => {
    const seen: unknown[] = [];
    const box = boxOf(async (args, context) => {
      seen.push(args, context);
      return { sky: 'clear' };
    });
    const outcome = await box.call(someRequest(), signal);
    assert.deepEqual(outcome, { type: 'result', text: '{"sky":"clear"}' });
    assert.deepEqual(seen, [
      { city: 'Oslo' },
      {
        callId: 'call_1',
        idempotencyKey: 'sess_x.call_1',
        sessionId: 'sess_x',
        user: 'user 1',
        agent: 'guide',
        signal,
      },
    ]);
    for (const [answer, text] of [
      ['as it is', 'as it is'],
      [7, '7'],
      [undefined, '{"status":"done"}'],
      [[1, null], '[1,null]'],
    ] as const)
      assert.deepEqual(await boxOf(() => answer).call(someRequest(), signal), {
        type: 'result',
        text,
      });
  });

  test('[TOL51] of what a handler throws only a ToolError is told', async () => {
    const failing = boxOf(() => {
      throw new ToolError('There is no such city.');
    });
    assert.deepEqual(await failing.call(someRequest(), signal), {
      type: 'failed',
      code: 'tool_failed',
      message: 'There is no such city.',
    });
    const broken = boxOf(async () => {
      throw new TypeError('10.0.0.7 refused the password');
    });
    await assert.rejects(broken.call(someRequest(), signal), TypeError);
  });

  test('[TOL50] an agent has its own tools, everybody else has none', async () => {
    const box = boxOf(() => 'mine');
    assert.deepEqual(
      box.toolsOf('guide').map(({ name, runsAt, timeoutMs }) => [name, runsAt, timeoutMs]),
      [['weather', 'server', 20_000]],
    );
    assert.deepEqual(box.toolsOf('other'), []);
    assert.deepEqual(box.toolsOf(undefined), []);
    const other = { ...someRequest().caller, agent: undefined };
    const outcome = await box.call(someRequest({ caller: other }), signal);
    assert.equal(outcome.type, 'failed');
  });

  test('[TOL52] a name that is no function’s is an error', () => {
    for (const name of ['', 'two words', 'x'.repeat(65), 'naïve'])
      assert.throws(
        () => singleSource(defineTool({ name, parameters: NOTHING, handler: () => 1 }), undefined),
        SchemaError,
      );
  });

  test('[TOL70] an MCP server’s tools carry its label; what can’t be offered is left out', async () => {
    const server = new FakeServer();
    const skipped: string[] = [];
    const allowedTools = ['read', 'x'.repeat(60), 'broken', 'with.dots'];
    const source = mcpSource({ ...MCP, allowedTools }, server, (tool) => skipped.push(tool));
    const box = new Toolbox(new Map([['guide', [source]]]));
    assert.deepEqual(box.toolsOf('guide'), []);
    server.listings = [
      listing('read'),
      listing('write'),
      listing('x'.repeat(60)),
      listing('broken', { type: 'objekt' }),
      listing('with.dots'),
    ];
    const [read, dots, ...rest] = box.toolsOf('guide');
    assert.deepEqual(rest, []);
    assert.deepEqual(
      [read?.name, read?.confirmedBy, read?.onInterruption, read?.runsAt],
      ['files__read', 'client', 'cancel', 'server'],
    );
    assert.equal(dots?.name, 'files__with_dots');
    assert.deepEqual(skipped, ['x'.repeat(60), 'broken']);
    await box.call(someRequest({ tool: 'files__with_dots' }), signal);
    assert.deepEqual(server.calls, ['with.dots']);
    box.toolsOf('guide');
    assert.equal(skipped.length, 2);
  });

  test('[TOL71] a list that has changed counts from then on, and what has gone can’t be called', async () => {
    const server = new FakeServer();
    server.listings = [listing('read'), listing('write')];
    const source = mcpSource({ ...MCP, confirmedBy: 'spoken' }, server, () => undefined);
    const box = new Toolbox(new Map([['guide', [source]]]));
    assert.equal(box.toolsOf('guide')[1]?.confirmedBy, 'spoken');
    server.listings = [listing('read'), listing('move')];
    assert.deepEqual(
      box.toolsOf('guide').map(({ name }) => name),
      ['files__read', 'files__move'],
    );
    const gone = await box.call(someRequest({ tool: 'files__write' }), signal);
    assert.ok(gone.type === 'failed');
    assert.equal(gone.code, 'mcp_server_unavailable');
    assert.deepEqual(server.calls, []);
  });
});
