import { monoOf } from '../sound/track-frames.ts';
import { type FrameCoder, type FrameCoderSink, PAYLOAD_TYPES } from './frame-coder.ts';

/** WebCodecs' Opus runs at 48 kHz whatever it is told. */
const OPUS_RATE_HZ = 48_000;
const FRAME_RATE_HZ = 24_000;
const BITS_PER_SECOND = 32_000;
const FRAME_US = 20_000;

const ENCODER: AudioEncoderConfig = {
  codec: 'opus',
  sampleRate: FRAME_RATE_HZ,
  numberOfChannels: 1,
  bitrate: BITS_PER_SECOND,
  opus: { frameDuration: FRAME_US },
};

const DECODER: AudioDecoderConfig = {
  codec: 'opus',
  sampleRate: OPUS_RATE_HZ,
  numberOfChannels: 1,
};

/** Opus by WebCodecs: 4 kB/s each way, where the browser has it. */
export class OpusCoder implements FrameCoder {
  readonly format = 'opus';
  readonly payloadType = PAYLOAD_TYPES.opus;
  readonly #encoder: AudioEncoder;
  readonly #decoder: AudioDecoder;
  /** RTP times of what is being decoded: Chromium counts samples instead of telling the time of a chunk. */
  readonly #decoding: (number | undefined)[] = [];
  #encodedUs = 0;
  #decodedUs = 0;

  /** @param onFailure - A codec has failed; nothing comes of it any more. */
  constructor(sink: FrameCoderSink, onFailure: () => void) {
    this.#encoder = new AudioEncoder({
      output: (chunk) => {
        const payload = new Uint8Array(chunk.byteLength);
        chunk.copyTo(payload);
        sink.onEncoded(payload);
      },
      error: onFailure,
    });
    this.#encoder.configure(ENCODER);
    this.#decoder = new AudioDecoder({
      output: (audio) => {
        const rtpTimestamp = this.#decoding.shift();
        if (rtpTimestamp !== undefined) sink.onDecoded(rtpTimestamp, samplesOf(audio));
        audio.close();
      },
      error: onFailure,
    });
    this.#decoder.configure(DECODER);
  }

  /** Whether this browser can, both ways. */
  static async isSupported(): Promise<boolean> {
    if (!('AudioEncoder' in globalThis && 'AudioDecoder' in globalThis)) return false;
    try {
      const answers = await Promise.all([
        AudioEncoder.isConfigSupported(ENCODER),
        AudioDecoder.isConfigSupported(DECODER),
      ]);
      return answers.every(({ supported }) => supported === true);
    } catch {
      // A browser that doesn't know the options at all.
      return false;
    }
  }

  encode(samples: Float32Array): void {
    if (this.#encoder.state !== 'configured') return;
    const data = new AudioData({
      format: 'f32-planar',
      sampleRate: FRAME_RATE_HZ,
      numberOfChannels: 1,
      numberOfFrames: samples.length,
      timestamp: this.#encodedUs,
      data: new Float32Array(samples),
    });
    this.#encodedUs += FRAME_US;
    this.#encoder.encode(data);
    data.close();
  }

  decode(rtpTimestamp: number, payload: Uint8Array): void {
    if (this.#decoder.state !== 'configured') return;
    this.#decoding.push(rtpTimestamp);
    const timestamp = this.#decodedUs;
    this.#decodedUs += FRAME_US;
    this.#decoder.decode(
      new EncodedAudioChunk({ type: 'key', timestamp, data: new Uint8Array(payload) }),
    );
  }

  forget(): void {
    this.#decoding.fill(undefined);
  }

  close(): void {
    if (this.#encoder.state !== 'closed') this.#encoder.close();
    if (this.#decoder.state !== 'closed') this.#decoder.close();
  }
}

/** At 24 kHz: the server's sound has nothing above 12 kHz, so that every second sample is all of it. */
function samplesOf(audio: AudioData): Float32Array<ArrayBuffer> {
  const all = monoOf(audio);
  const step = Math.max(1, Math.round(audio.sampleRate / FRAME_RATE_HZ));
  return Float32Array.from(
    { length: Math.floor(all.length / step) },
    (_, at) => all[at * step] ?? 0,
  );
}
