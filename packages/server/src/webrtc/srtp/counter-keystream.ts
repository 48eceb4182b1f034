import { createCipheriv } from 'node:crypto';
import type { SrtpSessionKeys } from './key-derivation.ts';
import { type PacketHead, SRTP_PACKET_BYTES_MAX } from './packet-cipher.ts';
import { type SrtpScratch, WordsAndBytes } from './srtp-scratch.ts';

const BLOCK_BYTES = 16;
const WORD_BYTES = Int32Array.BYTES_PER_ELEMENT;
const WORDS_PER_BLOCK = BLOCK_BYTES / WORD_BYTES;

/** Room for keystream: of the longest packet, or of as many short ones. */
const BLOCKS_MAX = SRTP_PACKET_BYTES_MAX / BLOCK_BYTES;

/** Packets for which keystream is made at once; a packet's share of that call is what it costs. */
const AHEAD_PACKETS_MAX = 32;

const TWO_16 = 65_536;

/** How far keystream is made ahead: for a stream of packets, or for each packet when it comes. */
export type KeystreamPace = 'stream' | 'single';

/**
 * AES in counter mode as SRTP has it (RFC 3711, section 4.1.1), for one session key.
 *
 * All keystream is the work of one cipher object that lives as long as the key: counter mode encrypts counters, one by
 * one, so that AES-ECB over counters gives its blocks. (A cipher object of counter mode has one IV for life, and making
 * one for each packet costs four times as much.) A source's packets come one after the other, so that keystream is made
 * for some ahead; a packet that comes out of that order gets its own.
 */
export class CounterKeystream {
  readonly #scratch: SrtpScratch;
  readonly #cipher;
  readonly #salt = new DataView(new ArrayBuffer(BLOCK_BYTES));
  readonly #pace: KeystreamPace;
  /** Made with a source's second packet: most keys protect few or none. */
  #ahead: WordsAndBytes | undefined;
  #aheadIndex = 0;
  #aheadPackets = 0;
  #aheadBlocks = 0;
  /** Of the packet before. */
  #ssrc: number | undefined;
  /** Longest packet since keystream was made ahead. */
  #blocksMax = 0;

  constructor(keys: SrtpSessionKeys, pace: KeystreamPace, scratch: SrtpScratch) {
    this.#scratch = scratch;
    this.#cipher = createCipheriv(`aes-${keys.key.length * 8}-ecb`, keys.key, null);
    this.#cipher.setAutoPadding(false);
    new Uint8Array(this.#salt.buffer).set(keys.salt);
    this.#pace = pace;
  }

  /**
   * Encrypts or decrypts the packet in the scratch, from its header to `endBytes`, and with that up to three bytes
   * behind: what is there has no meaning afterwards.
   */
  apply(head: PacketHead, endBytes: number): void {
    const blocks = Math.ceil((endBytes - head.headerBytes) / BLOCK_BYTES);
    if (blocks <= 0) return;
    const atWord = this.#place(head, blocks);
    const { words: keystream } =
      (atWord < 0 ? undefined : this.#ahead) ?? this.#single(head, blocks);
    const words = this.#scratch.packetWords;
    const startWord = head.headerBytes / WORD_BYTES;
    const endWord = Math.ceil(endBytes / WORD_BYTES);
    const offsetWords = Math.max(0, atWord) - startWord;
    for (let word = startWord; word < endWord; word += 1)
      words[word] = (words[word] ?? 0) ^ (keystream[word + offsetWords] ?? 0);
  }

  /** Where in `#ahead` the keystream of a packet begins, made there if it comes next; −1 if it gets its own. */
  #place(head: PacketHead, blocks: number): number {
    if (this.#pace === 'single') return -1;
    if (head.ssrc !== this.#ssrc) {
      this.#ssrc = head.ssrc;
      this.#aheadPackets = 0;
      this.#aheadIndex = head.index;
      return -1;
    }
    if (blocks > this.#blocksMax) this.#blocksMax = blocks;
    const ahead = head.index - this.#aheadIndex;
    if (ahead < 0) return -1;
    if (ahead < this.#aheadPackets && blocks <= this.#aheadBlocks)
      return ahead * this.#aheadBlocks * WORDS_PER_BLOCK;
    this.#lookAhead(head, blocks);
    return 0;
  }

  #lookAhead(head: PacketHead, blocks: number): void {
    this.#aheadBlocks = this.#blocksMax;
    this.#blocksMax = blocks;
    this.#aheadPackets = Math.min(AHEAD_PACKETS_MAX, Math.floor(BLOCKS_MAX / this.#aheadBlocks));
    this.#aheadIndex = head.index;
    for (let packet = 0; packet < this.#aheadPackets; packet += 1)
      this.#putCounters(head, packet, this.#aheadBlocks);
    this.#ahead ??= new WordsAndBytes(SRTP_PACKET_BYTES_MAX);
    this.#encrypt(this.#ahead, this.#aheadPackets * this.#aheadBlocks);
  }

  #single(head: PacketHead, blocks: number): WordsAndBytes {
    this.#putCounters(head, 0, blocks);
    this.#encrypt(this.#scratch.keystream, blocks);
    return this.#scratch.keystream;
  }

  /** The counters of the packet that comes `ahead` packets after, behind those of the packets before it. */
  #putCounters(head: PacketHead, ahead: number, blocks: number): void {
    const { counters } = this.#scratch;
    const index = head.index + ahead;
    const first = this.#salt.getInt32(0);
    const second = this.#salt.getInt32(4) ^ head.ssrc;
    const third = this.#salt.getInt32(8) ^ Math.floor(index / TWO_16);
    const fourth = this.#salt.getInt32(12) ^ (index << 16);
    for (let block = 0; block < blocks; block += 1) {
      const atBytes = (ahead * blocks + block) * BLOCK_BYTES;
      counters.setInt32(atBytes, first);
      counters.setInt32(atBytes + 4, second);
      counters.setInt32(atBytes + 8, third);
      counters.setInt32(atBytes + 12, fourth | block);
    }
  }

  #encrypt(target: WordsAndBytes, blocks: number): void {
    target.bytes.set(this.#cipher.update(this.#scratch.counterViews.of(blocks * BLOCK_BYTES)));
  }
}
