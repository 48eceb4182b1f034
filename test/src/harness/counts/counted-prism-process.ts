/**
 * A Prism in a process of its own that counts what it asks of the system: writes to sockets, datagrams with media, and
 * the handles that are open. Argument: the upstream's base URL. Tells its URL to its
 * parent, then its counts each time that it is asked; the message `close` stops it.
 */
import { Socket as UdpSocket } from 'node:dgram';
import { Socket } from 'node:net';
import { startPrism } from '../prism-under-test.ts';

/** What a process has asked of the system since it began, and has open now. */
export interface SystemCounts {
  readonly socketWrites: number;
  /** Datagrams with RTP in them, protected or not. */
  readonly mediaDatagrams: number;
  readonly liveCalls: number;
  /** What keeps the process alive, by kind. */
  readonly handles: Readonly<Record<string, number>>;
}

const counts = { socketWrites: 0, mediaDatagrams: 0 };

/** Calls `count` before a method of `prototype` runs. */
function watch(prototype: object, name: string, count: (args: readonly unknown[]) => void): void {
  const original: unknown = Reflect.get(prototype, name);
  if (typeof original !== 'function') throw new Error(`There is no ${name}.`);
  Object.defineProperty(prototype, name, {
    configurable: true,
    value(this: unknown, ...args: unknown[]): unknown {
      count(args);
      return Reflect.apply(original, this, args);
    },
  });
}

/** RTP by its version and a payload type of media (RFC 5761, section 4). */
function isMedia(bytes: unknown): boolean {
  if (!(bytes instanceof Uint8Array) || bytes.length < 12) return false;
  const [first = 0, second = 0] = bytes;
  return first >> 6 === 2 && (second & 0x7f) >= 96;
}

const wrote = (): void => {
  counts.socketWrites += 1;
};
watch(Socket.prototype, '_write', wrote);
watch(Socket.prototype, '_writev', wrote);
watch(UdpSocket.prototype, 'send', ([bytes]) => {
  if (isMedia(bytes)) counts.mediaDatagrams += 1;
});

function handles(): Record<string, number> {
  const found: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) found[kind] = (found[kind] ?? 0) + 1;
  return found;
}

const [upstreamUrl] = process.argv.slice(2);
const server = await startPrism({
  upstreamKind: 'realtime',
  upstreamBaseUrl: upstreamUrl,
});
process.on('message', (message) => {
  if (message === 'close') {
    void server.prism.close().then(() => process.disconnect());
    return;
  }
  const told: SystemCounts = { ...counts, liveCalls: server.liveCalls(), handles: handles() };
  process.send?.(told);
});
process.send?.({ url: server.url });
