import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { after, type Clock, type MonotonicMs } from '@prism/core';
import { canonicalAddress } from '@prism/protocol';
import type { ClientPath } from './client-path.ts';
import { TcpConnection } from './tcp-connection.ts';

/** Connections at a time; a further one is closed as it comes. */
const CONNECTION_COUNT_MAX = 1_000;
/** Connections from one address at a time, a balancer's too; a further one is closed as it comes. */
const CONNECTIONS_PER_ADDRESS_MAX = 100;
/** Time that a connection has for its first check with the right password. */
const FIRST_CHECK_MS = 5_000;
/** Silence after which a connection is closed; clients check theirs every few seconds. */
const IDLE_MS = 60_000;

export interface TcpPortOptions {
  readonly port: number;
  readonly bindAddress: string | undefined;
  readonly expectsProxyHeader: boolean;
  /** Whether the PROXY header of a connection from this address is believed; from every one if absent. */
  readonly isBelieved?: (address: string) => boolean;
  readonly clock: Clock;
  /** Takes a datagram; answers whether the connection is a client's. */
  readonly receive: (path: ClientPath, bytes: Uint8Array) => boolean;
  readonly closed: (key: string) => void;
}

export interface TcpPortCounters {
  readonly connections: number;
  readonly connectionsRefused: number;
  /** Closed for want of a check, or for silence. */
  readonly connectionsExpired: number;
}

interface Entry {
  readonly connection: TcpConnection;
  readonly address: string;
  isClient: boolean;
  closesAtMs: MonotonicMs;
}

/** The public TCP port: connections that clients open where UDP doesn't get through. */
export class TcpPort {
  readonly #server: Server;
  readonly #options: TcpPortOptions;
  readonly #entries = new Map<number, Entry>();
  readonly #countByAddress = new Map<string, number>();
  #nextId = 0;
  #connectionsRefused = 0;
  #connectionsExpired = 0;

  private constructor(server: Server, options: TcpPortOptions) {
    this.#server = server;
    this.#options = options;
    server.on('connection', (socket) => this.#accept(socket));
  }

  /** Listens. Throws if the port is taken. */
  static async open(options: TcpPortOptions): Promise<TcpPort> {
    const server = createServer();
    const { port, bindAddress } = options;
    server.listen(bindAddress === undefined ? { port } : { port, host: bindAddress });
    await once(server, 'listening');
    return new TcpPort(server, options);
  }

  get connectionCount(): number {
    return this.#entries.size;
  }

  counters(): TcpPortCounters {
    return {
      connections: this.#entries.size,
      connectionsRefused: this.#connectionsRefused,
      connectionsExpired: this.#connectionsExpired,
    };
  }

  /** Closes what has been silent for too long. */
  sweep(nowMs: MonotonicMs): void {
    for (const { connection, closesAtMs } of this.#entries.values()) {
      if (closesAtMs > nowMs) continue;
      this.#connectionsExpired += 1;
      connection.close();
    }
  }

  async close(): Promise<void> {
    for (const { connection } of this.#entries.values()) connection.close();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(socket: Socket): void {
    const address = canonicalAddress(socket.remoteAddress ?? '') ?? '';
    const sameAddress = this.#countByAddress.get(address) ?? 0;
    const { expectsProxyHeader, isBelieved } = this.#options;
    const isForged = expectsProxyHeader && isBelieved?.(address) === false;
    const isFull = this.#entries.size >= CONNECTION_COUNT_MAX;
    if (isForged || isFull || sameAddress >= CONNECTIONS_PER_ADDRESS_MAX) {
      this.#connectionsRefused += 1;
      socket.destroy();
      return;
    }
    this.#nextId += 1;
    const id = this.#nextId;
    const { clock } = this.#options;
    const connection = new TcpConnection(socket, {
      id,
      expectsProxyHeader,
      receive: (path, bytes) => this.#take(id, path, bytes),
      closed: () => this.#forget(id),
    });
    this.#countByAddress.set(address, sameAddress + 1);
    const closesAtMs = after(clock.nowMs(), FIRST_CHECK_MS);
    this.#entries.set(id, { connection, address, isClient: false, closesAtMs });
  }

  #take(id: number, path: ClientPath, bytes: Uint8Array): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    const isClient = this.#options.receive(path, bytes);
    if (isClient) {
      entry.isClient = true;
      entry.closesAtMs = after(this.#options.clock.nowMs(), IDLE_MS);
    } else if (!entry.isClient) {
      // The first datagram of a client is a check.
      entry.connection.close();
    }
  }

  #forget(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    const left = (this.#countByAddress.get(entry.address) ?? 1) - 1;
    if (left > 0) this.#countByAddress.set(entry.address, left);
    else this.#countByAddress.delete(entry.address);
    this.#options.closed(entry.connection.key);
  }
}
