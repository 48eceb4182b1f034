import { RED_COPY_BYTES_MAX, RED_OFFSET_TICKS_MAX, writeRedPayload } from '@prism/protocol';
import { RTP_PAYLOAD_BYTES_MAX, SLOT_TICKS } from './rtp-sender.ts';

/** Packets before that copies are kept of. */
const COPY_COUNT_MAX = 2;

interface Copy {
  readonly bytes: Uint8Array;
  lengthBytes: number;
  /** -1 if there is none. */
  slot: number;
}

/** Adds copies of the packets before to a packet (RFC 2198), and keeps the copies: two of them, in two buffers. */
export class RedundantAudio {
  readonly #audioPayloadType: number;
  readonly #payload = new Uint8Array(RTP_PAYLOAD_BYTES_MAX);
  /** Oldest first. */
  readonly #copies: Copy[] = Array.from({ length: COPY_COUNT_MAX }, () => ({
    bytes: new Uint8Array(RED_COPY_BYTES_MAX),
    lengthBytes: 0,
    slot: -1,
  }));

  constructor(audioPayloadType: number) {
    this.#audioPayloadType = audioPayloadType;
  }

  /** The payload of slot `slot` with up to `copyCount` packets before it, valid until the next call. */
  wrap(audio: Uint8Array, slot: number, copyCount: number): Uint8Array {
    const copies = this.#copies
      .slice(COPY_COUNT_MAX - copyCount)
      .filter((copy) => copy.slot >= 0 && (slot - copy.slot) * SLOT_TICKS <= RED_OFFSET_TICKS_MAX)
      .map((copy) => ({
        payloadType: this.#audioPayloadType,
        offsetTicks: (slot - copy.slot) * SLOT_TICKS,
        payload: copy.bytes.subarray(0, copy.lengthBytes),
      }));
    const primary = { payloadType: this.#audioPayloadType, payload: audio };
    const lengthBytes = writeRedPayload(this.#payload, copies, primary);
    return this.#payload.subarray(0, lengthBytes);
  }

  /** Keeps what was sent in `slot` for the packets after it. */
  keep(audio: Uint8Array, slot: number): void {
    const oldest = this.#copies.shift();
    if (oldest === undefined) return;
    const fits = audio.length <= RED_COPY_BYTES_MAX;
    if (fits) oldest.bytes.set(audio);
    oldest.lengthBytes = fits ? audio.length : 0;
    oldest.slot = fits ? slot : -1;
    this.#copies.push(oldest);
  }
}
