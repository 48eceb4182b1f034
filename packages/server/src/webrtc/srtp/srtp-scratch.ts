import { PrefixViews } from '@prism/core';
import { SRTP_PACKET_BYTES_MAX } from './packet-cipher.ts';

/** Length of a block of SHA-1, and so of the key that an HMAC's first hash begins with. */
export const SHA1_BLOCK_BYTES = 64;

/** What a packet can grow by, a tag and a word, in whole words. */
const GROWTH_BYTES_MAX = 24;

const PACKET_ROOM_BYTES = SRTP_PACKET_BYTES_MAX + GROWTH_BYTES_MAX;
const BODY_AT_BYTES = SHA1_BLOCK_BYTES + PACKET_ROOM_BYTES;

/** Memory that is written in bytes and read in words, in the machine's order. */
export class WordsAndBytes {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;

  /** A whole number of words. */
  constructor(lengthBytes: number) {
    this.bytes = new Uint8Array(lengthBytes);
    this.words = new Int32Array(this.bytes.buffer);
  }
}

/**
 * Where packets are protected and opened, with views on their beginnings that are made once: three views on each packet
 * would be a third of a kilobyte of garbage. One is enough for all calls of a process, since nothing waits in it.
 */
export class SrtpScratch {
  /** A block for the key of an authentication, the packet behind it, and a place for its body. */
  readonly #bytes = new Uint8Array(BODY_AT_BYTES + SRTP_PACKET_BYTES_MAX);
  readonly keyed = this.#bytes.subarray(0, BODY_AT_BYTES);
  readonly keyedViews = new PrefixViews(this.keyed);
  readonly packet = this.#bytes.subarray(SHA1_BLOCK_BYTES, BODY_AT_BYTES);
  readonly packetViews = new PrefixViews(this.packet);
  /** The packet in words, in the machine's order; headers have a whole number of them. */
  readonly packetWords = new Int32Array(
    this.#bytes.buffer,
    SHA1_BLOCK_BYTES,
    PACKET_ROOM_BYTES / Int32Array.BYTES_PER_ELEMENT,
  );
  /** Counters to make keystream of, and keystream of one packet. */
  readonly counters = new DataView(new ArrayBuffer(SRTP_PACKET_BYTES_MAX));
  readonly counterViews = new PrefixViews(new Uint8Array(this.counters.buffer));
  readonly keystream = new WordsAndBytes(SRTP_PACKET_BYTES_MAX);
  readonly #bodyViews = new PrefixViews(this.#bytes.subarray(BODY_AT_BYTES));

  /** A copy of a part of the packet, at a place where its view is known. */
  bodyOf(startBytes: number, endBytes: number): Uint8Array {
    this.#bytes.copyWithin(
      BODY_AT_BYTES,
      SHA1_BLOCK_BYTES + startBytes,
      SHA1_BLOCK_BYTES + endBytes,
    );
    return this.#bodyViews.of(endBytes - startBytes);
  }
}
