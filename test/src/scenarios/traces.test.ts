import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createRequire } from 'node:module';
import { after, before, suite, test } from 'node:test';
import type { ToolHandlerContext } from '@prism/server';
import { eventually } from '../harness/eventually.ts';
import { metricSeries } from '../harness/metric-series.ts';
import { mintSecret } from '../harness/mint-secret.ts';
import {
  type PrismOnFakeUpstream,
  startPrismOnFakeUpstream,
} from '../harness/prism-on-fake-upstream.ts';
import { RtcClient } from '../harness/rtc-client.ts';
import { SocketClient } from '../harness/socket-client.ts';
import { tone } from '../harness/tone.ts';
import { type CollectedSpan, TraceCollector } from '../harness/trace-collector.ts';

const require = createRequire(import.meta.url);
const KEY = 'sk-prism-test';
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT_ID = '00f067aa0ba902b7';
const TRACE_PARENT = `00-${TRACE_ID}-${PARENT_ID}-01`;
const HEADERS = { authorization: `Bearer ${KEY}` };

/** Modules of the exporter that this process has loaded. */
function loadedExporters(): readonly string[] {
  return Object.keys(require.cache).filter((path) => path.includes('otlp-exporter-base'));
}

suite('traces', () => {
  let webhook: Server;
  let stockUrl: string;
  const webhookHeaders: IncomingHttpHeaders[] = [];
  const contexts: ToolHandlerContext[] = [];

  before(async () => {
    webhook = createServer((request, response) => {
      webhookHeaders.push(request.headers);
      request.resume();
      response.writeHead(200, { 'content-type': 'text/plain' }).end('three left');
    });
    await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
    const address = webhook.address();
    assert.ok(typeof address === 'object' && address !== null);
    stockUrl = `http://127.0.0.1:${address.port}/stock`;
  });

  after(() => webhook.close());

  async function open(settings: object = {}): Promise<PrismOnFakeUpstream> {
    const common = { parameters: { type: 'object' }, description: 'A tool.' };
    const tools = [
      { ...common, kind: 'function', name: 'weather' },
      { ...common, kind: 'webhook', name: 'stock', url: stockUrl },
    ];
    return startPrismOnFakeUpstream(
      { apiKeys: [KEY], agents: { shop: { instructions: 'Sell.', tools } }, ...settings },
      {
        tools: {
          weather: (_args: unknown, context: ToolHandlerContext) => {
            contexts.push(context);
            return 'clear';
          },
        },
      },
    );
  }

  /** The model calls these tools, and then answers with a second of sound. */
  async function talk(
    server: PrismOnFakeUpstream,
    client: RtcClient,
    tools: readonly string[],
  ): Promise<void> {
    const session = await eventually('upstream', () => server.upstream.sessions.at(-1));
    await eventually('session.update', () => session.events[0]);
    session.send({ type: 'session.updated', session: { type: 'realtime' } });
    await eventually('session.created', () => client.eventOf('session.created'));
    await eventually('media', () => client.isConnected);
    session.send({ type: 'input_audio_buffer.speech_stopped', audio_end_ms: 100, item_id: 'i' });
    session.send({
      type: 'response.created',
      response: { id: 'resp_tools', status: 'in_progress' },
    });
    const output = tools.map((name, index) => ({
      id: `item_${index}`,
      type: 'function_call',
      status: 'completed',
      name,
      call_id: `call_${name}`,
      arguments: '{}',
    }));
    for (const [index, item] of output.entries())
      session.send({
        type: 'response.output_item.done',
        response_id: 'resp_tools',
        output_index: index,
        item,
      });
    session.send({
      type: 'response.done',
      response: { id: 'resp_tools', status: 'completed', output },
    });
    await eventually('results of the tools', () =>
      session.events.some(({ type }) => type === 'response.create'),
    );
    session.answer(tone(400), 'resp_spoken', 'item_spoken');
    await eventually('end of the answer', () => client.eventOf('output_audio_buffer.stopped'));
  }

  test('[TRC1] without a collector nothing of the exporter is loaded, and a trace goes through to tools', async () => {
    const server = await open();
    try {
      const headers = { ...HEADERS, traceparent: TRACE_PARENT };
      const client = await RtcClient.connect(server.url, headers, { query: '?agent=shop' });
      await talk(server, client, ['weather', 'stock']);
      client.close();
      assert.equal(webhookHeaders.at(-1)?.['traceparent'], TRACE_PARENT);
      assert.equal(contexts.at(-1)?.traceParent, TRACE_PARENT);
      assert.deepEqual(loadedExporters(), []);
      const entry = server.log.find(({ msg }) => msg === 'call started');
      assert.equal(entry?.['traceId'], TRACE_ID);
    } finally {
      await server.close();
    }
  });

  test('[TRC3] [TRC4] [TRC5] [TRC6] [TRC10] a collector gets a session as a tree, below the span that caused it', async () => {
    const collector = await TraceCollector.start();
    const server = await open({
      tracesEndpoint: collector.url,
      tracesHeaders: 'x-team=voice%20lab',
      tracesServiceName: 'shop-voice',
    });
    try {
      const headers = { ...HEADERS, traceparent: TRACE_PARENT };
      const client = await RtcClient.connect(server.url, headers, { query: '?agent=shop' });
      await talk(server, client, ['weather', 'stock']);
      client.close();
      await eventually('end of the call', () => server.liveCalls() === 0);
    } finally {
      await server.close();
    }
    await collector.close();
    assert.ok(loadedExporters().length > 0);
    assert.equal(collector.headers[0]?.['x-team'], 'voice lab');
    assert.equal(collector.resources[0]?.['service.name'], 'shop-voice');
    const only = (name: string): CollectedSpan => {
      const found = collector.spans.filter((span) => span.name === name);
      assert.equal(found.length, 1, `${name} among ${collector.spans.map((s) => s.name).join()}`);
      const [span] = found;
      assert.ok(span !== undefined);
      return span;
    };
    const session = only('invoke_agent shop');
    assert.deepEqual(
      [session.traceId, session.parentSpanId, session.kind],
      [TRACE_ID, PARENT_ID, 2],
    );
    assert.equal(session.attributes['gen_ai.provider.name'], 'openai');
    assert.equal(session.attributes['gen_ai.agent.name'], 'shop');
    assert.equal(session.attributes['prism.transport'], 'webrtc');
    assert.ok(collector.spans.every(({ traceId }) => traceId === TRACE_ID));
    for (const span of collector.spans)
      assert.equal(span.hasRemoteParent, span === session, span.name);
    assert.equal(new Set(collector.spans.map(({ spanId }) => spanId)).size, collector.spans.length);
    const belowSession = new Set(collector.childrenOf(session).map(({ name }) => name));
    for (const name of [
      'prism.upstream.dial',
      'prism.setup.answer',
      'prism.setup.dtls',
      'prism.setup.session',
      'prism.turn',
    ])
      assert.ok(belowSession.has(name), `${name} among ${[...belowSession].join()}`);
    assert.equal(only('prism.upstream.dial').kind, 3);
    const turn = only('prism.turn');
    assert.ok(turn.events.includes('first_audio'));
    const belowTurn = collector.childrenOf(turn);
    const names = belowTurn.map(({ name }) => name);
    for (const name of ['prism.turn.tools', 'prism.turn.generation', 'execute_tool weather'])
      assert.ok(names.includes(name), `${name} among ${names.join()}`);
    const responses = belowTurn.filter(({ name }) => name === 'chat gpt-realtime-2.1');
    assert.deepEqual(
      responses.map(({ attributes }) => attributes['gen_ai.response.id']),
      ['resp_tools', 'resp_spoken'],
    );
    assert.equal(responses[1]?.attributes['gen_ai.output.type'], 'speech');
    assert.ok(Number(responses[1]?.attributes['gen_ai.response.time_to_first_chunk']) >= 0);
    const tool = only('execute_tool stock');
    assert.equal(tool.attributes['gen_ai.operation.name'], 'execute_tool');
    assert.equal(tool.attributes['gen_ai.tool.name'], 'stock');
    assert.equal(tool.attributes['gen_ai.tool.call.id'], 'call_stock');
    assert.equal(webhookHeaders.at(-1)?.['traceparent'], `00-${TRACE_ID}-${tool.spanId}-01`);
    for (const span of collector.spans) {
      assert.ok(span.startMs >= session.startMs - 1_000 && span.endMs <= session.endMs + 1_000);
      assert.equal(span.status, 0, span.name);
    }
  });

  test('[TRC3] a client secret carries what its maker said; what its holder says is not believed', async () => {
    const collector = await TraceCollector.start();
    const server = await open({ tracesEndpoint: collector.url });
    try {
      const response = await fetch(`${server.url}/v1/realtime/client_secrets`, {
        method: 'POST',
        headers: { ...HEADERS, traceparent: TRACE_PARENT },
      });
      const { value } = (await response.json()) as { readonly value: string };
      const plain = await mintSecret(server.url, { key: KEY });
      for (const secret of [value, plain]) {
        const forged = TRACE_PARENT.replace('4bf9', '0bad');
        const socket = await SocketClient.open(server.url, '/v1/realtime', {
          headers: { authorization: `Bearer ${secret}`, traceparent: forged },
        });
        await eventually('session.created', () => socket.eventOf('session.created'));
        socket.socket.close();
        await eventually('end of the session', () => server.liveCalls() === 0);
      }
    } finally {
      await server.close();
    }
    await collector.close();
    const sessions = collector.spans.filter(({ name }) => name === 'realtime session');
    assert.equal(sessions.length, 2);
    assert.deepEqual([sessions[0]?.traceId, sessions[0]?.parentSpanId], [TRACE_ID, PARENT_ID]);
    assert.equal(sessions[1]?.parentSpanId, undefined);
    assert.doesNotMatch(collector.texts.join(''), /0bad/);
  });

  test('[TRC7] [TRC8] what is not sampled is not sent; a collector that is gone costs spans, which are counted', async () => {
    const collector = await TraceCollector.start();
    const server = await open({ tracesEndpoint: collector.url, tracesSampleRatio: 0 });
    const connect = async (traceparent?: string): Promise<void> => {
      const headers = { ...HEADERS, ...(traceparent === undefined ? {} : { traceparent }) };
      const socket = await SocketClient.open(server.url, '/v1/realtime', { headers });
      await eventually('session.created', () => socket.eventOf('session.created'));
      socket.socket.close();
      await eventually('end of the session', () => server.liveCalls() === 0);
    };
    try {
      await connect();
      await connect(TRACE_PARENT.replace(/01$/, '00'));
      await collector.close();
      await connect(TRACE_PARENT);
      const failed = await eventually(
        'lost spans',
        () => server.log.find(({ msg }) => msg === 'spans were lost'),
        30_000,
      );
      assert.equal(failed['level'], 40);
      const series = await metricSeries(server.url, HEADERS);
      assert.ok((series.get('prism_trace_spans_total{outcome="failed"}') ?? 0) >= 2);
      assert.equal(series.get('prism_trace_spans_total{outcome="sent"}'), 0);
    } finally {
      await server.close();
    }
    assert.deepEqual(collector.spans, []);
  });
});
