import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import {
  DtlsConnection,
  type DtlsEffect,
  type DtlsInput,
  type DtlsOptions,
  type MonotonicMs,
  type WallMs,
} from '@prism/core';
import { makeOwnCertificate, NODE_DTLS_CRYPTO } from '@prism/server/internal';

/** The machine of DTLS on a socket of loopback, with the clock of this process. */
export class DtlsSocket {
  readonly connection: DtlsConnection;
  readonly effects: DtlsEffect[] = [];
  readonly #socket = createSocket('udp4');
  #peerPort: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: DtlsOptions) {
    this.connection = new DtlsConnection(options);
    this.#socket.on('message', (bytes, { port }) => {
      this.#peerPort = port;
      this.input({ type: 'datagram', bytes });
    });
  }

  /** @param peerPort - Where a client finds its server; a server learns where its client is. */
  static async open(
    role: 'client' | 'server',
    peerCertificateDer: Uint8Array,
    peerPort?: number,
  ): Promise<DtlsSocket> {
    const digest = createHash('sha256').update(peerCertificateDer).digest();
    const socket = new DtlsSocket({
      role,
      crypto: NODE_DTLS_CRYPTO,
      certificate: makeOwnCertificate(Date.now() as WallMs),
      remoteFingerprints: [{ algorithm: 'sha-256', digest }],
      srtpProfiles: ['aead_aes_128_gcm', 'aes128_cm_sha1_80'],
    });
    socket.#peerPort = peerPort;
    socket.#socket.bind(0, '127.0.0.1');
    await once(socket.#socket, 'listening');
    socket.input({ type: 'start' });
    return socket;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Application data that came, as text. */
  get text(): string {
    const data = this.effects.flatMap((effect) => (effect.type === 'data' ? [effect.bytes] : []));
    return Buffer.concat(data).toString();
  }

  /** Why it ended, if it did. */
  get end(): string | undefined {
    return this.effects.find((effect) => effect.type === 'closed')?.reason;
  }

  /** The keys of SRTP as an exporter gives them: client, server, client's salt, server's. */
  exportedKeys(role: 'client' | 'server'): string | undefined {
    const keys = this.effects.find((effect) => effect.type === 'keys');
    if (keys === undefined) return undefined;
    const [client, server] =
      role === 'client' ? [keys.local, keys.remote] : [keys.remote, keys.local];
    return Buffer.concat([client.key, server.key, client.salt, server.salt]).toString('hex');
  }

  input(input: DtlsInput): void {
    const nowMs = performance.now() as MonotonicMs;
    for (const effect of this.connection.handle(input, nowMs)) {
      this.effects.push(effect);
      if (effect.type === 'datagram' && this.#peerPort !== undefined)
        this.#socket.send(effect.bytes, this.#peerPort, '127.0.0.1');
    }
    clearTimeout(this.#timer);
    const { deadlineMs } = this.connection;
    if (deadlineMs === undefined) return;
    const fire = (): void => this.input({ type: 'deadline' });
    this.#timer = setTimeout(fire, Math.ceil(deadlineMs - nowMs));
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#socket.close();
    await once(this.#socket, 'close');
  }
}
