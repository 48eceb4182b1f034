import type { Offer, PrismErrorInfo } from '@prism/protocol';
import nodeDataChannel, { type IceUdpMuxListener } from 'node-datachannel';
import type {
  AcceptedPeer,
  PeerFactory,
  PeerListener,
  PeerOptions,
} from '../runtime/ports/peer.ts';
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
}

/**
 * Opens the media port for WebRTC peers (node-datachannel, libjuice's ICE UDP mux).
 *
 * The listener holds the port while no call is on, so that nobody else takes it. Throws {@link MediaPortError} if
 * the port is in use.
 */
export function createPeerFactory(options: PeerFactoryOptions): PeerFactory {
  let isClosed = false;
  const listener = openListener(options);
  return {
    accept: (offer, peerListener, peerOptions) =>
      accept({ ...options, ...peerOptions }, offer, peerListener),
    close: () => {
      if (isClosed) return;
      isClosed = true;
      listener.stop();
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
  options: PeerFactoryOptions & PeerOptions,
  offer: Offer,
  listener: PeerListener,
): Promise<AcceptedPeer> {
  try {
    const peer = await DataChannelPeer.answer(offer, listener, {
      mediaPort: options.mediaPort,
      bindAddress: options.bindAddress,
      ssrc: options.randomUint32(),
      dataChannelId: options.dataChannelId,
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
