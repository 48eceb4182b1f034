import {
  readSctpChunkAt,
  SCTP_HEADER_BYTES,
  type SctpChunk,
  sctpChunkBytes,
  uint32At,
  writeChecksum,
  writeSctpChunkHeader,
  writeSctpHeader,
} from '@prism/protocol';

/** A chunk as a peer might send it. */
export interface ForgedChunk {
  readonly type: number;
  readonly flags?: number;
  readonly body?: Uint8Array;
}

/** A packet with a valid checksum, of whatever chunks, under the header's tag. */
export function forgedPacket(verificationTag: number, chunks: readonly ForgedChunk[]): Uint8Array {
  let sizeBytes = SCTP_HEADER_BYTES;
  for (const { body } of chunks) sizeBytes += sctpChunkBytes(body?.length ?? 0);
  const packet = new Uint8Array(sizeBytes);
  writeSctpHeader(packet, { sourcePort: 5_000, destinationPort: 5_000, verificationTag });
  let at = SCTP_HEADER_BYTES;
  for (const { type, flags = 0, body = new Uint8Array(0) } of chunks) {
    const header = { type, flags, bodyBytes: body.length };
    packet.set(body, writeSctpChunkHeader(packet, at, header));
    at += sctpChunkBytes(body.length);
  }
  writeChecksum(packet);
  return packet;
}

/** The verification tag of a packet. */
export function tagOf(packet: Uint8Array | undefined): number {
  return uint32At(packet ?? new Uint8Array(0), 4);
}

/** The first chunk of a packet. */
export function firstChunk(bytes: Uint8Array | undefined): SctpChunk | undefined {
  return readSctpChunkAt(bytes ?? new Uint8Array(0), SCTP_HEADER_BYTES);
}

/** All chunks of a packet. */
export function chunksOf(bytes: Uint8Array): readonly SctpChunk[] {
  const chunks: SctpChunk[] = [];
  let at = SCTP_HEADER_BYTES;
  for (let chunk = readSctpChunkAt(bytes, at); chunk !== undefined; ) {
    chunks.push(chunk);
    at += sctpChunkBytes(chunk.body.length);
    chunk = readSctpChunkAt(bytes, at);
  }
  return chunks;
}
