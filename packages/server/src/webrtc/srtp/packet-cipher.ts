/** Longest protected packet: more than fits an Ethernet frame. */
export const SRTP_PACKET_BYTES_MAX = 2_048;

/** The word at the end of an SRTCP packet: a bit that says that it is encrypted, and 31 bits of index. */
export const SRTCP_WORD_BYTES = 4;

/** That bit, in a number with a sign. */
export const SRTCP_ENCRYPTED = 1 << 31;

/** Last index of SRTCP under one key (RFC 3711, section 9.2). */
export const SRTCP_INDEX_MAX = 0x7fff_ffff;

/** Of an RTCP packet, what isn't encrypted: its first header and the sender's SSRC (RFC 3711, section 3.4). */
export const RTCP_CLEAR_BYTES = 8;

/** A packet's number, and where its body begins. One record serves all packets. */
export interface PacketHead {
  /** What isn't encrypted; a whole number of words. */
  headerBytes: number;
  /** With a sign, as {@link int32At} gives it. */
  ssrc: number;
  /** The RTP index of 48 bits, or SRTCP's of 31. */
  index: number;
}

/**
 * What protects packets of one kind in one direction. Both give a view on the scratch, which the next call overwrites.
 *
 * `packet` has at most {@link SRTP_PACKET_BYTES_MAX} bytes and no fewer than its header; to be opened those of
 * `overheadBytes` too.
 */
export interface PacketCipher {
  /** How much longer a protected packet is. */
  readonly overheadBytes: number;
  /** How far before the end of a protected packet its tag begins. */
  readonly tagFromEndBytes: number;
  /** How far before the end of a protected RTCP packet its index stands. */
  readonly wordFromEndBytes: number;
  seal(packet: Uint8Array, head: PacketHead): Uint8Array;
  /** `undefined` if the packet isn't authentic. */
  open(packet: Uint8Array, head: PacketHead): Uint8Array | undefined;
}

/** RTP is authenticated with its header, RTCP with the word of its index too. */
export type PacketKind = 'rtp' | 'rtcp';

/** Writes the lower 32 bits of a number, big-endian. */
export function putInt32(target: Uint8Array, atBytes: number, value: number): void {
  target[atBytes] = value >>> 24;
  target[atBytes + 1] = value >>> 16;
  target[atBytes + 2] = value >>> 8;
  target[atBytes + 3] = value;
}

/** Reads 32 bits, big-endian, with a sign: numbers that need no room of their own on the heap. */
export function int32At(bytes: Uint8Array, atBytes: number): number {
  return (
    ((bytes[atBytes] ?? 0) << 24) |
    ((bytes[atBytes + 1] ?? 0) << 16) |
    ((bytes[atBytes + 2] ?? 0) << 8) |
    (bytes[atBytes + 3] ?? 0)
  );
}

/** Of an RTP packet. */
export function sequenceNumberAt(packet: Uint8Array): number {
  return ((packet[2] ?? 0) << 8) | (packet[3] ?? 0);
}
