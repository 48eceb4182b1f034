import {
  DTLS_CONTENT,
  HANDSHAKE_HEADER_BYTES,
  type HandshakeMessage,
  handshakeFragmentBytes,
  joinBytes,
  RECORD_HEADER_BYTES,
} from '@prism/protocol';
import { DTLS_DATAGRAM_BYTES_MAX } from './dtls-contract.ts';
import type { Epoch, RecordLayer } from './record-layer.ts';

/** A part of a flight: kept as it is, so that it can be cut, numbered and encrypted anew each time it is sent. */
export type FlightPart =
  | { readonly type: 'handshake'; readonly epoch: Epoch; readonly message: HandshakeMessage }
  | { readonly type: 'change_cipher_spec' };

/** Explicit nonce and tag of an encrypted record. */
const PROTECTION_BYTES = 24;
/** A fragment isn't made smaller than this just to fill a datagram. */
const FRAGMENT_BYTES_MIN = 64;

/** The datagrams of a flight, with messages cut so that they fit (RFC 6347, section 4.2.3). */
export function packFlight(
  parts: readonly FlightPart[],
  records: RecordLayer,
): readonly Uint8Array[] {
  const packer = new DatagramPacker();
  for (const part of parts) {
    if (part.type === 'change_cipher_spec')
      packer.add(records.seal(DTLS_CONTENT.changeCipherSpec, 0, Uint8Array.of(1)));
    else packMessage(part, records, packer);
  }
  return packer.finish();
}

function packMessage(
  { message, epoch }: Extract<FlightPart, { type: 'handshake' }>,
  records: RecordLayer,
  packer: DatagramPacker,
): void {
  const overheadBytes =
    RECORD_HEADER_BYTES + HANDSHAKE_HEADER_BYTES + (epoch === 0 ? 0 : PROTECTION_BYTES);
  const { type, messageSequence, body } = message;
  let offsetBytes = 0;
  do {
    const restBytes = body.length - offsetBytes;
    const roomBytes = packer.roomFor(overheadBytes + Math.min(restBytes, FRAGMENT_BYTES_MIN));
    const fragment = body.subarray(offsetBytes, offsetBytes + roomBytes - overheadBytes);
    const cut = { type, messageSequence, messageBytes: body.length, offsetBytes, fragment };
    packer.add(records.seal(DTLS_CONTENT.handshake, epoch, handshakeFragmentBytes(cut)));
    offsetBytes += fragment.length;
  } while (offsetBytes < body.length);
}

/** Fills datagrams with records. */
class DatagramPacker {
  readonly #datagrams: Uint8Array[] = [];
  #open: Uint8Array[] = [];
  #openBytes = 0;

  /** What the datagram still takes; a new one begins if that is less than `leastBytes`. */
  roomFor(leastBytes: number): number {
    if (this.#openBytes + leastBytes > DTLS_DATAGRAM_BYTES_MAX) this.#close();
    return DTLS_DATAGRAM_BYTES_MAX - this.#openBytes;
  }

  add(record: Uint8Array): void {
    this.roomFor(record.length);
    this.#open.push(record);
    this.#openBytes += record.length;
  }

  finish(): readonly Uint8Array[] {
    this.#close();
    return this.#datagrams;
  }

  #close(): void {
    if (this.#open.length > 0) this.#datagrams.push(joinBytes(...this.#open));
    this.#open = [];
    this.#openBytes = 0;
  }
}
