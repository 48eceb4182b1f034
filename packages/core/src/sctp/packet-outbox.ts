import {
  paddedBytes,
  SCTP_CHUNK,
  SCTP_CHUNK_HEADER_BYTES,
  SCTP_DATA_FLAG,
  SCTP_DATA_HEADER_BYTES,
  SCTP_HEADER_BYTES,
  type SctpData,
  sctpChunkBytes,
  writeChecksum,
  writeSctpChunkHeader,
  writeSctpData,
  writeSctpHeader,
} from '@prism/protocol';

/** A chunk as it is written. */
interface ControlChunk {
  readonly type: number;
  readonly flags?: number;
  readonly body?: Uint8Array;
}

const NO_BODY = new Uint8Array(0);

/** Puts chunks into packets, as many into each as fit (RFC 9260, section 6.10), and hands complete ones on. */
export class PacketOutbox {
  /** Tag of the peer, which packets have from the next one on. */
  verificationTag = 0;
  readonly #scratch: Uint8Array;
  readonly #ports: { readonly sourcePort: number; readonly destinationPort: number };
  readonly #emit: (bytes: Uint8Array) => void;
  #usedBytes = SCTP_HEADER_BYTES;
  /** Where the flags of the packet's last DATA chunk are. */
  #lastDataFlagsAt = 0;

  constructor(
    packetBytesMax: number,
    ports: { readonly sourcePort: number; readonly destinationPort: number },
    emit: (bytes: Uint8Array) => void,
  ) {
    this.#scratch = new Uint8Array(packetBytesMax);
    this.#ports = ports;
    this.#emit = emit;
  }

  get isEmpty(): boolean {
    return this.#usedBytes === SCTP_HEADER_BYTES;
  }

  /** The longest body that a chunk may have in an empty packet. */
  get bodyBytesMax(): number {
    return this.#scratch.length - SCTP_HEADER_BYTES - SCTP_CHUNK_HEADER_BYTES;
  }

  /** The longest payload that a DATA chunk may have, so that padding never makes it too long. */
  get payloadBytesMax(): number {
    return (this.#scratch.length - SCTP_HEADER_BYTES - SCTP_DATA_HEADER_BYTES) & ~3;
  }

  /** Whether a DATA chunk goes into the packet that is begun. */
  fitsData(payloadBytes: number): boolean {
    const chunkBytes = SCTP_DATA_HEADER_BYTES + paddedBytes(payloadBytes);
    return this.#usedBytes + chunkBytes <= this.#scratch.length;
  }

  /** Adds a control chunk; one that is too long for any packet is left out and counts as lost. */
  add(chunk: ControlChunk): void {
    const body = chunk.body ?? NO_BODY;
    if (body.length > this.bodyBytesMax) return;
    const at = this.#begin(sctpChunkBytes(body.length));
    const header = { type: chunk.type, flags: chunk.flags ?? 0, bodyBytes: body.length };
    this.#scratch.set(body, writeSctpChunkHeader(this.#scratch, at, header));
    this.#end(at, SCTP_CHUNK_HEADER_BYTES + body.length);
  }

  addData(data: SctpData): void {
    const bodyBytes = SCTP_DATA_HEADER_BYTES - SCTP_CHUNK_HEADER_BYTES + data.payload.length;
    const at = this.#begin(sctpChunkBytes(bodyBytes));
    const header = { type: SCTP_CHUNK.data, flags: data.flags, bodyBytes };
    writeSctpData(this.#scratch, writeSctpChunkHeader(this.#scratch, at, header), data);
    this.#lastDataFlagsAt = at + 1;
    this.#end(at, SCTP_CHUNK_HEADER_BYTES + bodyBytes);
  }

  /** Asks for a SACK at once for the last DATA chunk of the packet that is begun (RFC 7053). */
  wantAcknowledgement(): void {
    if (this.#lastDataFlagsAt === 0) return;
    const flags = this.#scratch[this.#lastDataFlagsAt] ?? 0;
    this.#scratch[this.#lastDataFlagsAt] = flags | SCTP_DATA_FLAG.immediate;
  }

  /** Hands the packet on that is begun. */
  flush(): void {
    if (!this.isEmpty) this.#send(this.verificationTag);
  }

  /** One chunk in a packet of its own, with a tag of its own. */
  sendAlone(verificationTag: number, chunk: ControlChunk): void {
    this.flush();
    this.add(chunk);
    if (!this.isEmpty) this.#send(verificationTag);
  }

  #begin(chunkBytes: number): number {
    if (this.#usedBytes + chunkBytes > this.#scratch.length) this.flush();
    return this.#usedBytes;
  }

  #end(at: number, chunkBytes: number): void {
    const endAt = at + paddedBytes(chunkBytes);
    this.#scratch.fill(0, at + chunkBytes, endAt);
    this.#usedBytes = endAt;
  }

  #send(verificationTag: number): void {
    const bytes = this.#scratch.slice(0, this.#usedBytes);
    writeSctpHeader(bytes, { ...this.#ports, verificationTag });
    writeChecksum(bytes);
    this.#usedBytes = SCTP_HEADER_BYTES;
    this.#lastDataFlagsAt = 0;
    this.#emit(bytes);
  }
}
