import type { Clock } from '@prism/core';
import type { Offer, PrismErrorInfo } from '@prism/protocol';
import type { IceFront } from '../runtime/ports/ice.ts';
import type {
  AcceptedPeer,
  PeerFactory,
  PeerListener,
  PeerOptions,
} from '../runtime/ports/peer.ts';
import { Deadlines } from './deadlines.ts';
import { type DtlsIdentity, makeDtlsIdentity } from './dtls/dtls-identity.ts';
import { RtcPeer } from './rtc-peer.ts';

export interface PeerFactoryOptions {
  /** The media port, which clients reach. */
  readonly front: IceFront;
  readonly clock: Clock;
  readonly randomUint32: () => number;
}

/** Opens WebRTC peers behind the media port. All have one certificate, made here and never stored. */
export function createPeerFactory(options: PeerFactoryOptions): PeerFactory {
  const identity = makeDtlsIdentity(options.clock.wallMs());
  const deadlines = new Deadlines(options.clock);
  return {
    accept: async (offer, listener, peerOptions) =>
      accept({ ...options, ...peerOptions, identity, deadlines }, offer, listener),
    close: () => deadlines.close(),
  };
}

function accept(
  options: PeerFactoryOptions &
    PeerOptions & { readonly identity: DtlsIdentity; readonly deadlines: Deadlines },
  offer: Offer,
  listener: PeerListener,
): AcceptedPeer {
  try {
    const peer = new RtcPeer(offer, listener, { ...options, reached: options.reached });
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
