import type { AudioCodecName } from '@prism/protocol';

/** Synchronous codec ports. Arrays they return are views that stay valid until the next call on the same object. */

export interface AudioDecoder {
  /** Decodes one packet to PCM at 24 kHz; `undefined` if the bytes are no valid packet. */
  decode(payload: Uint8Array): Int16Array | undefined;
  /**
   * Restores the last `samples` before a packet from the in-band FEC in it; `undefined` if the bytes are no valid
   * packet or the codec has no such thing. The packet itself is decoded afterwards.
   */
  decodeFec(payload: Uint8Array, samples: number): Int16Array | undefined;
  /** Continues the sound for `samples`, at most 120 ms, without a packet, fading as it goes on. */
  conceal(samples: number): Int16Array;
  /** Frees the native state. Idempotent; nothing else is called afterwards. */
  close(): void;
}

export interface AudioEncoder {
  /** Encodes exactly one slot of PCM (480 samples) to one packet. */
  encode(pcm: Int16Array): Uint8Array;
  /**
   * Tells how many percent of the packets are lost on the way. From some percent on each packet also holds a coarse
   * copy of the one before (in-band FEC); 0 is the ordinary way of encoding, which is much cheaper.
   */
  protect(lossPercent: number): void;
  close(): void;
}

export interface AudioCodec {
  readonly openDecoder: () => AudioDecoder;
  readonly openEncoder: () => AudioEncoder;
}

/** The codecs that a call can use, by name. */
export type AudioCodecs = Readonly<Record<AudioCodecName, AudioCodec>>;
