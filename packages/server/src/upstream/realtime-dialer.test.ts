import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import { WebSocketServer } from 'ws';
import type { UpstreamFailed } from '../runtime/ports/upstream.ts';
import { createRealtimeDialer } from './realtime-dialer.ts';

suite('the dialer of upstreams', () => {
  test('[TCK6] what wants to run before each message does', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    server.on('connection', (socket) => {
      for (const event_id of ['a', 'b', 'c'])
        socket.send(JSON.stringify({ type: 'input_audio_buffer.cleared', event_id }));
    });
    const seen: string[] = [];
    const dialer = createRealtimeDialer({
      url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      headers: {},
      handshakeTimeoutMs: 5_000,
      beforeMessage: () => seen.push('before'),
    });
    const upstream = await new Promise<ReturnType<typeof dialer.dial>>((resolve, reject) => {
      const dialed = dialer.dial(
        {
          ready: () => undefined,
          event: (_decoded, text) => {
            seen.push((JSON.parse(text) as { event_id: string }).event_id);
            if (seen.length === 6) resolve(dialed);
          },
          audio: () => undefined,
          delta: () => undefined,
          failed: ({ summary }) => reject(new Error(summary)),
        },
        { intent: 'realtime', model: undefined, audio: 'decoded', headers: {} },
      );
    });
    upstream.close();
    await new Promise((resolve) => server.close(resolve));
    assert.deepEqual(seen, ['before', 'a', 'before', 'b', 'before', 'c']);
  });

  test('[WIR11] one that reads nothing any more ends, when 32 MiB wait for it', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    server.on('connection', (socket) => socket.pause());
    const dialer = createRealtimeDialer({
      url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      headers: {},
      handshakeTimeoutMs: 5_000,
    });
    const failures: UpstreamFailed[] = [];
    let ready: () => void = () => undefined;
    const isReady = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const upstream = dialer.dial(
      {
        ready,
        event: () => undefined,
        audio: () => undefined,
        delta: () => undefined,
        failed: (failure) => failures.push(failure),
      },
      { intent: 'realtime', model: undefined, audio: 'decoded', headers: {} },
    );
    await isReady;
    const tenSeconds = new Int16Array(240_000);
    let bytesMost = 0;
    for (let count = 0; count < 100 && failures.length === 0; count += 1) {
      upstream.append(tenSeconds);
      bytesMost = Math.max(bytesMost, upstream.bufferedBytes);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(
      failures.map(({ reason, error }) => [reason, error.code, error.message]),
      [['upstream_lost', 'upstream_lost', 'The upstream has stopped reading: 32 MiB wait for it.']],
    );
    assert.ok(bytesMost > 32 * 2 ** 20 && bytesMost < 33 * 2 ** 20, String(bytesMost));
    upstream.append(tenSeconds);
    upstream.send('{}');
    for (const socket of server.clients) socket.terminate();
    await new Promise((resolve) => server.close(resolve));
    assert.equal(failures.length, 1);
  });
});
