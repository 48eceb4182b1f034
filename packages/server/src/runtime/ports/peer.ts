import type { Offer, PrismErrorInfo } from '@prism/protocol';

/** What a peer tells. Nothing is told after `closed`. */
export interface PeerListener {
  /** ICE and DTLS are done: media flows. */
  connected(): void;
  /** The connection is gone for good. */
  closed(): void;
  /** One RTP packet of the audio section. The bytes are only valid during the call. */
  rtp(bytes: Uint8Array): void;
  channelOpened(): void;
  channelMessage(text: string): void;
  channelClosed(): void;
}

export interface PeerDescription {
  readonly state: string;
  readonly candidatePair: string | undefined;
  readonly rttMs: number | undefined;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** One WebRTC peer connection as the answering side. */
export interface Peer {
  readonly answerSdp: string;
  /** Where outgoing audio goes. */
  readonly audio: { readonly payloadType: number; readonly ssrc: number };
  /** Sends one RTP packet; false if the media isn't open. The bytes are copied. */
  sendRtp(bytes: Uint8Array): boolean;
  /** Sends one message on the data channel; false if it isn't open or the message is too large for the client. */
  sendText(text: string): boolean;
  describe(): PeerDescription;
  /** Idempotent. */
  close(): void;
}

export type AcceptedPeer =
  | { readonly isAccepted: true; readonly peer: Peer }
  | { readonly isAccepted: false; readonly error: PrismErrorInfo };

export interface PeerFactory {
  /** Answers an offer with all candidates at once. */
  accept(offer: Offer, listener: PeerListener): Promise<AcceptedPeer>;
  /** Frees the media port. Peers must be closed before. */
  close(): void;
}
