import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { DatagramReader, frameDatagram } from '@prism/protocol';

/** Longest datagram of a peer. */
const DATAGRAM_BYTES_MAX = 2_048;

/** A port of this machine behind which, over TCP, the server's media port is. */
export interface TcpBridge {
  readonly port: number;
  close(): void;
}

/**
 * Lends a WebRTC stack that speaks UDP alone an active TCP candidate (RFC 6544): what it sends to the port goes over
 * one connection, framed (RFC 4571), and back.
 */
export async function openTcpBridge(remote: {
  readonly address: string;
  readonly port: number;
}): Promise<TcpBridge> {
  const udp = createSocket('udp4');
  udp.bind(0, '127.0.0.1');
  await once(udp, 'listening');
  const tcp = connect({ host: remote.address, port: remote.port, noDelay: true });
  const reader = new DatagramReader(DATAGRAM_BYTES_MAX);
  let stackPort: number | undefined;
  udp.on('message', (bytes, { port }) => {
    stackPort = port;
    tcp.write(frameDatagram(bytes));
  });
  tcp.on('data', (bytes) => {
    for (const datagram of reader.push(bytes) ?? []) {
      if (stackPort !== undefined) udp.send(datagram, stackPort, '127.0.0.1');
    }
  });
  // A connection that fails is one on which nothing ever connects, which the call tells.
  tcp.on('error', () => undefined);
  udp.on('error', () => undefined);
  return {
    port: udp.address().port,
    close: () => {
      tcp.destroy();
      udp.close();
    },
  };
}
