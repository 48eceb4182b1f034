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
import { makeOwnCertificate } from './dtls/own-certificate.ts';
import { RtcPeer, type RtcPeerOptions } from './rtc-peer.ts';
import { SrtpScratch } from './srtp/srtp-scratch.ts';
import { TurnEnd } from './turn-end.ts';

export interface PeerFactoryOptions {
  /** The media port, which clients reach. */
  readonly front: IceFront;
  readonly clock: Clock;
  readonly randomUint32: () => number;
  /** A peer was ended by what it threw, which is a bug. */
  readonly fault: (error: unknown) => void;
}

/** Opens WebRTC peers behind the media port. All have one certificate, made here and never stored. */
export function createPeerFactory(options: PeerFactoryOptions): PeerFactory {
  const shared = {
    ...options,
    certificate: makeOwnCertificate(options.clock.wallMs()),
    deadlines: new Deadlines(options.clock),
    turnEnd: new TurnEnd(),
    sendScratch: new SrtpScratch(),
    receiveScratch: new SrtpScratch(),
  };
  return {
    accept: async (offer, listener, { dataChannelId, clientAddress, reached }: PeerOptions) =>
      accept({ ...shared, dataChannelId, clientAddress, reached }, offer, listener),
    close: () => {
      shared.deadlines.close();
      shared.turnEnd.close();
    },
  };
}

function accept(options: RtcPeerOptions, offer: Offer, listener: PeerListener): AcceptedPeer {
  try {
    const peer = new RtcPeer(offer, listener, options);
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
