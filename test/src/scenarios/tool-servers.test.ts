import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { MonotonicMs, ToolOutcome } from '@prism/core';
import { callIdsFromSuffix, type McpServer, type ToolDefinition } from '@prism/protocol';
import { createLogger, StartError } from '@prism/server';
import { type OpenTools, openTools } from '@prism/server/internal';
import { eventually, eventuallyAsync } from '../harness/eventually.ts';

const CHILD_PATH = fileURLToPath(new URL('../harness/mcp-child.js', import.meta.url));
const COMMON = {
  timeoutMs: 10_000,
  resultBytesMax: 10_000,
  onInterruption: 'continue',
  fillerAfterMs: undefined,
  needsConfirmation: false,
} as const;

/** Later than any test takes; this process is young. */
const FAR_OFF_MS = 1_000_000_000 as MonotonicMs;

function mcp(server: McpServer): ToolDefinition {
  return { ...COMMON, kind: 'mcp', name: 'kit', server, allowedTools: undefined };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

suite('servers of tools', () => {
  const opened: OpenTools[] = [];
  const servers: Server[] = [];
  const log: string[] = [];

  afterEach(async () => {
    for (const tools of opened.splice(0)) await tools.close();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    log.length = 0;
  });

  async function open(
    tools: readonly ToolDefinition[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<OpenTools> {
    const agents = [
      { name: 'one', tools },
      { name: 'two', tools },
    ];
    const logger = createLogger({
      level: 'debug',
      format: 'json',
      destination: { write: (line) => log.push(line) },
    });
    const open_ = await openTools({ agents, tools: {}, environment, version: '0', logger });
    opened.push(open_);
    return open_;
  }

  async function call(
    { runner }: OpenTools,
    tool: string,
    args: Readonly<Record<string, unknown>> = {},
  ): Promise<ToolOutcome> {
    const { sessionId } = callIdsFromSuffix('x');
    return runner.call(
      {
        tool,
        callId: 'call_1',
        args,
        idempotencyKey: 'k',
        deadlineAtMs: FAR_OFF_MS,
        caller: { sessionId, user: undefined, agent: 'one' },
      },
      new AbortController().signal,
    );
  }

  async function textOf(tools: OpenTools, tool: string): Promise<string | undefined> {
    const outcome = await call(tools, tool);
    return outcome.type === 'result' ? outcome.text : undefined;
  }

  const child: McpServer = {
    transport: 'stdio',
    command: process.execPath,
    args: [CHILD_PATH],
    env: ['KIT_TOKEN'],
  };

  test('[TOL70] a child serves all agents, and its tools are called', async () => {
    const tools = await open([mcp(child)], { KIT_TOKEN: 't' });
    for (const agent of ['one', 'two'])
      assert.deepEqual(
        tools.runner.toolsOf(agent).map(({ name }) => name),
        ['kit__pid', 'kit__environment', 'kit__hang', 'kit__add'],
      );
    assert.deepEqual(await call(tools, 'kit__add', { a: 2, b: 3 }), { type: 'result', text: '5' });
    const connected = log.filter((line) => line.includes('"event":"connected"'));
    assert.equal(connected.length, 1);
  });

  test('[TOL72] a child that is killed fails what it was doing, and another one takes its place', async () => {
    const tools = await open([mcp(child)], { KIT_TOKEN: 't' });
    const pid = Number(await textOf(tools, 'kit__pid'));
    assert.ok(isAlive(pid));
    const hanging = call(tools, 'kit__hang');
    process.kill(pid, 'SIGKILL');
    const lost = await hanging;
    assert.ok(lost.type === 'failed');
    assert.equal(lost.code, 'mcp_server_unavailable');
    const meanwhile = await call(tools, 'kit__pid');
    assert.ok(meanwhile.type === 'failed');
    assert.equal(meanwhile.code, 'mcp_server_unavailable');
    const next = await eventuallyAsync('another child', () => textOf(tools, 'kit__pid'));
    assert.notEqual(Number(next), pid);
  });

  test('[TOL75] a child has the variables that are named and the usual ones, and ends with Prism', async () => {
    const tools = await open([mcp(child)], { KIT_TOKEN: 'for the kit', OTHER: 'not for it' });
    const environment = JSON.parse((await textOf(tools, 'kit__environment')) ?? '{}') as object;
    const usual = ['HOME', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER'];
    const others = Object.keys(environment).filter((name) => !usual.includes(name));
    assert.deepEqual(others, ['KIT_TOKEN']);
    const pid = Number(await textOf(tools, 'kit__pid'));
    await tools.close();
    await eventually('end of the child', () => !isAlive(pid));
  });

  test('[TOL73] a command that is not there keeps nothing from starting', async () => {
    const tools = await open([mcp({ transport: 'stdio', command: '/nowhere/kit', args: [] })]);
    assert.deepEqual(tools.runner.toolsOf('one'), []);
    assert.ok(log.some((line) => line.includes('ENOENT')));
  });

  /** Streamable HTTP with answers as JSON; `answer` may take a request over. */
  async function serveHttp(
    answer: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
  ): Promise<string> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        if (answer(request, response)) return;
        if (request.method !== 'POST') {
          response.writeHead(405).end();
          return;
        }
        const message = JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>;
        if (message['id'] === undefined) {
          response.writeHead(202).end();
          return;
        }
        const result = resultOf(message);
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ jsonrpc: '2.0', id: message['id'], result }));
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    return `http://127.0.0.1:${address.port}/mcp`;
  }

  function resultOf({ method, params }: Record<string, unknown>): object {
    if (method === 'initialize') {
      const { protocolVersion } = params as Record<string, unknown>;
      return {
        protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'h', version: '1' },
      };
    }
    if (method === 'tools/list')
      return { tools: [{ name: 'ping', inputSchema: { type: 'object' } }] };
    return { content: [{ type: 'text', text: 'pong' }] };
  }

  test('[TOL75] a server over HTTP gets its token, and is lost and found', async () => {
    const tokens = new Set<string | undefined>();
    let isAway = false;
    const url = await serveHttp((request, response) => {
      tokens.add(request.headers.authorization);
      if (isAway) response.destroy();
      return isAway;
    });
    const server: McpServer = { transport: 'http', url, bearerEnv: 'KIT_TOKEN' };
    const tools = await open([mcp(server)], { KIT_TOKEN: 'secret' });
    assert.deepEqual(await call(tools, 'kit__ping'), { type: 'result', text: 'pong' });
    assert.deepEqual([...tokens], ['Bearer secret']);
    isAway = true;
    const lost = await call(tools, 'kit__ping');
    assert.ok(lost.type === 'failed');
    assert.equal(lost.code, 'mcp_server_unavailable');
    isAway = false;
    await eventuallyAsync('the server again', () => textOf(tools, 'kit__ping'));
    assert.ok(log.every((line) => !line.includes('secret')));
  });

  test('[TOL75] a redirect is not followed, so that no token leaves for elsewhere', async () => {
    const elsewhere: (string | undefined)[] = [];
    const other = await serveHttp((request, response) => {
      elsewhere.push(request.headers.authorization);
      response.writeHead(500).end();
      return true;
    });
    const url = await serveHttp((_request, response) => {
      response.writeHead(307, { location: other }).end();
      return true;
    });
    const server: McpServer = { transport: 'http', url, bearerEnv: 'KIT_TOKEN' };
    const tools = await open([mcp(server)], { KIT_TOKEN: 'secret' });
    assert.deepEqual(tools.runner.toolsOf('one'), []);
    assert.deepEqual(elsewhere, []);
  });

  test('[TOL52] what can never work keeps Prism from starting, and is named', async () => {
    const parameters = { type: 'object' };
    const callable = { ...COMMON, name: 'stock', description: '', parameters };
    for (const [tools, says] of [
      [[{ ...callable, kind: 'function' }], /Tool 'stock' of agent 'one' has no handler/],
      [
        [{ ...callable, kind: 'client', parameters: { type: 'objekt' } }],
        /Tool 'stock' of agent 'one': .*type/,
      ],
      [
        [
          { ...callable, kind: 'client' },
          { ...callable, kind: 'webhook', url: 'http://127.0.0.1/' },
        ],
        /Agent 'one' has two tools named 'stock'/,
      ],
      [
        [{ ...callable, kind: 'webhook', url: 'http://127.0.0.1/', secretEnv: 'STOCK_SECRET' }],
        /STOCK_SECRET, which is not set/,
      ],
      [[mcp(child)], /KIT_TOKEN, which is not set/],
    ] as const)
      await assert.rejects(open(tools), (error) => {
        assert.ok(error instanceof StartError);
        assert.match(error.message, says);
        return true;
      });
  });
});
