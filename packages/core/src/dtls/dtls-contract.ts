import type { SrtpMasterKey, SrtpProfile } from '@prism/protocol';
import type { DtlsCertificate, DtlsCrypto } from './dtls-crypto.ts';

/** A fingerprint of the peer's certificate, from its SDP (RFC 8122). */
export interface DtlsFingerprint {
  /** `sha-256`, `sha-384` or `sha-512`, in any case; others, SHA-1 too, match nothing. */
  readonly algorithm: string;
  readonly digest: Uint8Array;
}

export interface DtlsOptions {
  /** Who begins: the `active` side of SDP is the client. */
  readonly role: 'client' | 'server';
  readonly crypto: DtlsCrypto;
  readonly certificate: DtlsCertificate;
  /** The peer's certificate must match one of those with the strongest hash function among them. */
  readonly remoteFingerprints: readonly DtlsFingerprint[];
  /** Profiles that may be agreed on, best first. Without one in common there is no connection. */
  readonly srtpProfiles: readonly SrtpProfile[];
  /**
   * How long a flight waits for its answer before it goes again: 50 ms unless told. It doubles each time, to 3 s. Where a
   * flight was answered later than that, the next ones wait for one and a half of it.
   */
  readonly firstTimeoutMs?: number;
}

/** Datagrams are only read during the call and may change afterwards. */
export type DtlsInput =
  /** The peer can be reached: a client sends its ClientHello, a server awaits one. */
  | { readonly type: 'start' }
  /** A datagram of the peer, by its first byte DTLS (RFC 7983). */
  | { readonly type: 'datagram'; readonly bytes: Uint8Array }
  /** What is sent from now on takes another way than before; `isReliable`: one that loses nothing, as TCP. */
  | { readonly type: 'path'; readonly isReliable: boolean }
  /** The time of `deadlineMs` has come. */
  | { readonly type: 'deadline' }
  /** Application data, one record: once there are keys, {@link DTLS_DATA_BYTES_MAX} at most. Dropped otherwise. */
  | { readonly type: 'send'; readonly bytes: Uint8Array }
  /** Media of the peer was authentic although its Finished is missing: our last flight goes again, so that its does. */
  | { readonly type: 'peer_is_ahead' }
  /** Tells the peer, and ends. */
  | { readonly type: 'close' };

export type DtlsEffect =
  /** To be sent to the peer: {@link DTLS_DATAGRAM_BYTES_MAX} at most. */
  | { readonly type: 'datagram'; readonly bytes: Uint8Array }
  /** The keys of SRTP, once: for a client as its Finished leaves, for a server as the client's is verified. */
  | DtlsKeysEffect
  /** The peer's Finished is verified. Once. */
  | { readonly type: 'connected' }
  /** Application data of the peer, one record; never before `connected`. */
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  /** The end. Once, and nothing after it. */
  | {
      readonly type: 'closed';
      readonly reason: DtlsCloseReason;
      /** The description of the alert that was received or sent (RFC 5246, section 7.2), if there was one. */
      readonly alert: number | undefined;
    };

export interface DtlsKeysEffect {
  readonly type: 'keys';
  readonly profile: SrtpProfile;
  /** For what we send. */
  readonly local: SrtpMasterKey;
  /** For what the peer sends. */
  readonly remote: SrtpMasterKey;
}

/**
 * Why a connection ended.
 *
 * - `closed`: by the input `close`.
 * - `closed_by_peer`: the peer's close_notify.
 * - `alert`: a fatal alert of the peer.
 * - `timed_out`: no connection within {@link DTLS_HANDSHAKE_MS_MAX}.
 * - `version_unsupported`: the peer doesn't speak DTLS 1.2.
 * - `no_common_parameters`: no suite, group, signature or SRTP profile that both have; or a server without a request
 *   for our certificate.
 * - `certificate_mismatch`: the peer's certificate is none that its SDP names.
 * - `certificate_unusable`: it has none, or one that can't be read or whose key isn't accepted.
 * - `bad_signature`: the peer doesn't have its certificate's key, or something was changed on the way.
 * - `bad_finished`: the two ends saw different handshakes.
 * - `bad_message`: a handshake message that is malformed, out of order, or says what it mustn't.
 * - `message_too_long`: a handshake message of more than {@link HANDSHAKE_MESSAGE_BYTES_MAX}.
 */
export type DtlsCloseReason =
  | 'closed'
  | 'closed_by_peer'
  | 'alert'
  | 'timed_out'
  | 'version_unsupported'
  | 'no_common_parameters'
  | 'certificate_mismatch'
  | 'certificate_unusable'
  | 'bad_signature'
  | 'bad_finished'
  | 'bad_message'
  | 'message_too_long';

export type DtlsState = 'new' | 'handshaking' | 'connected' | 'closed';

/** What was dropped or sent again so far. */
export interface DtlsCounters {
  /** Encrypted records that aren't authentic. */
  readonly forgedRecordCount: number;
  /** Encrypted records that came before, or are too old to know. */
  readonly replayedRecordCount: number;
  /** Records and fragments that make no sense where they are, or for which there was no room. */
  readonly ignoredCount: number;
  /** Application data, ours or the peer's, for which there was no room, no key or no connection. */
  readonly droppedDataCount: number;
  /** How often a flight was sent again. */
  readonly repeatedFlightCount: number;
}

/** Most of a datagram, which passes on every path (RFC 8831, section 5 assumes it of SCTP too). */
export const DTLS_DATAGRAM_BYTES_MAX = 1_200;
/** What a record adds to its content: header, explicit nonce, tag (RFC 5288). */
const RECORD_OVERHEAD_BYTES = 13 + 8 + 16;
/** Most application data of one record. */
export const DTLS_DATA_BYTES_MAX = DTLS_DATAGRAM_BYTES_MAX - RECORD_OVERHEAD_BYTES;
/** How long a handshake may take from `start`. */
export const DTLS_HANDSHAKE_MS_MAX = 30_000;
/** Most of a handshake message: a ClientHello with post-quantum keys has 2,000 bytes, a long chain 10,000. */
export const HANDSHAKE_MESSAGE_BYTES_MAX = 16_384;
