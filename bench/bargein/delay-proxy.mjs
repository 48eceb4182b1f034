// A network between one page and a server: every datagram arrives half a round trip later, in order.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** Datagrams on their way; what comes beyond is lost and counted. */
const WAITING_COUNT_MAX = 10_000;

export class DelayProxy {
  #front = createSocket('udp4');
  #server = createSocket('udp4');
  #serverPort;
  #client;
  #oneWayMs;
  #onDown;
  #waiting = [];
  #timer;
  lostCount = 0;

  /** `onDown` sees each datagram of the server when it leaves the server. */
  static async open({ serverPort, rttMs, onDown }) {
    const proxy = new DelayProxy();
    proxy.#serverPort = serverPort;
    proxy.#oneWayMs = rttMs / 2;
    proxy.#onDown = onDown;
    proxy.#front.on('message', (bytes, from) => {
      proxy.#client = from;
      proxy.#later(() => proxy.#server.send(bytes, proxy.#serverPort, '127.0.0.1'));
    });
    proxy.#server.on('message', (bytes) => {
      proxy.#onDown(bytes, performance.timeOrigin + performance.now());
      const client = proxy.#client;
      proxy.#later(() => proxy.#front.send(bytes, client.port, client.address));
    });
    proxy.#front.bind(0, '127.0.0.1');
    proxy.#server.bind(0, '127.0.0.1');
    await Promise.all([once(proxy.#front, 'listening'), once(proxy.#server, 'listening')]);
    return proxy;
  }

  get port() {
    return this.#front.address().port;
  }

  close() {
    clearTimeout(this.#timer);
    this.#waiting = [];
    this.#front.close();
    this.#server.close();
  }

  #later(action) {
    if (this.#oneWayMs === 0) return action();
    if (this.#waiting.length >= WAITING_COUNT_MAX) {
      this.lostCount += 1;
      return;
    }
    this.#waiting.push({ dueMs: performance.now() + this.#oneWayMs, action });
    if (this.#waiting.length === 1) this.#arm();
  }

  #arm() {
    const [next] = this.#waiting;
    if (next)
      this.#timer = setTimeout(() => this.#run(), Math.max(0, next.dueMs - performance.now()));
  }

  #run() {
    while (this.#waiting[0]?.dueMs <= performance.now()) this.#waiting.shift().action();
    this.#arm();
  }
}
