import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP door before a server: whoever comes through is kept waiting, each connection for the same time. */
export class LateDoor {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: URL, delayMs: number) {
    this.#server = createServer((caller) => {
      this.#sockets.add(caller);
      caller.on('error', () => caller.destroy());
      setTimeout(() => {
        const called = connect(Number(target.port), target.hostname);
        this.#sockets.add(called);
        called.on('error', () => caller.destroy());
        caller.pipe(called).pipe(caller);
      }, delayMs);
    });
  }

  static async open(url: string, delayMs: number): Promise<LateDoor> {
    const door = new LateDoor(new URL(url), delayMs);
    door.#server.listen(0, '127.0.0.1');
    await once(door.#server, 'listening');
    return door;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
