import type { Offer, PrismErrorInfo } from '@prism/protocol';
import nodeDataChannel, { type IceUdpMuxListener } from 'node-datachannel';
import type { AcceptedPeer, PeerFactory, PeerListener } from '../runtime/ports/peer.ts';
import { DataChannelPeer } from './data-channel-peer.ts';

/** Raised at start when the media port can't be used. */
export class MediaPortError extends Error {
  override readonly name = 'MediaPortError';
}

export interface PeerFactoryOptions {
  /** The one UDP port of all peers. */
  readonly mediaPort: number;
  /** Local address the media port is bound to; all interfaces if absent. */
  readonly bindAddress: string | undefined;
  readonly randomUint32: () => number;
  /** The stack's own warnings and errors. */
  readonly warn: (message: string) => void;
}

/**
 * Opens the media port for WebRTC peers (node-datachannel, libjuice's ICE UDP mux).
 *
 * The listener holds the port while no call is on, so that nobody else takes it. Throws {@link MediaPortError} if
 * the port is in use.
 */
export function createPeerFactory(options: PeerFactoryOptions): PeerFactory {
  let isStarted = false;
  nodeDataChannel.initLogger('Warning', (level, message) => {
    // While the port is being opened the stack's complaint is told by the error below.
    if (isStarted) options.warn(`${level}: ${message}`);
  });
  const listener = openListener(options);
  isStarted = true;
  return {
    accept: (offer, peerListener) => accept(options, offer, peerListener),
    close: () => {
      listener.stop();
      nodeDataChannel.cleanup();
    },
  };
}

function openListener(options: PeerFactoryOptions): IceUdpMuxListener {
  try {
    return new nodeDataChannel.IceUdpMuxListener(options.mediaPort, options.bindAddress);
  } catch (cause) {
    throw new MediaPortError(`UDP port ${options.mediaPort} can't be opened for media.`, { cause });
  }
}

async function accept(
  options: PeerFactoryOptions,
  offer: Offer,
  listener: PeerListener,
): Promise<AcceptedPeer> {
  try {
    const peer = await DataChannelPeer.answer(offer, listener, {
      mediaPort: options.mediaPort,
      bindAddress: options.bindAddress,
      ssrc: options.randomUint32(),
    });
    return { isAccepted: true, peer };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const info: PrismErrorInfo = {
      code: 'invalid_sdp',
      message: `The offer can't be answered: ${detail}.`,
    };
    return { isAccepted: false, error: info };
  }
}
