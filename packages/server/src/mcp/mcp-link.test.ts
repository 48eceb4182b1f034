import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { MonotonicMs, ToolOutcome } from '@prism/core';
import { ManualClock } from '@prism/core/testing';
import { someRequest } from '../testing/tool-request.ts';
import { McpLink, type McpReport } from './mcp-link.ts';

type Answer = object | 'never' | 'error';

/** A server that the test plays, and every connection to it. */
class PlayedServer {
  readonly clock = new ManualClock();
  readonly reports: McpReport[] = [];
  /** The names of tools, in pages. */
  pages: readonly (readonly string[])[] = [['read', 'write']];
  answers: Record<string, Answer> = {};
  isThere = true;
  connections = 0;
  readonly calls: string[] = [];
  readonly metas: unknown[] = [];
  readonly cancelled: unknown[] = [];
  #transport: Transport | undefined;

  async open(): Promise<McpLink> {
    return McpLink.open({
      label: 'files',
      version: '1.2.3',
      newTransport: () => this.#connect(),
      clock: this.clock,
      report: (report) => this.reports.push(report),
    });
  }

  dies(): void {
    this.isThere = false;
    this.#transport?.onclose?.();
  }

  notify(method: string): void {
    this.#transport?.onmessage?.({ jsonrpc: '2.0', method });
  }

  #connect(): Transport {
    this.connections += 1;
    const transport: Transport = {
      start: async () => {
        if (!this.isThere) throw new Error('spawn nobody ENOENT');
      },
      send: async (message) => this.#receive(message),
      close: async () => transport.onclose?.(),
    };
    this.#transport = transport;
    return transport;
  }

  #receive(message: JSONRPCMessage): void {
    if (!('method' in message)) return;
    if (message.method === 'notifications/cancelled') this.cancelled.push(message.params);
    if (!('id' in message)) return;
    const { id } = message;
    const answer = this.#answer(message.method, message.params ?? {});
    if (answer === 'never') return;
    const reply: JSONRPCMessage =
      answer === 'error'
        ? { jsonrpc: '2.0', id, error: { code: -32_000, message: 'no disk at /srv/secret' } }
        : { jsonrpc: '2.0', id, result: { ...answer } };
    queueMicrotask(() => this.#transport?.onmessage?.(reply));
  }

  #answer(method: string, params: Readonly<Record<string, unknown>>): Answer {
    if (method === 'initialize') {
      const { protocolVersion } = params;
      const serverInfo = { name: 'played', version: '0' };
      return { protocolVersion, serverInfo, capabilities: { tools: { listChanged: true } } };
    }
    if (method === 'tools/list') {
      const page = Number(params['cursor'] ?? 0);
      const tools = (this.pages[page] ?? []).map((name) => ({
        name,
        description: `Does ${name}.`,
        inputSchema: { type: 'object' },
      }));
      const isLast = page + 1 >= this.pages.length;
      return isLast ? { tools } : { tools, nextCursor: String(page + 1) };
    }
    const name = String(params['name']);
    this.calls.push(name);
    this.metas.push(params['_meta']);
    return this.answers[name] ?? { content: [{ type: 'text', text: `${name} done` }] };
  }
}

function request(server: PlayedServer) {
  const deadlineAtMs = (server.clock.nowMs() + 20_000) as MonotonicMs;
  return someRequest({ tool: 'files__read', deadlineAtMs });
}

async function call(server: PlayedServer, link: McpLink, name = 'read'): Promise<ToolOutcome> {
  return link.call(name, request(server), new AbortController().signal);
}

/** Lets what was promised happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
}

const UNAVAILABLE: ToolOutcome = {
  type: 'failed',
  code: 'mcp_server_unavailable',
  message: 'files__read is not available right now.',
};

suite('link to an MCP server', () => {
  test('[TOL70] it lists all pages once, and calls by the server’s names', async () => {
    const server = new PlayedServer();
    server.pages = [['read'], ['write'], ['move']];
    const link = await server.open();
    assert.deepEqual(
      link.listings.map(({ name, description }) => [name, description]),
      [
        ['read', 'Does read.'],
        ['write', 'Does write.'],
        ['move', 'Does move.'],
      ],
    );
    assert.deepEqual(await call(server, link), { type: 'result', text: 'read done' });
    await call(server, link, 'move');
    assert.deepEqual(server.calls, ['read', 'move']);
    assert.equal(server.connections, 1);
    await link.close();
  });

  test('[TRC6] a call carries its span, where there is one', async () => {
    const server = new PlayedServer();
    const link = await server.open();
    const traceParent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    const { signal } = new AbortController();
    await link.call('read', { ...request(server), traceParent }, signal);
    await call(server, link);
    assert.deepEqual(server.metas, [
      { 'prism/idempotencyKey': 'sess_x.call_1', traceparent: traceParent },
      { 'prism/idempotencyKey': 'sess_x.call_1' },
    ]);
    await link.close();
  });

  test('[TOL71] a list that has changed is read again', async () => {
    const server = new PlayedServer();
    const link = await server.open();
    const before = link.listings;
    server.pages = [['read', 'paint']];
    server.notify('notifications/tools/list_changed');
    await settle();
    assert.notEqual(link.listings, before);
    assert.deepEqual(
      link.listings.map(({ name }) => name),
      ['read', 'paint'],
    );
    await link.close();
  });

  test('[TOL72] a server that dies fails what it was doing, and is connected again later and later', async () => {
    const server = new PlayedServer();
    const link = await server.open();
    server.answers = { read: 'never' };
    const pending = call(server, link);
    await settle();
    server.dies();
    assert.deepEqual(await pending, UNAVAILABLE);
    assert.deepEqual(await call(server, link), UNAVAILABLE);
    assert.equal(link.listings.length, 2);
    const waitsMs: number[] = [];
    for (let attempt = 2; attempt <= 10; attempt += 1) {
      const fromMs = server.clock.nowMs();
      while (server.connections < attempt) server.clock.advance(100);
      waitsMs.push(server.clock.nowMs() - fromMs);
      await settle();
    }
    assert.deepEqual(waitsMs, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    server.isThere = true;
    server.answers = {};
    server.clock.advance(30_000);
    await settle();
    assert.deepEqual(await call(server, link), { type: 'result', text: 'read done' });
    assert.deepEqual(server.calls, ['read', 'read']);
    await link.close();
  });

  test('[TOL72] a connection that was good for 30 s makes waits begin anew, a shorter one does not', async () => {
    const server = new PlayedServer();
    const link = await server.open();
    const diesAndComes = async (afterMs: number, waitMs: number): Promise<void> => {
      server.clock.advance(afterMs);
      const count = server.connections;
      server.dies();
      server.isThere = true;
      server.clock.advance(waitMs - 1);
      assert.equal(server.connections, count);
      server.clock.advance(1);
      assert.equal(server.connections, count + 1);
      await settle();
    };
    await diesAndComes(10, 500);
    await diesAndComes(10, 1_000);
    await diesAndComes(29_999, 2_000);
    await diesAndComes(30_000, 500);
    await link.close();
  });

  test('[TOL73] a server that is not there at the start may come later', async () => {
    const server = new PlayedServer();
    server.isThere = false;
    const link = await server.open();
    assert.deepEqual(link.listings, []);
    assert.deepEqual(await call(server, link), UNAVAILABLE);
    assert.match(server.reports.find(({ type }) => type === 'unreachable')?.detail ?? '', /ENOENT/);
    server.isThere = true;
    server.clock.advance(500);
    await settle();
    assert.equal(link.listings.length, 2);
    await link.close();
  });

  test('[TOL74] texts are told, other content is named, and errors are errors', async () => {
    const server = new PlayedServer();
    const link = await server.open();
    for (const [answer, outcome] of [
      [
        {
          content: [
            { type: 'text', text: 'one' },
            { type: 'image', data: 'AAAA', mimeType: 'image/png' },
            { type: 'resource', resource: { uri: 'file:///a', text: 'two' } },
            { type: 'resource', resource: { uri: 'file:///b', blob: 'AAAA' } },
            { type: 'resource_link', uri: 'file:///c', name: 'c' },
          ],
        },
        {
          type: 'result',
          text: 'one\n[left out: image/png]\ntwo\n[left out: file:///b]\n[c: file:///c]',
        },
      ],
      [
        { content: [], structuredContent: { a: 1 } },
        { type: 'result', text: '{"a":1}' },
      ],
      [
        { content: [{ type: 'text', text: 'No such file.' }], isError: true },
        { type: 'failed', code: 'tool_failed', message: 'No such file.' },
      ],
      ['error', { type: 'failed', code: 'tool_failed', message: 'files__read failed.' }],
    ] as const) {
      server.answers = { read: answer };
      assert.deepEqual(await call(server, link), outcome);
    }
    assert.equal(server.connections, 1);
    await link.close();
  });

  test('[TOL72] what nobody waits for any more is cancelled, and the connection stays', async () => {
    const server = new PlayedServer();
    const link = await server.open();
    server.answers = { read: 'never' };
    const abort = new AbortController();
    const pending = link.call('read', request(server), abort.signal);
    await settle();
    abort.abort();
    assert.equal((await pending).type, 'failed');
    assert.equal(server.cancelled.length, 1);
    assert.deepEqual(await call(server, link, 'write'), { type: 'result', text: 'write done' });
    assert.equal(server.connections, 1);
    await link.close();
  });

  test('[TOL75] after the end nothing is connected and nothing waits', async () => {
    const server = new PlayedServer();
    const link = await server.open();
    server.dies();
    await link.close();
    await link.close();
    server.clock.advance(120_000);
    assert.equal(server.connections, 1);
    assert.equal(server.clock.armedCount, 0);
    assert.deepEqual(await call(server, link), UNAVAILABLE);
  });
});
