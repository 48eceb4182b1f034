import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { suite, test } from 'node:test';
import { frameDatagram } from '@prism/protocol';
import { TcpConnection, type TcpConnectionOptions } from './tcp-connection.ts';

/** A connection whose datagrams are given to `receive`, and its client's end. */
async function connected(
  receive: TcpConnectionOptions['receive'],
): Promise<{ client: Socket; isClosed: Promise<void>; stop: () => void }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const client = connect(address.port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [Socket];
  const isClosed = new Promise<void>((closed) => {
    const options = { id: 1, expectsProxyHeader: false, receive, closed };
    assert.match(new TcpConnection(socket, options).key, /^tcp/);
  });
  const stop = (): void => {
    client.destroy();
    server.close();
  };
  return { client, isClosed, stop };
}

suite("a client's TCP connection", () => {
  test('[ICE8] what is sent in one turn comes as one, in its order', async () => {
    const { client, stop } = await connected((path, bytes) => {
      for (let count = 0; count < 3; count += 1) path.send(Uint8Array.of(bytes[0] ?? 0, count));
    });
    client.write(frameDatagram(Uint8Array.of(7)));
    const [came] = (await once(client, 'data')) as [Buffer];
    assert.deepEqual(
      came,
      Buffer.concat([0, 1, 2].map((count) => frameDatagram(Uint8Array.of(7, count)))),
    );
    stop();
  });

  test('[ICE8] what a client said before it reset the connection is read before anything is written', async () => {
    const heard: number[] = [];
    const { client, isClosed, stop } = await connected((path, bytes) => {
      heard.push(bytes[0] ?? 0);
      if (bytes[0] !== 1) return;
      // Not amid a read, as what is sent by a timer.
      setImmediate(() => {
        client.write(frameDatagram(Uint8Array.of(2)));
        client.resetAndDestroy();
        path.send(Uint8Array.of(3));
      });
    });
    client.write(frameDatagram(Uint8Array.of(1)));
    await isClosed;
    assert.deepEqual(heard, [1, 2]);
    stop();
  });
});
