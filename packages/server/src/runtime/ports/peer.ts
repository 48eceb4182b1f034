import type { AudioCodecName, Offer, PayloadFormats, PrismErrorInfo } from '@prism/protocol';
import type { SendOutcome, SessionEnd } from './controller.ts';
import type { IceTransportDescription } from './ice.ts';

/** What a peer tells. Nothing is told after `closed`. */
export interface PeerListener {
  /** ICE and DTLS are done, or a lost client is heard again: media flows. */
  connected(): void;
  /** The client said goodbye. */
  closed(): void;
  /** The client is silent, or its connection failed. */
  lost(): void;
  /** Something of the peer's threw, which is a bug: the peer is over, and nothing more is told. */
  failed(error: unknown): void;
  /** One RTP or RTCP packet of the audio section. The bytes are only valid during the call. */
  packet(bytes: Uint8Array): void;
  channelOpened(): void;
  channelMessage(text: string): void;
  channelClosed(): void;
}

/** What came and was not taken, by protocol and cause; all of it on ways that are the client's. */
export interface PeerRefusals {
  readonly srtp: {
    readonly malformed: number;
    /** Forged, damaged, or protected with other keys. */
    readonly unauthentic: number;
    readonly replayed: number;
    /** So far behind that it isn't known whether they had come. */
    readonly tooOld: number;
    readonly unencrypted: number;
    /** Of a source beyond those that a call may have. */
    readonly sourceRefused: number;
  };
  readonly dtls: {
    readonly unauthentic: number;
    readonly replayed: number;
    /** Out of place, or without room. */
    readonly ignored: number;
    /** Application data without room, key or connection. */
    readonly droppedData: number;
  };
  readonly sctp: {
    readonly malformed: number;
    /** Of another association. */
    readonly strange: number;
    readonly brokenChunks: number;
    /** DATA that there was no room for. */
    readonly droppedData: number;
  };
}

export interface PeerDescription {
  readonly state: string;
  /** Why the secure connection ended by itself: core's `DtlsCloseReason`, or `internal_error`; undefined while it hasn't. */
  readonly endReason: string | undefined;
  /** Undefined where the media isn't WebRTC. */
  readonly ice: IceTransportDescription | undefined;
  /** The data channel's round trip, measured as it is set up. */
  readonly rttMs: number | undefined;
  /** Datagrams of the set-up that were sent a second time, since no answer to them had come. */
  readonly handshakeRepeats: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Undefined where the media isn't WebRTC. */
  readonly refused: PeerRefusals | undefined;
}

/** What the answer says of the audio, both ways. */
export interface PeerAudio {
  /** What we send, and the payload type it has. */
  readonly codec: AudioCodecName;
  readonly payloadType: number;
  readonly ssrc: number;
  /** The stream's canonical name (RFC 3550, section 6.5.1). */
  readonly cname: string;
  /** Payload type of redundant audio (RFC 2198); `undefined` if it was not negotiated. */
  readonly redPayloadType: number | undefined;
  /** What the client may send. */
  readonly formats: PayloadFormats;
  /** The client sends packets again when it is asked to. */
  readonly isNackNegotiated: boolean;
}

/** The way to one client's audio and events: a WebRTC peer connection, or a media WebSocket. */
export interface Peer {
  /** Where outgoing audio goes. */
  readonly audio: PeerAudio;
  /** Sends one RTP or RTCP packet; false if the media isn't open. The bytes are copied. */
  sendPacket(bytes: Uint8Array): boolean;
  /** Sends one message on the data channel. */
  sendText(text: string): SendOutcome;
  /**
   * Answers an offer that goes on with the DTLS connection there is, with new ICE credentials if it restarts ICE.
   * Undefined if it asks for a new peer, as it always does where there is no DTLS connection.
   */
  restart(offer: Offer): AnsweredOffer | undefined;
  describe(): PeerDescription;
  /** Ends it; a socket says how the session ended, if it is the session that ends. Idempotent. */
  close(end?: SessionEnd): void;
}

export type AnsweredOffer =
  | { readonly isAnswered: true; readonly answerSdp: string }
  | { readonly isAnswered: false; readonly error: PrismErrorInfo };

export type AcceptedPeer =
  | { readonly isAccepted: true; readonly peer: Peer; readonly answerSdp: string }
  | { readonly isAccepted: false; readonly error: PrismErrorInfo };

/** What the answering side may choose. */
export interface PeerOptions {
  /** Stream id of a pre-negotiated data channel; undefined if the client opens it in band. */
  readonly dataChannelId: number | undefined;
  /** Where the request with the offer came from; undefined if that isn't known. */
  readonly clientAddress: string | undefined;
  /** The client's first valid check has come: it is about to connect. Told at most once, before all else. */
  readonly reached?: (() => void) | undefined;
}

export interface PeerFactory {
  /** Answers an offer with all candidates at once. */
  accept(offer: Offer, listener: PeerListener, options: PeerOptions): Promise<AcceptedPeer>;
  /** Frees the media port. Peers must be closed before. */
  close(): void;
}
