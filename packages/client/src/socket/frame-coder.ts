/** Turns 20 ms frames into payloads of a media WebSocket, and payloads into samples. */
export interface FrameCoder {
  readonly format: 'pcm16' | 'opus';
  /** RTP payload type of what {@link encode} makes. */
  readonly payloadType: number;
  /** Takes 480 samples of 24 kHz; the payload comes by the sink, now or soon. */
  encode(samples: Float32Array): void;
  /** Takes one payload; its samples come by the sink, now or soon, in order. */
  decode(rtpTimestamp: number, payload: Uint8Array): void;
  /** Nothing comes of what is being decoded. */
  forget(): void;
  /** Idempotent. */
  close(): void;
}

/** What a coder has made. */
export interface FrameCoderSink {
  readonly onEncoded: (payload: Uint8Array) => void;
  /** 24 kHz, mono. The array is the sink's. */
  readonly onDecoded: (rtpTimestamp: number, samples: Float32Array<ArrayBuffer>) => void;
}

/** Payload types of a media WebSocket. */
export const PAYLOAD_TYPES = { pcm16: 96, opus: 111 } as const;

const SAMPLE_BYTES = 2;
const FULL_SCALE = 32_768;

/** PCM, as the Realtime API has it: needs no codec, and 48 kB/s each way. */
export class Pcm16Coder implements FrameCoder {
  readonly format = 'pcm16';
  readonly payloadType = PAYLOAD_TYPES.pcm16;
  readonly #sink: FrameCoderSink;

  constructor(sink: FrameCoderSink) {
    this.#sink = sink;
  }

  encode(samples: Float32Array): void {
    this.#sink.onEncoded(pcm16Of(samples));
  }

  decode(rtpTimestamp: number, payload: Uint8Array): void {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    const samples = new Float32Array(Math.floor(payload.length / SAMPLE_BYTES));
    for (let index = 0; index < samples.length; index += 1)
      samples[index] = view.getInt16(index * SAMPLE_BYTES, true) / FULL_SCALE;
    this.#sink.onDecoded(rtpTimestamp, samples);
  }

  forget(): void {
    // It holds nothing.
  }

  close(): void {
    // As above.
  }
}

/** Samples between -1 and 1 as 16 bits, little-endian. */
export function pcm16Of(samples: Float32Array): Uint8Array {
  const payload = new Uint8Array(samples.length * SAMPLE_BYTES);
  const view = new DataView(payload.buffer);
  samples.forEach((sample, index) => {
    const level = Math.round(Math.max(-1, Math.min(1, sample)) * FULL_SCALE);
    view.setInt16(index * SAMPLE_BYTES, Math.min(level, FULL_SCALE - 1), true);
  });
  return payload;
}
