import type { AnsweringCandidates, IceCredentials, OfferTransport } from '@prism/protocol';

/** What a client's transport tells its peer. */
export interface IceListener {
  /** Its first valid check has come. */
  reached(): void;
  /** Nothing of the client was heard for some seconds. */
  lost(): void;
  /** It is heard again. */
  found(): void;
}

export interface IceRequest {
  /** The offer's ICE and DTLS. */
  readonly client: OfferTransport;
  /** Where the request with the offer came from; undefined if that isn't known. */
  readonly clientAddress: string | undefined;
  /** The loopback UDP port of the WebRTC stack. */
  readonly stackPort: number;
}

export interface IceTransportDescription {
  /** How the client is reached now, `none` before its first check. */
  readonly path: 'udp' | 'tcp' | 'none';
  readonly pathCount: number;
  /** How often media moved to another address of the client. */
  readonly pathChanges: number;
  /** Datagrams that a slow TCP connection had no room for. */
  readonly datagramsDropped: number;
  /** Datagrams of the set-up that were sent a second time, since no answer to them had come. */
  readonly handshakeRepeats: number;
}

/** One client's way through the media port: ICE towards the client, and a loopback socket towards the stack. */
export interface IceTransport {
  /** Prism's credentials for the answer. */
  readonly local: IceCredentials;
  /** The answer's candidates. */
  readonly candidates: AnsweringCandidates;
  /** What the stack is to take for the client's. */
  readonly inner: IceCredentials & { readonly candidatePort: number };
  /** Lets media through, once the stack has answered with these credentials. */
  start(stack: IceCredentials): void;
  /** An RTP or RTCP packet came through SRTP's verification. */
  packetVerified(): void;
  /** An ICE restart (RFC 8445, section 9): the client's new fragment. Answers Prism's new credentials. */
  restart(client: OfferTransport): IceCredentials;
  describe(): IceTransportDescription;
  /** Idempotent. */
  close(): void;
}

/** The media port as the stack's neighbour sees it. */
export interface IceFront {
  open(request: IceRequest, listener: IceListener): Promise<IceTransport>;
  /** Idempotent; transports must be closed before. */
  close(): Promise<void>;
}
