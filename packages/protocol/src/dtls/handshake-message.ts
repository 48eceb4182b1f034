import { ByteReader, joinBytes, uintBytes } from './byte-reader.ts';

/** Handshake messages and their fragments (RFC 6347, section 4.2.2). */

/** Types of messages that are sent or understood (RFC 5246, section 7.4; RFC 6347, section 4.3.2). */
export const HANDSHAKE = {
  helloRequest: 0,
  clientHello: 1,
  serverHello: 2,
  helloVerifyRequest: 3,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const;

/** Size of the header of a message or fragment. */
export const HANDSHAKE_HEADER_BYTES = 12;

/** A whole message. */
export interface HandshakeMessage {
  /** One of {@link HANDSHAKE}, or another one. */
  readonly type: number;
  /** Its number in its sender's half of the handshake, from 0. */
  readonly messageSequence: number;
  readonly body: Uint8Array;
}

export interface HandshakeFragment {
  readonly type: number;
  readonly messageSequence: number;
  /** Length of the whole message's body. */
  readonly messageBytes: number;
  /** Where in the body this fragment begins. */
  readonly offsetBytes: number;
  /** A view on the record. */
  readonly fragment: Uint8Array;
}

/**
 * The fragments in a record, in order; undefined if one of them is cut or doesn't lie within its message. A record
 * may have several (RFC 6347, section 4.2.3).
 */
export function readHandshakeFragments(
  record: Uint8Array,
): readonly HandshakeFragment[] | undefined {
  const fragments: HandshakeFragment[] = [];
  const reader = new ByteReader(record);
  while (reader.restBytes > 0) {
    const type = reader.uint(1);
    const messageBytes = reader.uint(3);
    const messageSequence = reader.uint(2);
    const offsetBytes = reader.uint(3);
    const fragment = reader.vector(3);
    if (reader.isCut || offsetBytes + fragment.length > messageBytes) return undefined;
    fragments.push({ type, messageSequence, messageBytes, offsetBytes, fragment });
  }
  return fragments;
}

/** A fragment as it stands in a record. */
export function handshakeFragmentBytes(part: HandshakeFragment): Uint8Array {
  return joinBytes(
    uintBytes(part.type, 1),
    uintBytes(part.messageBytes, 3),
    uintBytes(part.messageSequence, 2),
    uintBytes(part.offsetBytes, 3),
    uintBytes(part.fragment.length, 3),
    part.fragment,
  );
}

/** A message as one fragment, which is how it counts in the transcript too (RFC 6347, section 4.2.6). */
export function handshakeMessageBytes(message: HandshakeMessage): Uint8Array {
  return handshakeFragmentBytes({
    type: message.type,
    messageSequence: message.messageSequence,
    messageBytes: message.body.length,
    offsetBytes: 0,
    fragment: message.body,
  });
}
