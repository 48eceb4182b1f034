import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import type { SrtpSessionKeys } from './key-derivation.ts';
import {
  type PacketCipher,
  type PacketHead,
  type PacketKind,
  putInt32,
  RTCP_CLEAR_BYTES,
  SRTCP_ENCRYPTED,
  SRTCP_WORD_BYTES,
} from './packet-cipher.ts';
import type { SrtpScratch } from './srtp-scratch.ts';

/** Length of GCM's tag in both profiles (RFC 7714, section 14.2). */
const GCM_TAG_BYTES = 16;

const GCM_IV_BYTES = 12;

/** Where SSRC and index stand in the IV, behind two zero bytes (RFC 7714, sections 8.1 and 9.1). */
const SSRC_AT_BYTES = 2;
const INDEX_AT_BYTES = 6;

const AES_256_KEY_BYTES = 32;
const TWO_32 = 2 ** 32;

/** AEAD_AES_128_GCM and AEAD_AES_256_GCM (RFC 7714), as the length of the key has it. */
export class GcmCipher implements PacketCipher {
  readonly overheadBytes: number;
  readonly tagFromEndBytes: number;
  readonly wordFromEndBytes = SRTCP_WORD_BYTES;
  readonly #scratch: SrtpScratch;
  readonly #algorithm: 'aes-128-gcm' | 'aes-256-gcm';
  readonly #key: KeyObject;
  readonly #salt: Uint8Array;
  readonly #isRtcp: boolean;
  readonly #iv = new Uint8Array(GCM_IV_BYTES);
  readonly #tag = new Uint8Array(GCM_TAG_BYTES);
  /** What is authenticated of RTCP besides what is encrypted: its first bytes, and the word at the packet's end. */
  readonly #rtcpHeader = new Uint8Array(RTCP_CLEAR_BYTES + SRTCP_WORD_BYTES);

  constructor(keys: SrtpSessionKeys, kind: PacketKind, scratch: SrtpScratch) {
    this.#algorithm = keys.key.length === AES_256_KEY_BYTES ? 'aes-256-gcm' : 'aes-128-gcm';
    this.#key = createSecretKey(keys.key);
    this.#salt = keys.salt;
    this.#isRtcp = kind === 'rtcp';
    this.#scratch = scratch;
    this.overheadBytes = GCM_TAG_BYTES + (this.#isRtcp ? SRTCP_WORD_BYTES : 0);
    this.tagFromEndBytes = this.overheadBytes;
  }

  seal(packet: Uint8Array, head: PacketHead): Uint8Array {
    const { packet: bytes, packetViews } = this.#scratch;
    bytes.set(packet);
    this.#setIv(head);
    const cipher = createCipheriv(this.#algorithm, this.#key, this.#iv);
    cipher.setAAD(this.#authenticated(head));
    bytes.set(
      cipher.update(this.#scratch.bodyOf(head.headerBytes, packet.length)),
      head.headerBytes,
    );
    cipher.final();
    bytes.set(cipher.getAuthTag(), packet.length);
    if (this.#isRtcp) putInt32(bytes, packet.length + GCM_TAG_BYTES, SRTCP_ENCRYPTED | head.index);
    return packetViews.of(packet.length + this.overheadBytes);
  }

  open(packet: Uint8Array, head: PacketHead): Uint8Array | undefined {
    const { packet: bytes, packetViews } = this.#scratch;
    const endBytes = packet.length - this.overheadBytes;
    bytes.set(packet);
    for (let at = 0; at < GCM_TAG_BYTES; at += 1) this.#tag[at] = bytes[endBytes + at] ?? 0;
    this.#setIv(head);
    const decipher = createDecipheriv(this.#algorithm, this.#key, this.#iv);
    decipher.setAAD(this.#authenticated(head));
    decipher.setAuthTag(this.#tag);
    const body = decipher.update(this.#scratch.bodyOf(head.headerBytes, endBytes));
    try {
      decipher.final();
    } catch {
      // The one way in which OpenSSL says that a tag doesn't fit.
      return undefined;
    }
    bytes.set(body, head.headerBytes);
    return packetViews.of(endBytes);
  }

  #authenticated(head: PacketHead): Uint8Array {
    const { packet, packetViews } = this.#scratch;
    if (!this.#isRtcp) return packetViews.of(head.headerBytes);
    for (let at = 0; at < RTCP_CLEAR_BYTES; at += 1) this.#rtcpHeader[at] = packet[at] ?? 0;
    putInt32(this.#rtcpHeader, RTCP_CLEAR_BYTES, SRTCP_ENCRYPTED | head.index);
    return this.#rtcpHeader;
  }

  /** The salt, with SSRC and index in it by exclusive or. */
  #setIv({ ssrc, index }: PacketHead): void {
    const iv = this.#iv;
    iv.fill(0);
    putInt32(iv, SSRC_AT_BYTES, ssrc);
    const above = Math.floor(index / TWO_32);
    iv[INDEX_AT_BYTES] = above >>> 8;
    iv[INDEX_AT_BYTES + 1] = above;
    putInt32(iv, INDEX_AT_BYTES + 2, index);
    for (let at = 0; at < GCM_IV_BYTES; at += 1) iv[at] = (iv[at] ?? 0) ^ (this.#salt[at] ?? 0);
  }
}
