import type { Clock } from '@prism/core';
import type { StunAddress } from '@prism/protocol';
import type { ReadInterfaces } from '../../ice/host-candidates.ts';
import type { UpstreamServer } from '../choose-upstream.ts';

/** What came of something that the world may refuse. `code` is the system's name for the reason, or a short text. */
export type Attempt<Value> =
  | { readonly isOk: true; readonly value: Value }
  | { readonly isOk: false; readonly code: string };

export interface HttpQuestion {
  readonly url: string;
  readonly method: 'GET' | 'HEAD' | 'OPTIONS' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer over HTTP. An upgrade is one with status 101; the connection is closed at once. */
export interface HttpAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** At most 64 KiB of it. */
  readonly body: string;
  readonly tookMs: number;
}

export interface OpenedConnection {
  readonly connectMs: number;
  /** Undefined without TLS. */
  readonly tlsMs: number | undefined;
}

/** A session of the upstream, opened with the same code that serves calls and closed at once. */
export interface UpstreamDialled {
  /** Until the WebSocket was accepted. */
  readonly acceptedMs: number;
  /** Until `session.created` came. */
  readonly sessionMs: number;
  /** The model it names. */
  readonly model: string | undefined;
}

/** Why the upstream gave no session: a code of the error catalogue, and its own words without keys. */
export interface UpstreamRefusal {
  readonly errorCode: string;
  readonly message: string;
}

/** A STUN or TURN server and what opens it. */
export interface RelayQuestion {
  /** `stun:`, `stuns:`, `turn:` or `turns:`. */
  readonly url: string;
  readonly username: string | undefined;
  readonly credential: string | undefined;
}

export interface RelayAnswer {
  /** The first answer. */
  readonly firstMs: number;
  /** From the beginning to the allocation; the same as `firstMs` for STUN. */
  readonly tookMs: number;
  /** Undefined for STUN. */
  readonly relayed: StunAddress | undefined;
  /** This machine as the server sees it. */
  readonly mapped: StunAddress | undefined;
}

export interface CallQuestion {
  /** Base URL of the server. */
  readonly url: string;
  readonly key: string | undefined;
  readonly transport: 'udp' | 'tcp';
}

/** A short WebRTC call. Times are from the beginning of the request. */
export interface CallAnswer {
  readonly answeredMs: number;
  /** The addresses that the answer has for this transport, as `address port`. */
  readonly candidates: readonly string[];
  /** ICE and DTLS are done; undefined if that never came. */
  readonly connectedMs: number | undefined;
  readonly channelMs: number | undefined;
  /** `session.created` on the data channel: the upstream has answered. */
  readonly sessionMs: number | undefined;
  /** The server's first report on the sound that was sent. */
  readonly reportMs: number | undefined;
  /** Packets of sound sent until then, and those of them that the server says to be lost. */
  readonly packetsSent: number;
  readonly packetsLost: number;
  /** What an error event on the data channel said, if one came. */
  readonly errorMessage: string | undefined;
}

/** How a call failed before there was an answer. */
export interface CallRefusal {
  /** 0 if there was no HTTP answer. */
  readonly status: number;
  readonly message: string;
}

/** Everything that checks see of the world. Nothing here throws for what is outside's fault, and all of it heeds the signal. */
export interface DoctorEnvironment {
  readonly clock: Clock;
  readonly prismVersion: string;
  readonly nodeVersion: string;
  readonly readInterfaces: ReadInterfaces;
  /** True inside a container, as far as files tell. */
  readonly isContainer: () => boolean;
  /** Files and sockets that this process may have open; undefined where the system doesn't say. */
  readonly descriptorCountMax: () => number | undefined;
  /** Where the certificate of `tls.dev` is kept. */
  readonly developmentTlsFolder: string;
  /** Reads both PEM files. */
  readonly readCertificate: (files: CertificateFiles) => Attempt<CertificateFacts>;
  /** Listens for a moment. */
  readonly tryHttpPort: (place: {
    readonly port: number;
    readonly host: string;
  }) => Promise<Attempt<undefined>>;
  readonly tryMediaUdp: (
    place: MediaPlace,
  ) => Promise<Attempt<{ readonly receiveBufferBytes: number }>>;
  readonly tryMediaTcp: (place: MediaPlace) => Promise<Attempt<undefined>>;
  /** Addresses of a name, as the system finds them. */
  readonly lookup: (host: string, signal: AbortSignal) => Promise<Attempt<readonly string[]>>;
  readonly connect: (
    place: { readonly host: string; readonly port: number; readonly isTls: boolean },
    signal: AbortSignal,
  ) => Promise<Attempt<OpenedConnection>>;
  readonly request: (question: HttpQuestion, signal: AbortSignal) => Promise<Attempt<HttpAnswer>>;
  readonly dialUpstream: (
    target: { readonly server: UpstreamServer; readonly model: string },
    signal: AbortSignal,
  ) => Promise<UpstreamDialled | UpstreamRefusal>;
  /** Starts the built-in engine, opens a session, and ends it. */
  readonly tryEngine: (
    scenarioPath: string | undefined,
    signal: AbortSignal,
  ) => Promise<EngineTrial>;
  readonly askRelay: (
    question: RelayQuestion,
    signal: AbortSignal,
  ) => Promise<Attempt<RelayAnswer>>;
  readonly call: (question: CallQuestion, signal: AbortSignal) => Promise<CallAnswer | CallRefusal>;
}

export interface CertificateFiles {
  readonly certificatePath: string;
  readonly keyPath: string;
}

export interface CertificateFacts {
  readonly validFromMs: number;
  readonly validToMs: number;
  /** The subject's alternative names, as OpenSSL prints them. */
  readonly names: string;
  /** Whether the key is the certificate's. */
  readonly isOfKey: boolean;
}

export interface MediaPlace {
  readonly port: number;
  /** Every interface if undefined. */
  readonly bindAddress: string | undefined;
}

export type EngineTrial =
  | { readonly isOk: true; readonly startMs: number; readonly sessionMs: number }
  | { readonly isOk: false; readonly message: string };
