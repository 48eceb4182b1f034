import { after, type Clock, type Timer } from '@prism/core';
import type { WebSocket } from 'ws';

/** A socket that hasn't answered a ping by the next one is gone. */
const PING_INTERVAL_MS = 20_000;
/** How long sockets have for their close handshake when the server ends. */
const CLOSE_TIMEOUT_MS = 1_000;

/** Keeps an eye on the open sockets of a server: ends those that are gone, and all of them in the end. */
export class SocketKeeper {
  readonly #clock: Clock;
  readonly #sockets: ReadonlySet<WebSocket>;
  readonly #silent = new WeakSet<WebSocket>();
  #pingTimer: Timer | undefined;
  #isClosed = false;

  /** @param sockets - Those that are open, kept up to date by their server. */
  constructor(clock: Clock, sockets: ReadonlySet<WebSocket>) {
    this.#clock = clock;
    this.#sockets = sockets;
  }

  /** Watches a socket that has just been opened. */
  watch(socket: WebSocket): void {
    socket.on('pong', () => this.#silent.delete(socket));
    this.#pingTimer ??= this.#schedulePing();
  }

  /** Waits until every socket is closed, and cuts those that take too long. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#pingTimer?.cancel();
    if (this.#sockets.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.setTimer(after(this.#clock.nowMs(), CLOSE_TIMEOUT_MS), () => {
        for (const socket of this.#sockets) socket.terminate();
      });
      for (const socket of this.#sockets) {
        socket.once('close', () => {
          if (this.#sockets.size > 0) return;
          timer.cancel();
          resolve();
        });
      }
    });
  }

  /** Pings as long as there are sockets. */
  #schedulePing(): Timer {
    return this.#clock.setTimer(after(this.#clock.nowMs(), PING_INTERVAL_MS), () => {
      for (const socket of this.#sockets) {
        if (this.#silent.has(socket)) socket.terminate();
        this.#silent.add(socket);
        socket.ping();
      }
      const isNeeded = this.#sockets.size > 0 && !this.#isClosed;
      this.#pingTimer = isNeeded ? this.#schedulePing() : undefined;
    });
  }
}
