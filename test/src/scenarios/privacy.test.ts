import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { after, before, suite, test } from 'node:test';
import { eventually } from '../harness/eventually.ts';
import type { FakeUpstreamSession } from '../harness/fake-upstream.ts';
import { mintSecret } from '../harness/mint-secret.ts';
import {
  type PrismOnFakeUpstream,
  startPrismOnFakeUpstream,
} from '../harness/prism-on-fake-upstream.ts';
import { RtcClient } from '../harness/rtc-client.ts';
import { SocketClient } from '../harness/socket-client.ts';
import { tone } from '../harness/tone.ts';
import { TraceCollector } from '../harness/trace-collector.ts';

/** What a person is called, or says, or is told: at info nowhere, at debug under `pii` alone. */
const WORDS = {
  user: 'canary-user-annabel',
  variable: 'canary-variable-annabel',
  instructions: 'canary-instructions',
  typed: 'canary typed words',
  said: 'canary said words',
  answered: 'canary answered words',
  argument: 'canary-argument',
  result: 'canary-result',
  thrown: 'canary-thrown',
  answeredByWebhook: 'canary-webhook-words',
  garbage: 'canary-garbage',
  unknown: 'canary-unknown',
  locked: 'canary-locked',
} as const;

/** What opens something: nowhere, at any level. */
const KEYS = {
  server: 'sk-canary-server-key',
  upstream: 'sk-canary-upstream-key',
  token: 'canary token key of more than thirty-two characters',
  webhook: 'canary-webhook-secret',
  collector: 'canary-collector-key',
} as const;

const TOOL = { parameters: { type: 'object' }, description: 'A tool.' };

suite('privacy', () => {
  let webhook: Server;
  let hookUrl: string;

  before(async () => {
    webhook = createServer((request, response) => {
      request.resume();
      response.writeHead(400).end(WORDS.answeredByWebhook);
    });
    await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
    const address = webhook.address();
    assert.ok(typeof address === 'object' && address !== null);
    hookUrl = `http://127.0.0.1:${address.port}/hook`;
  });

  after(() => webhook.close());

  async function open(logLevel: string, collector: TraceCollector): Promise<PrismOnFakeUpstream> {
    const tools = [
      { ...TOOL, kind: 'function', name: 'answering' },
      { ...TOOL, kind: 'function', name: 'throwing' },
      { ...TOOL, kind: 'webhook', name: 'hook', url: hookUrl, secretEnv: 'HOOK_SECRET' },
    ];
    const instructions = `${WORDS.instructions} for {{name}}`;
    return startPrismOnFakeUpstream(
      {
        logLevel,
        apiKeys: [KEYS.server],
        tokenKeys: [KEYS.token],
        upstreamApiKey: KEYS.upstream,
        agents: { guide: { instructions, variables: { name: {} }, tools } },
        tracesEndpoint: collector.url,
        tracesHeaders: `authorization=${KEYS.collector}`,
      },
      {
        environment: { HOOK_SECRET: KEYS.webhook },
        tools: {
          answering: () => WORDS.result,
          throwing: () => {
            throw new Error(WORDS.thrown);
          },
        },
      },
    );
  }

  /** Calls of tools with words in their arguments. */
  function callTools(session: FakeUpstreamSession): void {
    session.send({ type: 'response.created', response: { id: 'r1', status: 'in_progress' } });
    const output = ['answering', 'throwing', 'hook'].map((name, index) => ({
      id: `call_item_${index}`,
      type: 'function_call',
      status: 'completed',
      name,
      call_id: `call_${name}`,
      arguments: JSON.stringify({ word: WORDS.argument }),
    }));
    for (const [index, item] of output.entries())
      session.send({
        type: 'response.output_item.done',
        response_id: 'r1',
        output_index: index,
        item,
      });
    session.send({ type: 'response.done', response: { id: 'r1', status: 'completed', output } });
  }

  /** A conversation with words in everything that has room for them. */
  async function converse(session: FakeUpstreamSession): Promise<void> {
    await eventually('session.update', () => session.events[0]);
    session.send({ type: 'session.updated', session: { type: 'realtime' } });
    session.send({ type: 'input_audio_buffer.committed', item_id: 'said', previous_item_id: null });
    session.send({
      type: 'conversation.item.added',
      item: { id: 'said', type: 'message', role: 'user', content: [{ type: 'input_audio' }] },
    });
    session.send({
      type: 'conversation.item.input_audio_transcription.completed',
      item_id: 'said',
      content_index: 0,
      transcript: WORDS.said,
    });
    callTools(session);
    await eventually(
      'results of the tools',
      () => session.texts.filter((text) => text.includes('function_call_output')).length >= 3,
    );
    session.send({
      type: 'conversation.item.added',
      item: { id: 'answer', type: 'message', role: 'assistant', content: [] },
    });
    const part = { response_id: 'r2', item_id: 'answer', output_index: 0, content_index: 0 };
    const answered = { ...part, transcript: WORDS.answered };
    session.send({ type: 'response.created', response: { id: 'r2', status: 'in_progress' } });
    session.send({
      ...part,
      type: 'response.output_audio_transcript.delta',
      delta: WORDS.answered,
    });
    session.send({ ...answered, type: 'response.output_audio_transcript.done' });
    session.answer(tone(200), 'r2', 'answer');
    session.send({
      type: 'error',
      error: { type: 'server_error', code: 'x', message: WORDS.said },
    });
    session.sendText(`{"type": ${WORDS.garbage}`);
    session.send({ type: `something.new`, text: WORDS.unknown });
  }

  async function everything(logLevel: string): Promise<{
    readonly lines: readonly string[];
    readonly spans: string;
    readonly metrics: string;
    readonly timelines: string;
    readonly secret: string;
  }> {
    const collector = await TraceCollector.start();
    const server = await open(logLevel, collector);
    const prism = { agent: 'guide', user: WORDS.user, variables: { name: WORDS.variable } };
    const secret = await mintSecret(server.url, { key: KEYS.server, prism });
    let metrics = '';
    let timelines = '';
    try {
      const socket = await SocketClient.open(server.url, '/v1/realtime', {
        headers: { authorization: `Bearer ${secret}` },
      });
      await converse(await eventually('upstream', () => server.upstream.sessions[0]));
      const content = [{ type: 'input_text', text: WORDS.typed }];
      socket.send({
        type: 'conversation.item.create',
        item: { type: 'message', role: 'user', content },
      });
      socket.send({
        type: 'session.update',
        session: { type: 'realtime', instructions: WORDS.locked },
      });
      socket.send(WORDS.garbage);
      socket.send({ type: WORDS.unknown, event_id: WORDS.unknown });
      socket.send({ type: `prism.${WORDS.unknown}` });
      socket.send({
        type: 'session.update',
        session: { type: 'realtime', [WORDS.locked]: WORDS.locked },
      });
      await eventually(
        'refusals',
        () => socket.events.filter(({ type }) => type === 'error').length >= 3,
      );
      socket.socket.close();
      const call = await RtcClient.connect(server.url, { authorization: `Bearer ${secret}` });
      await converse(await eventually('another upstream', () => server.upstream.sessions[1]));
      await eventually('end of the answer', () => call.eventOf('output_audio_buffer.stopped'));
      const closeReason = `${WORDS.said} ${KEYS.upstream}`;
      server.upstream.sessions[1]?.close(4000, closeReason);
      await eventually('end of the call', () => call.eventOf('error'));
      call.close();
      await eventually('end of all calls', () => server.liveCalls() === 0);
      for (const key of [`${KEYS.server}-wrong`, KEYS.server])
        await fetch(`${server.url}/v1/realtime/calls?name=${WORDS.variable}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/sdp' },
          body: WORDS.garbage,
        });
      const headers = { authorization: `Bearer ${KEYS.server}` };
      metrics = await (await fetch(`${server.url}/metrics`, { headers })).text();
      const sessionsUrl = `${server.url}/v1/prism/sessions`;
      const list: unknown = await (await fetch(`${sessionsUrl}?state=ended`, { headers })).json();
      const { data } = list as { readonly data: readonly { readonly id: string }[] };
      for (const { id } of data)
        timelines += await (await fetch(`${sessionsUrl}/${id}`, { headers })).text();
    } finally {
      await server.close();
      await collector.close();
    }
    return {
      lines: server.log.map((entry) => JSON.stringify(entry)),
      spans: collector.texts.join(''),
      metrics,
      timelines,
      secret,
    };
  }

  /** Of these the ones that are in a text. */
  function found(text: string, canaries: Readonly<Record<string, string>>): readonly string[] {
    return Object.keys(canaries).filter((name) => text.includes(canaries[name] ?? ''));
  }

  test('[LOG2] [LOG4] [TRC9] [MET5] at info nothing that people say or are is in logs, spans or metrics, and no key', async () => {
    const { lines, spans, metrics, secret } = await everything('info');
    assert.ok(lines.length > 20);
    const log = lines.join('\n');
    for (const text of [log, spans, metrics]) {
      assert.deepEqual(found(text, WORDS), []);
      assert.deepEqual(found(text, { ...KEYS, secret }), []);
      assert.doesNotMatch(text, /canary/);
    }
    assert.match(log, /a tool has thrown/);
    assert.match(log, /"msg":"transcript\.final"/);
    assert.match(spans, /execute_tool answering/);
    assert.match(metrics, /prism_tool_anomalies_total\{kind="thrown"\} 2/);
  });

  test('[TML16] [SNS3] nothing that people say is in the timelines of sessions, and no key', async () => {
    const { timelines, secret } = await everything('info');
    assert.match(timelines, /"type":"policy\.denied"/);
    const { user, ...said } = WORDS;
    assert.deepEqual(found(timelines, said), []);
    assert.deepEqual(found(timelines, { ...KEYS, secret }), []);
    // What the application calls its user is told to those who ask with its key.
    assert.ok(timelines.includes(user));
  });

  test('[LOG3] [LOG4] at debug it is under pii and nowhere else, and still no key', async () => {
    const { lines, spans, secret } = await everything('debug');
    const log = lines.join('\n');
    assert.deepEqual(found(log, { ...KEYS, secret }), []);
    assert.doesNotMatch(spans, /canary/);
    const { user, said, thrown } = WORDS;
    assert.deepEqual(found(log, { user, said, thrown }), ['user', 'said', 'thrown']);
    const withoutPii = lines.map((line) =>
      JSON.stringify(JSON.parse(line), (key, value: unknown) =>
        key === 'pii' ? undefined : value,
      ),
    );
    assert.deepEqual(found(withoutPii.join('\n'), WORDS), []);
  });

  test('[LOG1] entries of a session say which one, of which agent, in which trace', async () => {
    const collector = await TraceCollector.start();
    const server = await open('info', collector);
    try {
      const prism = { agent: 'guide', user: WORDS.user, variables: { name: 'n' } };
      const secret = await mintSecret(server.url, { key: KEYS.server, prism });
      const headers = { authorization: `Bearer ${secret}` };
      const socket = await SocketClient.open(server.url, '/v1/realtime', { headers });
      socket.socket.close();
      await eventually('end of the session', () => server.liveCalls() === 0);
    } finally {
      await server.close();
      await collector.close();
    }
    const entries = server.log.filter((entry) => entry['callId'] !== undefined);
    assert.ok(entries.length >= 2);
    const [span] = collector.spans;
    for (const entry of entries) {
      assert.match(String(entry['callId']), /^rtc_/);
      assert.equal(entry['agent'], 'guide');
      assert.equal(entry['traceId'], span?.traceId);
      assert.equal(typeof entry['time'], 'string');
      assert.equal(entry['level'], 30);
    }
  });
});
