/** Causes in ERROR and ABORT (RFC 9260, section 3.3.10). */
import { readTlvs, type Tlv, writeTlvs } from './tlv.ts';

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
