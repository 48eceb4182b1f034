import { hash as hashOnce } from 'node:crypto';
import { SHA1_BLOCK_BYTES, type SrtpScratch } from './srtp-scratch.ts';

declare module 'node:crypto' {
  /** Any encoding of strings is taken; the types know those of text alone. */
  function hash(algorithm: string, data: Uint8Array, outputEncoding: 'utf16le'): string;
}

const SHA1_BYTES = 20;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/**
 * HMAC-SHA1 (RFC 2104) by two hashes of OpenSSL over keyed blocks: an object for each packet, as `createHmac` makes it,
 * costs three to four times as much.
 *
 * The hashes come as strings of ten characters, two bytes in each: the smallest thing on the heap that Node gives.
 */
export class HmacSha1 {
  readonly #scratch: SrtpScratch;
  readonly #innerBlock: Uint8Array;
  /** The outer block, and the inner hash behind it. */
  readonly #outer = new Uint8Array(SHA1_BLOCK_BYTES + SHA1_BYTES);
  readonly #digest = new Uint8Array(SHA1_BYTES);

  /** The key has at most {@link SHA1_BLOCK_BYTES} bytes. */
  constructor(key: Uint8Array, scratch: SrtpScratch) {
    this.#scratch = scratch;
    this.#innerBlock = keyedBlock(key, INNER_PAD);
    this.#outer.set(keyedBlock(key, OUTER_PAD));
  }

  /** Of the first bytes of the packet in the scratch: 20 bytes, overwritten by the next call. */
  ofPacket(lengthBytes: number): Uint8Array {
    const { keyed, keyedViews } = this.#scratch;
    keyed.set(this.#innerBlock);
    const inner = hashOnce('sha1', keyedViews.of(SHA1_BLOCK_BYTES + lengthBytes), 'utf16le');
    putCharacters(this.#outer, SHA1_BLOCK_BYTES, inner);
    putCharacters(this.#digest, 0, hashOnce('sha1', this.#outer, 'utf16le'));
    return this.#digest;
  }
}

function keyedBlock(key: Uint8Array, pad: number): Uint8Array {
  const block = new Uint8Array(SHA1_BLOCK_BYTES);
  block.set(key);
  return block.map((byte) => byte ^ pad);
}

function putCharacters(target: Uint8Array, atBytes: number, characters: string): void {
  for (let place = 0; place < SHA1_BYTES / 2; place += 1) {
    const pair = characters.charCodeAt(place);
    target[atBytes + 2 * place] = pair;
    target[atBytes + 2 * place + 1] = pair >>> 8;
  }
}
