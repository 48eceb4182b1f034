import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { DataChannels, type DataChannelsInput, type MonotonicMs } from '@prism/core';
import { keptEffect, type SeenEffect } from '@prism/core/testing';

/**
 * Prism's data channels over plain UDP, with packets lost both ways in the same order for the same seed. A peer whose
 * socket's buffer is full loses more.
 */
export class SctpOverUdp {
  readonly port: number;
  readonly seen: SeenEffect[] = [];
  readonly channels: DataChannels;
  readonly #socket: Socket;
  readonly #random32: () => number;
  readonly #lossRatio: number;
  #peerPort: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(socket: Socket, network: { lossRatio: number; random32: () => number }) {
    this.#socket = socket;
    this.port = socket.address().port;
    this.#random32 = network.random32;
    this.#lossRatio = network.lossRatio;
    this.channels = new DataChannels({ random32: network.random32 });
    socket.on('message', (bytes, { port }) => {
      this.#peerPort = port;
      if (bytes.length > 1 && !this.#isLost()) this.post({ type: 'packet', bytes });
    });
  }

  static async open(network: { lossRatio: number; random32: () => number }): Promise<SctpOverUdp> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new SctpOverUdp(socket, network);
  }

  /** Whether the other end has said where it is. */
  get hasPeer(): boolean {
    return this.#peerPort !== undefined;
  }

  post(input: DataChannelsInput): void {
    const effects = this.channels.handle(input, performance.now() as MonotonicMs);
    for (const effect of effects) {
      if (effect.type !== 'packet') this.seen.push(keptEffect(effect));
      else if (!this.#isLost()) this.#socket.send(effect.bytes, this.#peerPort ?? 0, '127.0.0.1');
    }
    this.#arm();
  }

  sendText(streamId: number, text: string): void {
    this.post({ type: 'send', streamId, kind: 'text', bytes: Buffer.from(text) });
  }

  /** Texts and bytes that came on a channel. */
  messages(streamId: number): readonly Uint8Array[] {
    return this.seen.flatMap((effect) =>
      effect.type === 'message' && effect.streamId === streamId ? [effect.bytes] : [],
    );
  }

  /** The first effect of a type. */
  first<Type extends SeenEffect['type']>(type: Type): (SeenEffect & { type: Type }) | undefined {
    return this.seen.find((effect): effect is SeenEffect & { type: Type } => effect.type === type);
  }

  /** The first channel that the other end has opened. */
  get remoteChannel(): (SeenEffect & { type: 'channel_opened' }) | undefined {
    return this.seen.find(
      (effect): effect is SeenEffect & { type: 'channel_opened' } =>
        effect.type === 'channel_opened' && effect.isRemote,
    );
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#socket.close();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const { deadlineMs } = this.channels;
    if (deadlineMs === undefined) return;
    const delayMs = Math.max(0, deadlineMs - performance.now());
    this.#timer = setTimeout(() => this.post({ type: 'deadline' }), delayMs);
  }

  #isLost(): boolean {
    return this.#random32() / 2 ** 32 < this.#lossRatio;
  }
}
