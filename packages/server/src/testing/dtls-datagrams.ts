import {
  DTLS_12,
  DTLS_CONTENT,
  type HandshakeFragment,
  handshakeFragmentBytes,
  handshakeMessageBytes,
  joinBytes,
  readHandshakeFragments,
  readRecords,
  recordHeaderBytes,
} from '@prism/protocol';

/** A datagram of one record in the clear. */
export function clearDatagram(contentType: number, fragment: Uint8Array): Uint8Array {
  const header = { contentType, version: DTLS_12, epoch: 0, sequence: 0 };
  return joinBytes(recordHeaderBytes(header, fragment.length), fragment);
}

/** A datagram of one handshake message in the clear. */
export function messageDatagram(
  type: number,
  messageSequence: number,
  body: Uint8Array,
): Uint8Array {
  const bytes = handshakeMessageBytes({ type, messageSequence, body });
  return clearDatagram(DTLS_CONTENT.handshake, bytes);
}

/** A datagram of a piece of a handshake message in the clear, whatever it claims. */
export function fragmentDatagram(fragment: HandshakeFragment): Uint8Array {
  return clearDatagram(DTLS_CONTENT.handshake, handshakeFragmentBytes(fragment));
}

/** The handshake fragments in the clear of some datagrams, in order. */
export function fragmentsIn(datagrams: readonly Uint8Array[]): readonly HandshakeFragment[] {
  return datagrams.flatMap((datagram) =>
    readRecords(datagram)
      .filter(({ epoch, contentType }) => epoch === 0 && contentType === DTLS_CONTENT.handshake)
      .flatMap(({ fragment }) => readHandshakeFragments(fragment) ?? []),
  );
}

/** The body of the first message of a type in some datagrams, which must have it in one piece. */
export function bodyIn(datagrams: readonly Uint8Array[], type: number): Uint8Array | undefined {
  return fragmentsIn(datagrams).find((fragment) => fragment.type === type)?.fragment;
}

/** A datagram with the body of one kind of handshake message in the clear replaced. */
export function withMessage(
  datagram: Uint8Array,
  type: number,
  edit: (body: Uint8Array) => Uint8Array,
): Uint8Array {
  return joinBytes(
    ...readRecords(datagram).map((record) => {
      const isReadable = record.epoch === 0 && record.contentType === DTLS_CONTENT.handshake;
      const [message] = isReadable ? (readHandshakeFragments(record.fragment) ?? []) : [];
      const fragment =
        message?.type === type
          ? handshakeMessageBytes({ ...message, body: edit(message.fragment.slice()) })
          : record.fragment;
      return joinBytes(recordHeaderBytes(record, fragment.length), fragment);
    }),
  );
}
