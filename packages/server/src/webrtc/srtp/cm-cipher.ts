import { timingSafeEqual } from 'node:crypto';
import { CounterKeystream } from './counter-keystream.ts';
import { HmacSha1 } from './hmac-sha1.ts';
import type { SrtpSessionKeys } from './key-derivation.ts';
import {
  type PacketCipher,
  type PacketHead,
  type PacketKind,
  putInt32,
  SRTCP_ENCRYPTED,
  SRTCP_WORD_BYTES,
} from './packet-cipher.ts';
import type { SrtpScratch } from './srtp-scratch.ts';

/** The first 80 bits of an HMAC-SHA1 (RFC 3711, section 4.2.1). */
const CM_TAG_BYTES = 10;

/** Length of the count of wraps that is authenticated with an RTP packet though it isn't sent. */
const ROC_BYTES = 4;

const TWO_16 = 65_536;

/** SRTP_AES128_CM_HMAC_SHA1_80 (RFC 3711). */
export class CmCipher implements PacketCipher {
  readonly overheadBytes: number;
  readonly tagFromEndBytes = CM_TAG_BYTES;
  readonly wordFromEndBytes = CM_TAG_BYTES + SRTCP_WORD_BYTES;
  readonly #scratch: SrtpScratch;
  readonly #keystream: CounterKeystream;
  readonly #hmac: HmacSha1;
  readonly #wordBytes: number;
  readonly #expected = new Uint8Array(CM_TAG_BYTES);
  readonly #received = new Uint8Array(CM_TAG_BYTES);

  constructor(keys: SrtpSessionKeys, kind: PacketKind, scratch: SrtpScratch) {
    this.#scratch = scratch;
    this.#keystream = new CounterKeystream(keys, kind === 'rtp' ? 'stream' : 'single', scratch);
    this.#hmac = new HmacSha1(keys.authenticationKey, scratch);
    this.#wordBytes = kind === 'rtcp' ? SRTCP_WORD_BYTES : 0;
    this.overheadBytes = CM_TAG_BYTES + this.#wordBytes;
  }

  seal(packet: Uint8Array, head: PacketHead): Uint8Array {
    const { packet: bytes, packetViews } = this.#scratch;
    bytes.set(packet);
    this.#keystream.apply(head, packet.length);
    const tagAtBytes = packet.length + this.#wordBytes;
    if (this.#wordBytes > 0) putInt32(bytes, packet.length, SRTCP_ENCRYPTED | head.index);
    const digest = this.#digest(head, tagAtBytes);
    for (let at = 0; at < CM_TAG_BYTES; at += 1) bytes[tagAtBytes + at] = digest[at] ?? 0;
    return packetViews.of(tagAtBytes + CM_TAG_BYTES);
  }

  open(packet: Uint8Array, head: PacketHead): Uint8Array | undefined {
    const { packet: bytes, packetViews } = this.#scratch;
    const tagAtBytes = packet.length - CM_TAG_BYTES;
    bytes.set(packet);
    // By hand: a view on each tag would be made for every packet.
    for (let at = 0; at < CM_TAG_BYTES; at += 1) this.#received[at] = bytes[tagAtBytes + at] ?? 0;
    const digest = this.#digest(head, tagAtBytes);
    for (let at = 0; at < CM_TAG_BYTES; at += 1) this.#expected[at] = digest[at] ?? 0;
    if (!timingSafeEqual(this.#expected, this.#received)) return undefined;
    const endBytes = tagAtBytes - this.#wordBytes;
    this.#keystream.apply(head, endBytes);
    return packetViews.of(endBytes);
  }

  /** Of the packet in the scratch, whose tag stands or will stand at `tagAtBytes`. */
  #digest(head: PacketHead, tagAtBytes: number): Uint8Array {
    // The word is in the packet; the count of wraps takes the place of the tag for as long.
    if (this.#wordBytes > 0) return this.#hmac.ofPacket(tagAtBytes);
    putInt32(this.#scratch.packet, tagAtBytes, Math.floor(head.index / TWO_16));
    return this.#hmac.ofPacket(tagAtBytes + ROC_BYTES);
  }
}
