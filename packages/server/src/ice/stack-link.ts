import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import {
  type IceCredentials,
  isStun,
  parseStunMessage,
  type StunMessage,
  writeBindingSuccess,
  writeNominatingRequest,
} from '@prism/protocol';
import { newIceCredentials } from './ice-credentials.ts';
import { isSealedWith, sealWith } from './ice-seal.ts';

const LOOPBACK = Uint8Array.of(127, 0, 0, 1);
/** Priority of the only pair there is. */
const PRIORITY = 0x6e00_00ff;

/**
 * A loopback socket that is the client to the WebRTC stack.
 *
 * To the stack it is a full ICE agent that controls. It keeps the stack's check unanswered until `connect`, so that
 * DTLS begins when the client can be reached and not before; afterwards it answers every check, since whether the
 * client is still there is the front's business.
 */
export class StackLink {
  readonly credentials: IceCredentials = newIceCredentials('');
  readonly port: number;
  readonly #socket: Socket;
  #receive: (bytes: Uint8Array) => void = () => undefined;
  #stack: IceCredentials | undefined;
  #pendingCheck: Uint8Array | undefined;
  #isConnected = false;
  #isNominated = false;
  #isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.port = socket.address().port;
    socket.on('message', (bytes) => this.#take(bytes));
    // A stack that is gone answers with ICMP; whoever ended it closes this link too.
    socket.on('error', () => undefined);
  }

  /** Opens a link to the stack at `stackPort` of this machine. */
  static async open(stackPort: number): Promise<StackLink> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    socket.connect(stackPort, '127.0.0.1');
    await once(socket, 'connect');
    return new StackLink(socket);
  }

  /** What the stack sends goes to `receive` from now on. */
  listen(receive: (bytes: Uint8Array) => void): void {
    this.#receive = receive;
  }

  /** The stack's side, known from its answer. */
  start(stack: IceCredentials): void {
    this.#stack = stack;
    if (this.#isConnected) this.#nominate();
  }

  /** The client can be reached: from now on the stack may send. */
  connect(): void {
    if (this.#isConnected) return;
    this.#isConnected = true;
    if (this.#pendingCheck !== undefined) this.#answer(this.#pendingCheck);
    this.#pendingCheck = undefined;
    this.#nominate();
  }

  /** Hands one datagram of the client to the stack. */
  send(bytes: Uint8Array): void {
    if (!this.#isClosed) this.#socket.send(bytes);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
  }

  #take(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    if (isStun(bytes)) this.#takeStun(bytes);
    else if (this.#isConnected) this.#receive(bytes);
  }

  #takeStun(bytes: Uint8Array): void {
    const message = parseStunMessage(bytes);
    if (message === undefined) return;
    if (message.kind === 'success') this.#isNominated = true;
    if (message.kind !== 'request' || !this.#isForUs(message, bytes)) return;
    if (!this.#isConnected) {
      this.#pendingCheck = message.transactionId.slice();
      return;
    }
    this.#answer(message.transactionId);
    if (!this.#isNominated) this.#nominate();
  }

  #isForUs({ integrityOffset }: StunMessage, bytes: Uint8Array): boolean {
    return (
      integrityOffset !== undefined && isSealedWith(this.credentials.pwd, bytes, integrityOffset)
    );
  }

  #answer(transactionId: Uint8Array): void {
    const from = { address: LOOPBACK, port: this.#socket.remoteAddress().port };
    this.send(writeBindingSuccess(transactionId, from, sealWith(this.credentials.pwd)));
  }

  #nominate(): void {
    if (this.#stack === undefined) return;
    const request = {
      transactionId: randomBytes(12),
      username: `${this.#stack.ufrag}:${this.credentials.ufrag}`,
      priority: PRIORITY,
    };
    this.send(writeNominatingRequest(request, sealWith(this.#stack.pwd)));
  }
}
