import type { AnsweringCandidates, IceCredentials, OfferTransport } from '@prism/protocol';

/** What a client's transport tells its peer. */
export interface IceListener {
  /** Its first valid check has come: datagrams can be sent to it. */
  reached(): void;
  /** What is sent takes another way from now on, `path`'s; the first one too, before `reached`. */
  moved(): void;
  /** A datagram of it that isn't STUN. The bytes are only valid during the call. */
  datagram(bytes: Uint8Array): void;
  /** Nothing of the client was heard for some seconds. */
  lost(): void;
  /** It is heard again. */
  found(): void;
  /** Something of the transport's threw, which is a bug: its peer has to end. */
  failed(error: unknown): void;
}

export interface IceRequest {
  /** The offer's ICE and DTLS. */
  readonly client: OfferTransport;
  /** Where the request with the offer came from; undefined if that isn't known. */
  readonly clientAddress: string | undefined;
}

export interface IceTransportDescription {
  /** How the client is reached now, `none` before its first check. */
  readonly path: 'udp' | 'tcp' | 'none';
  readonly pathCount: number;
  /** How often media moved to another address of the client. */
  readonly pathChanges: number;
  /** Datagrams that a slow TCP connection had no room for. */
  readonly datagramsDropped: number;
}

/** One client's way through the media port. */
export interface IceTransport {
  /** Prism's credentials for the answer. */
  readonly local: IceCredentials;
  /** The answer's candidates. */
  readonly candidates: AnsweringCandidates;
  /** How the client is reached now; undefined before its first check. */
  readonly path: 'udp' | 'tcp' | undefined;
  /** Sends one datagram the way the client is reached; false if there is none, or no room on it. */
  send(bytes: Uint8Array): boolean;
  /** The datagram that is being told is an RTP or RTCP packet that SRTP has verified: within `datagram`. */
  packetVerified(): void;
  /** An ICE restart (RFC 8445, section 9): the client's new fragment. Answers Prism's new credentials. */
  restart(client: OfferTransport): IceCredentials;
  describe(): IceTransportDescription;
  /** Idempotent. */
  close(): void;
}

/** The media port as the peers see it. */
export interface IceFront {
  open(request: IceRequest, listener: IceListener): IceTransport;
  /** Idempotent; transports must be closed before. */
  close(): Promise<void>;
}
