import { createHmac, randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket as TcpSocket } from 'node:net';
import { crc32 } from 'node:zlib';
import { ManualClock } from '@prism/core/testing';
import {
  type AnsweringCandidates,
  DatagramReader,
  frameDatagram,
  type IceCredentials,
  type OfferTransport,
  parseStunMessage,
  writeBindingSuccess,
  writeNominatingRequest,
} from '@prism/protocol';
import { type IceTransport, MediaPort } from '@prism/server/internal';
import { freeMediaPort } from './free-port.ts';

/** A client's transport as its offer tells it; of DTLS nothing is read here. */
export const CLIENT: OfferTransport = {
  ufrag: 'client',
  pwd: 'clientpwdclientpwdclient',
  fingerprint: '',
  fingerprints: [],
  setup: 'actpass',
  isLite: false,
};

/** A media port with peers that only note what comes, and clients made by hand. */
export class FrontBench {
  /** What the peers got, without ICE. */
  readonly atPeer: Buffer[] = [];
  /** How often a client was told of as having come. */
  reaches = 0;
  /** How often a client was told of as reached another way, the first one too. */
  moves = 0;
  losses = 0;
  finds = 0;
  readonly faults: unknown[] = [];
  readonly #closers: (() => void)[] = [];

  readonly front: MediaPort;
  readonly clock: ManualClock;
  readonly port: number;

  private constructor(parts: {
    readonly front: MediaPort;
    readonly clock: ManualClock;
    readonly port: number;
  }) {
    this.front = parts.front;
    this.clock = parts.clock;
    this.port = parts.port;
  }

  static async start(
    options: {
      readonly usesTcp?: boolean;
      readonly expectsProxyHeader?: boolean;
      readonly isBelieved?: (address: string) => boolean;
      readonly nodeId?: string;
      readonly beforePacket?: () => void;
    } = {},
  ): Promise<FrontBench> {
    const port = await freeMediaPort();
    const clock = new ManualClock();
    const front = await MediaPort.open({
      mediaPort: port,
      bindAddress: '127.0.0.1',
      usesTcp: true,
      expectsProxyHeader: false,
      nodeId: '',
      addresses: { publicAddresses: [], interfaces: [], networks: [], bindAddress: '127.0.0.1' },
      clock,
      fault: (error) => {
        throw error;
      },
      ...options,
    });
    return new FrontBench({ front, clock, port });
  }

  /** A session as a peer opens it; `isAuthentic` says which packets its SRTP verifies: none unless told. */
  session(isAuthentic: (bytes: Uint8Array) => boolean = () => false): IceTransport {
    const transport: IceTransport = this.front.open(
      { client: CLIENT, clientAddress: '127.0.0.1' },
      {
        reached: () => {
          this.reaches += 1;
        },
        moved: () => {
          this.moves += 1;
        },
        datagram: (bytes) => {
          this.atPeer.push(Buffer.from(bytes));
          if (isAuthentic(bytes)) transport.packetVerified();
        },
        lost: () => {
          this.losses += 1;
        },
        found: () => {
          this.finds += 1;
        },
        failed: (error) => this.faults.push(error),
      },
    );
    return transport;
  }

  async udpClient(): Promise<UdpTestClient> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    this.#closers.push(() => socket.close());
    return new UdpTestClient(socket, this.port);
  }

  async tcpClient(): Promise<TcpTestClient> {
    const socket = connect(this.port, '127.0.0.1');
    await once(socket, 'connect');
    this.#closers.push(() => socket.destroy());
    return new TcpTestClient(socket);
  }

  async close(): Promise<void> {
    for (const close of this.#closers) close();
    await this.front.close();
  }
}

/** A check as a controlling client sends it. */
export function checkFor(
  local: IceCredentials,
  { pwd = local.pwd, priority = 1_000, clientUfrag = CLIENT.ufrag } = {},
): Uint8Array {
  const username = `${local.ufrag}:${clientUfrag}`;
  return writeNominatingRequest(
    { transactionId: randomBytes(12), username, priority },
    { hmac: (bytes) => createHmac('sha1', pwd).update(bytes).digest(), crc32 },
  );
}

/** A packet that looks like RTP of the SSRC 7. */
export function rtp(sequence: number): Buffer {
  const bytes = Buffer.alloc(40);
  bytes[0] = 0x80;
  bytes[1] = 111;
  bytes.writeUInt16BE(sequence, 2);
  bytes.writeUInt32BE(7, 8);
  return bytes;
}

export class UdpTestClient {
  /** Without checks of Prism's. */
  readonly received: Buffer[] = [];
  /** Prism's checks that came. */
  checks = 0;
  /** The password by which those are answered; they aren't if it is undefined. */
  answersWith: string | undefined = CLIENT.pwd;

  readonly #socket: Socket;
  readonly #port: number;

  constructor(socket: Socket, port: number) {
    this.#socket = socket;
    this.#port = port;
    socket.on('message', (bytes) => {
      const message = parseStunMessage(bytes);
      if (message?.kind === 'request') this.#answer(message.transactionId);
      else this.received.push(bytes);
    });
  }

  send(bytes: Uint8Array): void {
    this.#socket.send(bytes, this.#port, '127.0.0.1');
  }

  #answer(transactionId: Uint8Array): void {
    this.checks += 1;
    const pwd = this.answersWith;
    if (pwd === undefined) return;
    const from = { address: Uint8Array.of(127, 0, 0, 1), port: this.#port };
    const hmac = (bytes: Uint8Array): Buffer => createHmac('sha1', pwd).update(bytes).digest();
    this.send(writeBindingSuccess(transactionId, from, { hmac, crc32 }));
  }
}

export class TcpTestClient {
  readonly received: Uint8Array[] = [];
  isClosed = false;
  readonly #reader = new DatagramReader(65_535);

  readonly socket: TcpSocket;

  constructor(socket: TcpSocket) {
    this.socket = socket;
    socket.on('data', (bytes) => this.received.push(...(this.#reader.push(bytes) ?? [])));
    socket.on('close', () => {
      this.isClosed = true;
    });
    socket.on('error', () => undefined);
  }

  send(bytes: Uint8Array): void {
    this.socket.write(frameDatagram(bytes));
  }
}

/** Addresses of candidate lines, with their transport. */
export function told({ candidateLines }: AnsweringCandidates): readonly string[] {
  return candidateLines.map((line) => {
    const [, , transport, , address] = line.split(' ');
    return `${transport} ${address}`;
  });
}
