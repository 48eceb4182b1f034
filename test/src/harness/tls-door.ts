import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { makeSelfSignedCertificate, type SelfSignedCertificate } from '@prism/server/internal';

/** TLS in front of a plain port of this machine, for clients that dial `wss:` whatever they are told. */
export class TlsDoor {
  /** What a client has to trust (`ca` of Node's TLS options). */
  readonly certificatePem: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(
    targetPort: number,
    { certificatePem, privateKeyPem }: SelfSignedCertificate,
  ) {
    this.certificatePem = certificatePem;
    this.#server = createServer({ cert: certificatePem, key: privateKeyPem }, (outer) => {
      const inner = connect(targetPort, '127.0.0.1');
      outer.pipe(inner).pipe(outer);
      for (const [socket, other] of [
        [outer, inner],
        [inner, outer],
      ] as const) {
        this.#sockets.add(socket);
        // A side that breaks takes the other with it; the test sees that at its client.
        socket.on('error', () => other.destroy());
        socket.on('close', () => {
          this.#sockets.delete(socket);
          other.destroySoon();
        });
      }
    });
  }

  static async open(targetPort: number): Promise<TlsDoor> {
    const certificate = await makeSelfSignedCertificate({ nowMs: Date.now(), validDayCount: 1 });
    const door = new TlsDoor(targetPort, certificate);
    door.#server.listen(0, '127.0.0.1');
    await once(door.#server, 'listening');
    return door;
  }

  /** The base URL behind the door, as official clients take it. */
  get baseUrl(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string')
      throw new Error('The TLS door is not open.');
    return `https://127.0.0.1:${address.port}/v1`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
