import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, suite, test } from 'node:test';
import type { MonotonicMs, ToolOutcome } from '@prism/core';
import { ManualClock } from '@prism/core/testing';
import { someRequest } from '../testing/tool-request.ts';
import { type WebhookFailure, type WebhookOptions, webhookCall } from './webhook-call.ts';

/** A clock that is always where somebody waits for it to be; remembers how long they waited. */
class HastyClock extends ManualClock {
  readonly waitsMs: number[] = [];

  override setTimer(atMs: MonotonicMs, fire: () => void) {
    const timer = super.setTimer(atMs, fire);
    this.waitsMs.push(atMs - this.nowMs());
    queueMicrotask(() => this.advance(atMs - this.nowMs()));
    return timer;
  }
}

interface Received {
  readonly method: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Answer = (response: ServerResponse) => void;

const FAILED: ToolOutcome = {
  type: 'failed',
  code: 'tool_failed',
  message: 'weather could not be carried out.',
};

function answer(status: number, body: string, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };
}

suite('webhooks', () => {
  const servers: Server[] = [];
  const received: Received[] = [];
  const failures: WebhookFailure[] = [];
  let clock = new HastyClock();

  afterEach(async () => {
    received.length = 0;
    failures.length = 0;
    clock = new HastyClock();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  /** A server that answers each request with the next of these, and then with the last. */
  async function serve(...answers: readonly Answer[]): Promise<string> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const { method, headers } = request;
        received.push({ method, headers, body: Buffer.concat(parts).toString() });
        answers[Math.min(received.length, answers.length) - 1]?.(response);
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    return `http://127.0.0.1:${address.port}/hook`;
  }

  function options(url: string, more: Partial<WebhookOptions> = {}): WebhookOptions {
    const failed = (failure: WebhookFailure): void => void failures.push(failure);
    return { url, secret: undefined, resultBytesMax: 1_000, clock, failed, ...more };
  }

  async function call(
    url: string,
    more: Partial<WebhookOptions> = {},
    signal = new AbortController().signal,
  ): Promise<ToolOutcome> {
    return webhookCall(options(url, more))(someRequest(), signal);
  }

  test('[TOL60] the call is posted as JSON, and what is answered is the result', async () => {
    const url = await serve(answer(200, '{"sky":"clear"}'));
    assert.deepEqual(await call(url), { type: 'result', text: '{"sky":"clear"}' });
    const [request] = received;
    assert.equal(request?.method, 'POST');
    assert.equal(request?.headers['content-type'], 'application/json');
    assert.equal(request?.headers['idempotency-key'], 'sess_x.call_1');
    assert.equal(request?.headers['prism-signature'], undefined);
    assert.deepEqual(JSON.parse(request?.body ?? ''), {
      tool: 'weather',
      call_id: 'call_1',
      arguments: { city: 'Oslo' },
      session_id: 'sess_x',
      agent: 'guide',
      user: 'user 1',
    });
    for (const [body, headers, text] of [
      ['It is clear.', { 'content-type': 'text/plain; charset=utf-8' }, 'It is clear.'],
      ['{}', { 'content-type': 'application/vnd.x+json' }, '{}'],
      ['', {}, '{"status":"done"}'],
    ] as const)
      assert.deepEqual(await call(await serve(answer(200, body, headers))), {
        type: 'result',
        text,
      });
  });

  test('[TOL61] the signature is of the time and the body as sent', async () => {
    const url = await serve(answer(500, ''), answer(200, '{}'));
    await call(url, { secret: 'whsec' });
    assert.equal(received.length, 2);
    for (const { headers, body } of received) {
      const signature = String(headers['prism-signature']);
      const [, timestamp, digest] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
      assert.equal(timestamp, '1800000000');
      const expected = createHmac('sha256', 'whsec').update(`${timestamp}.${body}`).digest('hex');
      assert.equal(digest, expected);
    }
  });

  test('[TOL62] an answer that may get better is asked for again, with the same key', async () => {
    for (const status of [429, 500, 503]) {
      received.length = 0;
      const url = await serve(answer(status, 'busy'), answer(status, ''), answer(200, '"here"'));
      assert.deepEqual(await call(url), { type: 'result', text: '"here"' });
      const keys = received.map(({ headers }) => headers['idempotency-key']);
      assert.deepEqual(keys, ['sess_x.call_1', 'sess_x.call_1', 'sess_x.call_1']);
    }
    assert.deepEqual(clock.waitsMs.slice(0, 2), [250, 500]);
  });

  test('[TOL62] so is a network that fails, three times in all', async () => {
    const url = await serve((response) => response.destroy());
    assert.deepEqual(await call(url), FAILED);
    assert.equal(received.length, 3);
    assert.deepEqual(
      failures.map(({ attempt }) => attempt),
      [1, 2, 3],
    );
    const gone = servers.at(-1);
    gone?.closeAllConnections();
    await new Promise((resolve) => gone?.close(resolve));
    assert.deepEqual(await call(url), FAILED);
    assert.match(failures.at(-1)?.reason ?? '', /ECONNREFUSED/);
  });

  test('[TOL62] Retry-After is kept to, unless the time is over before', async () => {
    const url = await serve(answer(429, '', { 'retry-after': '2' }), answer(200, '{}'));
    assert.equal((await call(url)).type, 'result');
    assert.deepEqual(clock.waitsMs, [2_000]);
    received.length = 0;
    const date = new Date(clock.wallMs() + 5_000).toUTCString();
    const dated = await serve(answer(503, '', { 'retry-after': date }), answer(200, '{}'));
    assert.equal((await call(dated)).type, 'result');
    assert.deepEqual(clock.waitsMs, [2_000, 5_000]);
    received.length = 0;
    const late = await serve(answer(503, '', { 'retry-after': '30' }));
    assert.deepEqual(await call(late), FAILED);
    assert.equal(received.length, 1);
  });

  test('[TOL63] other answers have failed at once, and the model is told none of it', async () => {
    for (const [status, headers, reason] of [
      [404, {}, 'HTTP 404'],
      [401, {}, 'HTTP 401'],
      [302, { location: '/elsewhere' }, 'HTTP 302'],
      [200, { 'content-type': 'image/png' }, 'image/png is neither JSON nor text'],
    ] as const) {
      received.length = 0;
      failures.length = 0;
      const url = await serve(answer(status, 'a secret of the inside', headers));
      assert.deepEqual(await call(url), FAILED);
      assert.equal(received.length, 1);
      assert.deepEqual(failures, [{ tool: 'weather', attempt: 1, reason }]);
    }
  });

  test('[TOL64] of an endless answer no more is read than may be told', async () => {
    let closed: (() => void) | undefined;
    const isClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const url = await serve((response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      const more = (): void => {
        while (response.write('é'.repeat(1_000)));
      };
      response.on('drain', more);
      response.on('close', () => closed?.());
      more();
    });
    const outcome = await call(url);
    assert.ok(outcome.type === 'result');
    assert.match(outcome.text, /^é{500}/);
    // A byte beyond the bound tells that there was more.
    assert.ok(Buffer.byteLength(outcome.text) > 1_000);
    assert.ok(Buffer.byteLength(outcome.text) < 1_010);
    await isClosed;
  });

  test('[TOL65] a request that nobody waits for is dropped, and an answer after that is nothing', async () => {
    const abort = new AbortController();
    let late: ServerResponse | undefined;
    const url = await serve((response) => {
      late = response;
      abort.abort();
    });
    const outcome = await call(url, {}, abort.signal);
    assert.equal(outcome.type, 'failed');
    assert.ok(late !== undefined);
    answer(200, '"late"')(late);
    assert.equal(received.length, 1);
    assert.deepEqual(failures, []);
  });

  test('[TOL65] nobody waits: no further attempt is made', async () => {
    const abort = new AbortController();
    const still = new ManualClock();
    const failed = (): void => queueMicrotask(() => abort.abort());
    const url = await serve(answer(503, ''));
    const outcome = await call(url, { clock: still, failed }, abort.signal);
    assert.equal(outcome.type, 'failed');
    // What it said it waited for is over, and no timer is left behind.
    assert.equal(still.armedCount, 0);
  });
});
