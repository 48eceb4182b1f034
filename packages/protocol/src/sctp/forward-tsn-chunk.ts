/** FORWARD TSN (RFC 3758, section 3.2). */
import { putUint16, putUint32, uint16At, uint32At } from '../network-order.ts';

const FIXED_BYTES = 4;
const ENTRY_BYTES = 4;

/** The last message of an ordered stream that is given up. */
export interface SctpSkippedStream {
  readonly streamId: number;
  readonly ssn: number;
}

export interface SctpForwardTsn {
  readonly newCumulativeTsn: number;
  readonly skipped: readonly SctpSkippedStream[];
}

/** Reads the body of FORWARD TSN; undefined if it is too short. */
export function readSctpForwardTsn(body: Uint8Array): SctpForwardTsn | undefined {
  if (body.length < FIXED_BYTES) return undefined;
  const skipped: SctpSkippedStream[] = [];
  for (let at = FIXED_BYTES; at + ENTRY_BYTES <= body.length; at += ENTRY_BYTES) {
    skipped.push({ streamId: uint16At(body, at), ssn: uint16At(body, at + 2) });
  }
  return { newCumulativeTsn: uint32At(body, 0), skipped };
}

/** The body of FORWARD TSN. Numbers may be unwrapped. */
export function writeSctpForwardTsn(forward: SctpForwardTsn): Uint8Array {
  const body = new Uint8Array(FIXED_BYTES + forward.skipped.length * ENTRY_BYTES);
  putUint32(body, 0, forward.newCumulativeTsn);
  forward.skipped.forEach(({ streamId, ssn }, index) => {
    putUint16(body, FIXED_BYTES + index * ENTRY_BYTES, streamId);
    putUint16(body, FIXED_BYTES + index * ENTRY_BYTES + 2, ssn);
  });
  return body;
}
