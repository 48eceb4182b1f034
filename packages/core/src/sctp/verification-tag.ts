import { SCTP_CHUNK, SCTP_REFLECTED_TAG_FLAG, type SctpChunk } from '@prism/protocol';

/** Tags of the two sides, as far as they are known. */
export interface VerificationTags {
  readonly localTag: number;
  readonly peerTag: number | undefined;
}

/**
 * Whether a chunk may stand in a packet with this tag (RFC 9260, section 8.5). `isAlone`: there is no other chunk in it.
 * COOKIE ECHO may always: it is checked with what is in it.
 */
export function fitsTag(
  chunk: SctpChunk,
  { tag, isAlone }: { readonly tag: number; readonly isAlone: boolean },
  { localTag, peerTag }: VerificationTags,
): boolean {
  if (chunk.type === SCTP_CHUNK.init) return tag === 0 && isAlone;
  if (chunk.type === SCTP_CHUNK.cookieEcho) return true;
  const mayReflect = chunk.type === SCTP_CHUNK.abort || chunk.type === SCTP_CHUNK.shutdownComplete;
  if (mayReflect && (chunk.flags & SCTP_REFLECTED_TAG_FLAG) !== 0) return tag === peerTag;
  return tag === localTag;
}
