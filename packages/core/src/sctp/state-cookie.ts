/**
 * The state cookie of an INIT ACK (RFC 9260, section 5.1.3). It has no MAC: it comes back over the same DTLS
 * connection, and who forges one deceives nobody but itself.
 */
import { putUint16, putUint32, uint16At, uint32At } from '@prism/protocol';

const COOKIE_BYTES = 33;
const FLAG = { partialReliability: 1, streamReset: 2 } as const;

/** What an association is, seen from one side. */
export interface AssociationFacts {
  readonly localTag: number;
  readonly localFirstTsn: number;
  readonly peerTag: number;
  readonly peerFirstTsn: number;
  readonly peerWindowBytes: number;
  /** Streams that may be sent on. */
  readonly outboundStreamCount: number;
  readonly hasPartialReliability: boolean;
  readonly hasStreamReset: boolean;
}

export interface StateCookie {
  readonly facts: AssociationFacts;
  /** Tags of the association that there was when the INIT came, 0 where there was none (RFC 9260, section 5.2.2). */
  readonly localTieTag: number;
  readonly peerTieTag: number;
}

export function writeStateCookie({ facts, localTieTag, peerTieTag }: StateCookie): Uint8Array {
  const bytes = new Uint8Array(COOKIE_BYTES);
  putUint32(bytes, 0, facts.localTag);
  putUint32(bytes, 4, facts.localFirstTsn);
  putUint32(bytes, 8, facts.peerTag);
  putUint32(bytes, 12, facts.peerFirstTsn);
  putUint32(bytes, 16, facts.peerWindowBytes);
  putUint16(bytes, 20, facts.outboundStreamCount);
  putUint32(bytes, 24, localTieTag);
  putUint32(bytes, 28, peerTieTag);
  bytes[32] =
    (facts.hasPartialReliability ? FLAG.partialReliability : 0) |
    (facts.hasStreamReset ? FLAG.streamReset : 0);
  return bytes;
}

/** Reads a cookie; undefined if it can be none of this side's. */
export function readStateCookie(bytes: Uint8Array): StateCookie | undefined {
  const peerTag = uint32At(bytes, 8);
  if (bytes.length !== COOKIE_BYTES || peerTag === 0) return undefined;
  const flags = bytes[32] ?? 0;
  return {
    facts: {
      localTag: uint32At(bytes, 0),
      localFirstTsn: uint32At(bytes, 4),
      peerTag,
      peerFirstTsn: uint32At(bytes, 12),
      peerWindowBytes: uint32At(bytes, 16),
      outboundStreamCount: uint16At(bytes, 20),
      hasPartialReliability: (flags & FLAG.partialReliability) !== 0,
      hasStreamReset: (flags & FLAG.streamReset) !== 0,
    },
    localTieTag: uint32At(bytes, 24),
    peerTieTag: uint32At(bytes, 28),
  };
}
