import assert from 'node:assert/strict';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { after, afterEach, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ToolError, type ToolHandlerContext } from '@prism/server';
import { eventually } from '../harness/eventually.ts';
import { FakeUpstream, type FakeUpstreamSession } from '../harness/fake-upstream.ts';
import { mintSecret } from '../harness/mint-secret.ts';
import { type PrismUnderTest, startPrism } from '../harness/prism-under-test.ts';
import { SocketClient } from '../harness/socket-client.ts';

const KEY = 'sk-prism-test';
const CHILD_PATH = fileURLToPath(new URL('../harness/mcp-child.js', import.meta.url));
const CITY = {
  type: 'object',
  properties: { city: { type: 'string', enum: ['Paris', 'Oslo'] } },
  required: ['city'],
};

type Event = Record<string, unknown>;

/** An agent with a tool of every kind. */
function shop(webhookUrl: string): object {
  const common = { parameters: { type: 'object' }, description: 'A tool.' };
  return {
    instructions: 'You sell umbrellas.',
    tools: [
      { kind: 'function', name: 'get_weather', description: 'Gets the weather.', parameters: CITY },
      { ...common, kind: 'function', name: 'slow', timeoutMs: 300, fillerAfterMs: 100 },
      { ...common, kind: 'function', name: 'failing' },
      { ...common, kind: 'function', name: 'search', onInterruption: 'cancel' },
      { ...common, kind: 'function', name: 'pay', needsConfirmation: true },
      { ...common, kind: 'webhook', name: 'stock', url: webhookUrl, timeoutMs: 200 },
      { ...common, kind: 'client', name: 'show' },
      {
        kind: 'mcp',
        name: 'kit',
        server: { transport: 'stdio', command: process.execPath, args: [CHILD_PATH] },
      },
    ],
  };
}

/** What the tools of the process were asked. */
class Handlers {
  readonly contexts: ToolHandlerContext[] = [];
  readonly paid: unknown[] = [];
  readonly all = {
    get_weather: ({ city }: Event) => `It is clear in ${String(city)}.`,
    slow: async (_args: Event, context: ToolHandlerContext) => this.#never(context),
    failing: () => {
      throw new ToolError('The till is broken.');
    },
    search: async (_args: Event, context: ToolHandlerContext) => this.#never(context),
    pay: (args: Event) => {
      this.paid.push(args);
      return 'paid';
    },
  };

  async #never(context: ToolHandlerContext): Promise<string> {
    this.contexts.push(context);
    return new Promise(() => undefined);
  }
}

suite('tools of an agent', () => {
  let upstream: FakeUpstream;
  let server: PrismUnderTest;
  let webhook: Server;
  let heldAnswers: ServerResponse[] = [];
  let handlers: Handlers;
  const clients: SocketClient[] = [];

  before(async () => {
    upstream = await FakeUpstream.start();
    webhook = createServer((request, response) => {
      request.resume();
      heldAnswers.push(response);
    });
    await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
    const address = webhook.address();
    assert.ok(typeof address === 'object' && address !== null);
    handlers = new Handlers();
    server = await startPrism(
      {
        upstreamKind: 'openai',
        upstreamApiKey: 'sk-test-upstream',
        upstreamBaseUrl: upstream.baseUrl,
        apiKeys: [KEY],
        agents: { shop: shop(`http://127.0.0.1:${address.port}/stock`) },
      },
      { tools: handlers.all },
    );
  });

  after(async () => {
    await server.prism.close();
    await upstream.close();
    webhook.closeAllConnections();
    await new Promise((resolve) => webhook.close(resolve));
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.close();
    await eventually('end of all sessions', () => server.liveCalls() === 0);
    heldAnswers = [];
  });

  /** A browser's session with a client secret for the agent, and the upstream's side of it. */
  async function open(): Promise<{ client: SocketClient; session: FakeUpstreamSession }> {
    const secret = await mintSecret(server.url, {
      key: KEY,
      prism: { agent: 'shop', user: 'ann' },
    });
    const known = upstream.sessions.length;
    const client = await SocketClient.open(server.url, '/v1/realtime', {
      headers: { authorization: `Bearer ${secret}` },
    });
    clients.push(client);
    const session = await eventually('session', () => upstream.sessions[known]);
    const update = await eventually('configuration', () => session.events[0]);
    session.send({
      type: 'session.updated',
      session: { id: 'sess_fake', ...(update['session'] as Event) },
    });
    await eventually('session.created', () => client.eventOf('session.created'));
    return { client, session };
  }

  /** A response of the model that calls this. */
  function calls(
    session: FakeUpstreamSession,
    name: string,
    { callId = 'call_1', args = '{}' } = {},
  ): void {
    const id = `resp_${callId}`;
    session.send({ type: 'response.created', response: { id, status: 'in_progress' } });
    const item = {
      id: `item_${callId}`,
      type: 'function_call',
      status: 'completed',
      name,
      call_id: callId,
      arguments: args,
    };
    session.send({ type: 'conversation.item.added', item });
    session.send({ type: 'response.output_item.done', response_id: id, output_index: 0, item });
    session.send({ type: 'response.done', response: { id, status: 'completed', output: [item] } });
  }

  /** What the model was told of a call, once it was. */
  async function outputOf(session: FakeUpstreamSession, callId = 'call_1'): Promise<string> {
    const item = await eventually(`output of ${callId}`, () =>
      session.events
        .map((event) => event['item'] as Event | undefined)
        .find((one) => one?.['type'] === 'function_call_output' && one['call_id'] === callId),
    );
    return String(item['output']);
  }

  function outputCount(session: FakeUpstreamSession): number {
    return session.texts.filter((text) => text.includes('function_call_output')).length;
  }

  async function createAfter(session: FakeUpstreamSession, count: number): Promise<Event> {
    return eventually(
      `create ${count}`,
      () => session.events.filter(({ type }) => type === 'response.create')[count - 1],
    );
  }

  test('[TOL1] [TOL2] the model is told of all tools, and the browser of none of the server’s', async () => {
    const { client, session } = await open();
    const configured = session.events[0]?.['session'] as { readonly tools: readonly Event[] };
    const { tools } = configured;
    assert.deepEqual(
      tools.map(({ name }) => name),
      [
        'get_weather',
        'slow',
        'failing',
        'search',
        'pay',
        'stock',
        'show',
        'kit__pid',
        'kit__environment',
        'kit__hang',
        'kit__add',
      ],
    );
    calls(session, 'get_weather', { args: '{"city":"Oslo"}' });
    assert.equal(await outputOf(session), 'It is clear in Oslo.');
    await createAfter(session, 1);
    const item = {
      id: 'o',
      type: 'function_call_output',
      call_id: 'call_1',
      output: 'It is clear.',
    };
    session.send({ type: 'conversation.item.added', item });
    session.send({ type: 'rate_limits.updated', rate_limits: [] });
    await eventually('rate limits', () => client.eventOf('rate_limits.updated'));
    assert.doesNotMatch(client.texts.join('\n'), /Oslo|clear|get_weather|umbrellas/);
  });

  test('[TOL6] [TOL22] a slow tool: the model says that it takes long, and then that it took too long', async () => {
    const { session } = await open();
    calls(session, 'slow');
    const filler = await createAfter(session, 1);
    assert.match(JSON.stringify(filler), /still running/);
    session.send({ type: 'response.created', response: { id: 'resp_f', status: 'in_progress' } });
    session.send({ type: 'response.done', response: { id: 'resp_f', status: 'completed' } });
    assert.match(await outputOf(session), /"tool_timeout"/);
    assert.equal((await createAfter(session, 2))['response'], undefined);
    assert.equal(handlers.contexts.at(-1)?.signal.aborted, true);
    assert.equal(handlers.contexts.at(-1)?.user, 'ann');
  });

  test('[TOL7] a failing tool: the model is told what may be told', async () => {
    const { session } = await open();
    calls(session, 'failing');
    assert.deepEqual(JSON.parse(await outputOf(session)), {
      error: { code: 'tool_failed', message: 'The till is broken.' },
    });
    await createAfter(session, 1);
  });

  test('[TOL5] a tool called twice with one id: one effect, one output', async () => {
    const { session } = await open();
    calls(session, 'get_weather', { args: '{"city":"Oslo"}' });
    calls(session, 'get_weather', { args: '{"city":"Paris"}' });
    await createAfter(session, 1);
    calls(session, 'failing', { callId: 'call_2' });
    await outputOf(session, 'call_2');
    assert.equal(outputCount(session), 2);
    assert.equal(await outputOf(session), 'It is clear in Oslo.');
  });

  test('[TOL20] a tool interrupted: it is stopped, and the model knows', async () => {
    const { session } = await open();
    const known = handlers.contexts.length;
    calls(session, 'search');
    const context = await eventually('the search', () => handlers.contexts[known]);
    assert.equal(context.signal.aborted, false);
    session.send({
      type: 'input_audio_buffer.speech_started',
      item_id: 'item_u',
      audio_start_ms: 0,
    });
    assert.match(await outputOf(session), /"cancelled"/);
    assert.equal(context.signal.aborted, true);
  });

  test('[TOL72] an MCP server that dies: the model is told, and the next call finds another', async () => {
    const { session } = await open();
    calls(session, 'kit__pid');
    const pid = Number(await outputOf(session));
    calls(session, 'kit__hang', { callId: 'call_2' });
    await createAfter(session, 1);
    process.kill(pid, 'SIGKILL');
    assert.match(await outputOf(session, 'call_2'), /"mcp_server_unavailable"/);
    await eventually(
      'another child',
      () => server.log.filter(({ event }) => event === 'connected').length === 2,
    );
    calls(session, 'kit__pid', { callId: 'call_3' });
    assert.notEqual(Number(await outputOf(session, 'call_3')), pid);
  });

  test('[TOL65] a webhook that answers late: the model was told, and nothing changes', async () => {
    const { session } = await open();
    calls(session, 'stock');
    const late = await eventually('the request', () => heldAnswers.at(-1));
    assert.match(await outputOf(session), /"tool_timeout"/);
    await createAfter(session, 1);
    late.writeHead(200, { 'content-type': 'application/json' }).end('{"left":3}');
    calls(session, 'failing', { callId: 'call_2' });
    await outputOf(session, 'call_2');
    assert.equal(outputCount(session), 2);
    assert.doesNotMatch(session.texts.join(), /left/);
  });

  test('[TOL30] [TOL31] a payment is made when the browser has confirmed it, once', async () => {
    const { client, session } = await open();
    client.send({ type: 'prism.tool.subscribe' });
    calls(session, 'pay', { args: '{"amount":10,"to":"Ann"}' });
    const asked = await eventually('the question', () =>
      client.eventOf('prism.tool.confirmation_required'),
    );
    assert.deepEqual(asked['arguments'], { amount: 10, to: 'Ann' });
    assert.match(await outputOf(session), /confirmation_required/);
    assert.deepEqual(handlers.paid, []);
    const id = asked['confirmation_id'];
    client.send({ type: 'prism.tool.confirm', confirmation_id: id, approved: true });
    await eventually('the note', () =>
      session.texts.some((text) => text.includes('has confirmed')),
    );
    calls(session, 'pay', { callId: 'call_2', args: '{"amount":1000,"to":"Ann"}' });
    assert.match(await outputOf(session, 'call_2'), /confirmation_required/);
    calls(session, 'pay', { callId: 'call_3', args: '{"to":"Ann","amount":10}' });
    assert.equal(await outputOf(session, 'call_3'), 'paid');
    calls(session, 'pay', { callId: 'call_4', args: '{"to":"Ann","amount":10}' });
    assert.match(await outputOf(session, 'call_4'), /confirmation_required/);
    assert.deepEqual(handlers.paid, [{ amount: 10, to: 'Ann' }]);
  });

  test('[TOL40] [TOL42] the browser carries out its own tool, and forges no other', async () => {
    const { client, session } = await open();
    calls(session, 'show', { args: '{"page":"umbrellas"}' });
    await eventually('the call', () => client.eventOf('response.output_item.done'));
    calls(session, 'search', { callId: 'call_2' });
    for (const callId of ['call_2', 'call_1'])
      client.send({
        type: 'conversation.item.create',
        item: { type: 'function_call_output', call_id: callId, output: 'from the browser' },
      });
    assert.equal(await outputOf(session), 'from the browser');
    assert.equal(outputCount(session), 1);
    await eventually('a refusal', () => client.eventOf('error'));
  });

  test('[TOL12] the end of the session stops what runs', async () => {
    const { client, session } = await open();
    const known = handlers.contexts.length;
    calls(session, 'search');
    const context = await eventually('the search', () => handlers.contexts[known]);
    client.socket.close();
    await eventually('the stop', () => context.signal.aborted);
    await eventually('the log', () =>
      server.log.some(({ msg, outcome }) => msg === 'tool.finished' && outcome === 'aborted'),
    );
  });
});

suite('tools of an agent with the built-in engine', () => {
  test('[TOL2] [TOL3] the user asks, a function of the process runs, and the answer is spoken', async () => {
    const handlers = new Handlers();
    const server = await startPrism(
      {
        upstreamKind: 'engine',
        apiKeys: [KEY],
        agents: {
          guide: {
            session: { output_modalities: ['text'] },
            tools: [
              {
                kind: 'function',
                name: 'get_weather',
                description: 'Gets the weather.',
                parameters: CITY,
              },
            ],
          },
        },
      },
      { tools: handlers.all },
    );
    try {
      const secret = await mintSecret(server.url, { key: KEY, prism: { agent: 'guide' } });
      const headers = { authorization: `Bearer ${secret}` };
      const client = await SocketClient.open(server.url, '/v1/realtime', { headers });
      await eventually('session.created', () => client.eventOf('session.created'));
      const content = [{ type: 'input_text', text: 'Get the weather in Paris' }];
      client.send({
        type: 'conversation.item.create',
        item: { type: 'message', role: 'user', content },
      });
      client.send({ type: 'response.create' });
      const done = await eventually('the answer', () =>
        client.eventOf('response.output_text.done'),
      );
      assert.match(String(done['text']), /clear in Paris/);
      assert.equal(client.eventOf('error'), undefined);
      assert.doesNotMatch(client.texts.join(), /function_call/);
      client.socket.close();
    } finally {
      await server.prism.close();
    }
  });
});
