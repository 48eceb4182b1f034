import { randomFillSync } from 'node:crypto';
import {
  base64Chars,
  frameHeadBytes,
  MaskedBase64,
  maskInto,
  writeTextFrameHead,
} from '@prism/protocol';

const MASK_BYTES = 4;
const APPEND_HEAD = Buffer.from('{"type":"input_audio_buffer.append","audio":"');
const APPEND_TAIL = Buffer.from('"}');

/** An append of 20 ms takes 1,335 bytes. */
const SIZE_BYTES = 1_536;

/** Random bytes for masks, drawn for many frames at a time. */
const randomBytes = Buffer.alloc(4_096);
let usedRandomBytes = randomBytes.length;

/**
 * Room for one masked WebSocket frame (RFC 6455, section 5) at a time, on its way to the transport past `ws`: by its way
 * an append's text is put together, measured, copied, framed, and written in two pieces (decision 0020).
 *
 * What is given is valid until the next is asked for. A call sends one for every packet: a buffer and a string each
 * would be 16 kB a second outside of V8's heap and 64 kB in it.
 */
export class FrameRoom {
  #bytes = Buffer.allocUnsafeSlow(SIZE_BYTES);
  #words = new Int32Array(this.#bytes.buffer);
  readonly #base64 = new MaskedBase64();
  /** The newest; the next of a call is as long, as a rule. */
  #frame = this.#bytes;

  get sizeBytes(): number {
    return this.#bytes.length;
  }

  /**
   * `input_audio_buffer.append` as a frame.
   *
   * @param pcm - 24 kHz mono. Its bytes go as they lie in memory, little-endian wherever Node runs.
   */
  append(pcm: Int16Array): Buffer {
    const audioChars = base64Chars(pcm.byteLength);
    const payloadBytes = APPEND_HEAD.length + audioChars + APPEND_TAIL.length;
    const headBytes = frameHeadBytes(payloadBytes, true);
    const frame = this.#begin(payloadBytes, headBytes, APPEND_HEAD.length);
    const maskStart = headBytes - MASK_BYTES;
    maskInto(frame, headBytes, APPEND_HEAD);
    const audioAt = frame.byteOffset + headBytes + APPEND_HEAD.length;
    this.#base64.mask = maskFrom(frame, maskStart, APPEND_HEAD.length);
    this.#base64.write(this.#words, audioAt / 4, pcm);
    // Behind whole words, so that its place in the mask is the audio's.
    for (let index = 0; index < APPEND_TAIL.length; index += 1)
      frame[frame.length - APPEND_TAIL.length + index] =
        (APPEND_TAIL[index] ?? 0) ^ maskByte(frame, maskStart, APPEND_HEAD.length + index);
    return frame;
  }

  /** A client's message as a frame. */
  relay(message: Uint8Array): Buffer {
    const headBytes = frameHeadBytes(message.length, true);
    const frame = this.#begin(message.length, headBytes, 0);
    maskInto(frame, headBytes, message);
    return frame;
  }

  /** A frame with its head and mask; its payload lies evenly in memory from `evenFromBytes` on. */
  #begin(payloadBytes: number, headBytes: number, evenFromBytes: number): Buffer {
    const frame = this.#take(-(headBytes + evenFromBytes) & 3, headBytes + payloadBytes);
    writeTextFrameHead(frame, payloadBytes, true);
    if (usedRandomBytes === randomBytes.length) {
      randomFillSync(randomBytes);
      usedRandomBytes = 0;
    }
    for (let at = headBytes - MASK_BYTES; at < headBytes; at += 1) {
      frame[at] = randomBytes[usedRandomBytes] ?? 0;
      usedRandomBytes += 1;
    }
    return frame;
  }

  #take(start: number, sizeBytes: number): Buffer {
    if (this.#frame.byteOffset === start && this.#frame.length === sizeBytes) return this.#frame;
    if (start + sizeBytes > this.#bytes.length) {
      this.#bytes = Buffer.allocUnsafeSlow((start + sizeBytes + 3) & ~3);
      this.#words = new Int32Array(this.#bytes.buffer);
    }
    this.#frame = this.#bytes.subarray(start, start + sizeBytes);
    return this.#frame;
  }
}

/** Of the mask at `maskStart`, the byte for the payload's byte `index`. */
function maskByte(frame: Uint8Array, maskStart: number, index: number): number {
  return frame[maskStart + (index % MASK_BYTES)] ?? 0;
}

/** The mask as a word whose lowest byte is the one for the payload's byte `index`. */
function maskFrom(frame: Uint8Array, maskStart: number, index: number): number {
  return (
    maskByte(frame, maskStart, index) |
    (maskByte(frame, maskStart, index + 1) << 8) |
    (maskByte(frame, maskStart, index + 2) << 16) |
    (maskByte(frame, maskStart, index + 3) << 24)
  );
}
