/** DTLS as far as it can be read without its keys: the headers of its records (RFC 6347, section 4.1). */

/** Content types of records (RFC 5246, section 6.2.1). */
export const DTLS_CONTENT = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
} as const;

/** The handshake message that begins every handshake (RFC 5246, section 7.4). */
export const DTLS_CLIENT_HELLO = 1;

/** Size of a record's header. */
const RECORD_HEADER_BYTES = 13;

export interface DtlsRecord {
  /** One of {@link DTLS_CONTENT}, or another one. */
  readonly contentType: number;
  /** 0 in the clear; encrypted from 1 on. */
  readonly epoch: number;
  /** Type of the handshake message that the record begins with; undefined where it is encrypted or there is none. */
  readonly handshakeType: number | undefined;
}

/** Whether a datagram of a WebRTC port is DTLS (RFC 7983, section 7). */
export function isDtls(bytes: Uint8Array): boolean {
  const first = bytes[0] ?? 0;
  return first >= 20 && first <= 63;
}

/** The records of one datagram, in order, as far as they are whole. */
export function readDtlsRecords(bytes: Uint8Array): readonly DtlsRecord[] {
  const records: DtlsRecord[] = [];
  for (let at = 0; at + RECORD_HEADER_BYTES <= bytes.length; ) {
    const bodyAt = at + RECORD_HEADER_BYTES;
    const endAt = bodyAt + uint16At(bytes, at + 11);
    if (endAt > bytes.length) break;
    const contentType = bytes[at] ?? 0;
    const epoch = uint16At(bytes, at + 3);
    const isReadable = contentType === DTLS_CONTENT.handshake && epoch === 0 && endAt > bodyAt;
    records.push({ contentType, epoch, handshakeType: isReadable ? bytes[bodyAt] : undefined });
    at = endAt;
  }
  return records;
}

function uint16At(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
