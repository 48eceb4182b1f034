import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { canonicalAddress } from '@prism/protocol';
import type { ClientPath } from './client-path.ts';

/** Room in the kernel for datagrams that come while the process is busy; the kernel may give less. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** Takes one datagram. `key` tells its sender from every other one. */
export type DatagramSink = (key: string, bytes: Uint8Array, open: () => ClientPath) => void;

/** What is the same in every datagram of one sender. */
interface Sender {
  readonly address: string;
  readonly key: string;
  readonly open: () => ClientPath;
}

/** Senders remembered, so that their datagrams cost no strings; at more all are forgotten and come again. */
const SENDER_COUNT_MAX = 4_096;

/** The public UDP port. */
export class UdpPort {
  readonly #socket: Socket;
  /** Who sent lately, by port; those of one port with several addresses take turns. */
  readonly #senders = new Map<number, Sender>();
  #unanswerableCount = 0;

  private constructor(socket: Socket, receive: DatagramSink) {
    this.#socket = socket;
    socket.on('message', (bytes, { address, port }) => {
      // Says that it wants no answer (RFC 768). The kernel passes it on, and Node throws where one is sent there.
      if (port === 0) {
        this.#unanswerableCount += 1;
        return;
      }
      const { key, open } = this.#senderAt(address, port);
      receive(key, bytes, open);
    });
    // What the network says of an earlier datagram: the client is silent, which is noticed anyhow.
    socket.on('error', () => undefined);
  }

  /** Binds the port at `bindAddress`, or on every interface, IPv6 too where there is any. Throws if it is taken. */
  static async open(
    port: number,
    bindAddress: string | undefined,
    receive: DatagramSink,
  ): Promise<UdpPort> {
    if (bindAddress !== undefined) {
      return new UdpPort(await bind(port, bindAddress), receive);
    }
    try {
      return new UdpPort(await bind(port, '::'), receive);
    } catch (error) {
      if (!isWithoutIpv6(error)) throw error;
      return new UdpPort(await bind(port, '0.0.0.0'), receive);
    }
  }

  /** Datagrams from port 0, which are dropped. */
  get unanswerableCount(): number {
    return this.#unanswerableCount;
  }

  /** What the kernel gives of the room asked for; Linux counts its own book-keeping in. */
  get receiveBufferBytes(): number {
    return this.#socket.getRecvBufferSize();
  }

  async close(): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #senderAt(address: string, port: number): Sender {
    const known = this.#senders.get(port);
    if (known?.address === address) return known;
    if (this.#senders.size >= SENDER_COUNT_MAX) this.#senders.clear();
    const key = `udp|${address}|${port}`;
    const sender = { address, key, open: () => this.#path(key, address, port) };
    this.#senders.set(port, sender);
    return sender;
  }

  #path(key: string, address: string, port: number): ClientPath {
    return {
      key,
      transport: 'udp',
      address: canonicalAddress(address) ?? address,
      port,
      send: (bytes) => {
        // A copy: what the kernel has no room for at once waits in Node, while the sender's bytes change.
        this.#socket.send(Buffer.from(bytes), port, address);
        return true;
      },
      close: () => undefined,
    };
  }
}

async function bind(port: number, address: string): Promise<Socket> {
  const socket = createSocket({
    type: address.includes(':') ? 'udp6' : 'udp4',
    // Addresses come as numbers; looking them up would cost every datagram a turn of the event loop.
    lookup: (host, _options, done) => done(null, host, host.includes(':') ? 6 : 4),
  });
  try {
    // Asked for first: without a look-up to wait for, binding tells at once.
    const listening = once(socket, 'listening');
    socket.bind(port, address);
    await listening;
  } catch (error) {
    socket.close();
    throw error;
  }
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  } catch {
    // The system's own size it is.
  }
  return socket;
}

function isWithoutIpv6(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL' || code === 'EINVAL';
}
