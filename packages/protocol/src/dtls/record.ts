import { ByteReader, joinBytes, uintBytes } from './byte-reader.ts';

/** Records of DTLS 1.2 (RFC 6347, section 4.1). */

/** Size of a record's header. */
export const RECORD_HEADER_BYTES = 13;
/** Most that a record may carry in the clear (RFC 5246, section 6.2.1). */
export const RECORD_PLAINTEXT_BYTES_MAX = 16_384;
/** Record sequence numbers have 48 bits. */
export const RECORD_SEQUENCE_MAX = 2 ** 48 - 1;

/** DTLS 1.2, the only version that is spoken here, as it stands in records and hellos. */
export const DTLS_12 = 0xfefd;

export interface DtlsRecordHeader {
  /** One of `DTLS_CONTENT`, or another one. */
  readonly contentType: number;
  readonly version: number;
  /** 0 in the clear; encrypted from 1 on. */
  readonly epoch: number;
  /** 48 bits. */
  readonly sequence: number;
}

export interface DtlsRecordView extends DtlsRecordHeader {
  /** What follows the header: a view on the datagram. */
  readonly fragment: Uint8Array;
}

/**
 * The records of a datagram, in order, up to the first that is cut or no record of DTLS 1.0 to 1.2. What stands behind
 * such a one can't be found.
 */
export function readRecords(datagram: Uint8Array): readonly DtlsRecordView[] {
  const records: DtlsRecordView[] = [];
  const reader = new ByteReader(datagram);
  while (reader.restBytes >= RECORD_HEADER_BYTES) {
    const contentType = reader.uint(1);
    const version = reader.uint(2);
    const epoch = reader.uint(2);
    const sequence = reader.uint(6);
    const fragment = reader.vector(2);
    if (reader.isCut || version >> 8 !== 0xfe) break;
    records.push({ contentType, version, epoch, sequence, fragment });
  }
  return records;
}

/** A record's header for a fragment of `lengthBytes`. */
export function recordHeaderBytes(header: DtlsRecordHeader, lengthBytes: number): Uint8Array {
  return joinBytes(
    uintBytes(header.contentType, 1),
    uintBytes(header.version, 2),
    recordNumberBytes(header),
    uintBytes(lengthBytes, 2),
  );
}

/** Epoch and sequence number, which count as one 64 bit number in the record's protection (RFC 6347, 4.1.2.1). */
export function recordNumberBytes({ epoch, sequence }: DtlsRecordHeader): Uint8Array {
  return joinBytes(uintBytes(epoch, 2), uintBytes(sequence, 6));
}
