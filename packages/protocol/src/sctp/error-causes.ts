/** Causes in ERROR and ABORT (RFC 9260, section 3.3.10). */
import { SCTP_CHUNK_HEADER_BYTES, type SctpChunk } from './sctp-packet.ts';
import { readTlvs, type Tlv, writeTlvs } from './tlv.ts';

/** Bytes of a chunk of an unknown type that its report quotes. */
const QUOTED_BYTES_MAX = 64;

/** Those that Prism sends or acts on. */
export const SCTP_CAUSE = {
  invalidStream: 1,
  staleCookie: 3,
  unrecognizedChunk: 6,
  invalidParameter: 7,
  noUserData: 9,
  userInitiated: 12,
  protocolViolation: 13,
} as const;

/** The codes of the causes in an ERROR or ABORT, as far as they can be read. */
export function readSctpCauses(body: Uint8Array): readonly number[] {
  return (readTlvs(body) ?? []).map(({ type }) => type);
}

/** The body of an ERROR or ABORT with one cause. */
export function writeSctpCause(cause: Tlv): Uint8Array {
  return writeTlvs([cause]);
}

/** The body of an ERROR about a chunk of an unknown type, of which no more than its beginning is quoted. */
export function writeUnrecognizedChunk({ type, flags, body }: SctpChunk): Uint8Array {
  const quoted = body.subarray(0, QUOTED_BYTES_MAX);
  const value = Uint8Array.of(type, flags, 0, SCTP_CHUNK_HEADER_BYTES + quoted.length, ...quoted);
  return writeSctpCause({ type: SCTP_CAUSE.unrecognizedChunk, value });
}
