import type { Socket } from 'node:net';
import {
  canonicalAddress,
  DatagramReader,
  frameDatagram,
  PROXY_HEADER_BYTES_MAX,
  parseProxyHeader,
} from '@prism/protocol';
import type { ClientPath } from './client-path.ts';

/** Longest datagram that a client may send; RTP, DTLS and SCTP keep below a link's MTU. */
const DATAGRAM_BYTES_MAX = 4_096;
/** What may wait for a client that reads slowly. Beyond it media is dropped, as a congested network would. */
const SEND_BUFFER_BYTES_MAX = 64 * 1024;

/** Time for the last bytes to a client that reads slowly. */
const LAST_WORDS_MS = 250;

export interface TcpConnectionOptions {
  readonly id: number;
  /** Whether a balancer says first whom it speaks for. */
  readonly expectsProxyHeader: boolean;
  readonly receive: (path: ClientPath, bytes: Uint8Array) => void;
  readonly closed: () => void;
}

/**
 * One client's TCP connection as a path: datagrams in RFC 4571's frames (RFC 6544, passive side).
 *
 * What is sent in a turn of the event loop is written at its end, after what has come was read. A client that hangs up
 * says so and closes; a write that fails then would end the socket with all that wasn't read yet, its last words.
 */
export class TcpConnection {
  readonly #socket: Socket;
  readonly #options: TcpConnectionOptions;
  readonly #reader = new DatagramReader(DATAGRAM_BYTES_MAX);
  #proxyRest: Buffer | undefined;
  #path: ClientPath;
  #isClosed = false;
  #isGathering = false;
  readonly #write = (): void => {
    this.#isGathering = false;
    this.#socket.uncork();
  };

  constructor(socket: Socket, options: TcpConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#proxyRest = options.expectsProxyHeader ? Buffer.alloc(0) : undefined;
    this.#path = this.#pathFor(socket.remoteAddress ?? '', socket.remotePort ?? 0);
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('error', () => this.close());
    socket.on('close', () => this.close());
  }

  get key(): string {
    return this.#path.key;
  }

  /** Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.destroy();
    this.#options.closed();
  }

  /** Closes when what was sent is out, such as DTLS's last words. */
  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.setTimeout(LAST_WORDS_MS, () => this.#socket.destroy());
    this.#socket.destroySoon();
    this.#options.closed();
  }

  /** What is sent from here on is written at the end of this turn. */
  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.#socket.cork();
    setImmediate(this.#write);
  }

  #take(bytes: Buffer): void {
    const own = this.#withoutProxyHeader(bytes);
    if (own === undefined || this.#isClosed) return;
    const datagrams = this.#reader.push(own);
    if (datagrams === undefined) return this.close();
    for (const datagram of datagrams) {
      if (!this.#isClosed) this.#options.receive(this.#path, datagram);
    }
  }

  /** What is the connection's own; undefined while the balancer's header isn't there yet. */
  #withoutProxyHeader(bytes: Buffer): Buffer | undefined {
    if (this.#proxyRest === undefined) return bytes;
    const all = Buffer.concat([this.#proxyRest, bytes]);
    const header = parseProxyHeader(all);
    if (header.state === 'incomplete' && all.length <= PROXY_HEADER_BYTES_MAX) {
      this.#proxyRest = all;
      return undefined;
    }
    if (header.state !== 'complete') {
      this.close();
      return undefined;
    }
    this.#proxyRest = undefined;
    const { source, sizeBytes } = header;
    if (source !== undefined) this.#path = this.#pathFor(source.address, source.port);
    return all.subarray(sizeBytes);
  }

  #pathFor(address: string, port: number): ClientPath {
    return {
      key: `tcp|${this.#options.id}`,
      transport: 'tcp',
      address: canonicalAddress(address) ?? address,
      port,
      send: (bytes) => {
        if (this.#isClosed || this.#socket.writableLength > SEND_BUFFER_BYTES_MAX) return false;
        this.#gather();
        this.#socket.write(frameDatagram(bytes));
        return true;
      },
      close: () => this.#end(),
    };
  }
}
