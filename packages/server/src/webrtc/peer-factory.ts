import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Offer, PrismErrorInfo } from '@prism/protocol';
import nodeDataChannel, { type IceUdpMuxListener } from 'node-datachannel';
import type { IceFront } from '../runtime/ports/ice.ts';
import type {
  AcceptedPeer,
  PeerFactory,
  PeerListener,
  PeerOptions,
} from '../runtime/ports/peer.ts';
import { DataChannelPeer } from './data-channel-peer.ts';

export interface PeerFactoryOptions {
  /** The media port, which clients reach; the stack behind it only speaks on this machine. */
  readonly front: IceFront;
  readonly randomUint32: () => number;
}

/** The stack's own address. Nothing from outside reaches it. */
const STACK_ADDRESS = '127.0.0.1';
/** Ports that are tried; each was free a moment before. */
const STACK_PORT_TRIES = 5;

/**
 * Opens WebRTC peers (node-datachannel, libjuice's ICE UDP mux) behind the media port, all on one loopback port.
 *
 * The listener holds that port while no call is on, so that nobody else takes it.
 */
export async function createPeerFactory(options: PeerFactoryOptions): Promise<PeerFactory> {
  let isClosed = false;
  const { listener, stackPort } = await openListener(STACK_PORT_TRIES);
  return {
    accept: (offer, peerListener, peerOptions) =>
      accept({ ...options, ...peerOptions, stackPort }, offer, peerListener),
    close: () => {
      if (isClosed) return;
      isClosed = true;
      listener.stop();
    },
  };
}

async function openListener(
  tries: number,
): Promise<{ readonly listener: IceUdpMuxListener; readonly stackPort: number }> {
  const socket = createSocket('udp4');
  socket.bind(0, STACK_ADDRESS);
  await once(socket, 'listening');
  const { port: stackPort } = socket.address();
  socket.close();
  await once(socket, 'close');
  try {
    return {
      listener: new nodeDataChannel.IceUdpMuxListener(stackPort, STACK_ADDRESS),
      stackPort,
    };
  } catch (error) {
    if (tries <= 1) throw error;
    return openListener(tries - 1);
  }
}

async function accept(
  options: PeerFactoryOptions & PeerOptions & { readonly stackPort: number },
  offer: Offer,
  listener: PeerListener,
): Promise<AcceptedPeer> {
  try {
    const peer = await DataChannelPeer.answer(offer, listener, {
      front: options.front,
      stackPort: options.stackPort,
      stackAddress: STACK_ADDRESS,
      clientAddress: options.clientAddress,
      ssrc: options.randomUint32(),
      dataChannelId: options.dataChannelId,
      reached: options.reached,
    });
    return { isAccepted: true, peer, answerSdp: peer.answerSdp };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const info: PrismErrorInfo = {
      code: 'invalid_sdp',
      message: `The offer can't be answered: ${detail}.`,
    };
    return { isAccepted: false, error: info };
  }
}
