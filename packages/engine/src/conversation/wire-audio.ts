import { decodeALaw, decodeMuLaw, encodeALaw, encodeMuLaw } from '../audio/g711.ts';
import { floatToPcm16, pcm16FromBytes, pcm16ToBytes, pcm16ToFloat } from '../audio/pcm16.ts';
import { Resampler, resample } from '../audio/resampler.ts';
import { PORT_SAMPLE_RATE_HZ } from '../ports/ears.ts';
import type { AudioFormat } from '../wire/audio-format.ts';

/** Audio between the wire's base64 and the ports' PCM16 at 24 kHz. */

const G711_RATE_HZ = 8_000;

/** What the decoder takes for base64 and isn't in the standard alphabet. */
const URL_SAFE_CHARACTERS = ['-', '_'] as const;

/** Samples per millisecond on the engine's ports. */
export const SAMPLES_PER_MS = PORT_SAMPLE_RATE_HZ / 1_000;

export function msOfSamples(samples: number): number {
  return samples / SAMPLES_PER_MS;
}

/** Bytes of one millisecond of audio on the wire. */
export function bytesPerMs(format: AudioFormat): number {
  return format.type === 'audio/pcm' ? 2 * SAMPLES_PER_MS : G711_RATE_HZ / 1_000;
}

/**
 * Strict standard base64 with padding; `undefined` if it isn't. Node's decoder leaves out what it doesn't know, so a
 * text that gives all the bytes that its length promises has nothing in it but base64. Characters beyond ASCII are
 * looked for, since of those the decoder reads the low byte.
 */
export function bytesFromBase64(text: string): Uint8Array | undefined {
  const isForeign =
    text.length % 4 !== 0 ||
    Buffer.byteLength(text) !== text.length ||
    URL_SAFE_CHARACTERS.some((character) => text.includes(character));
  if (isForeign) {
    return undefined;
  }
  const paddingCount = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === (text.length / 4) * 3 - paddingCount ? bytes : undefined;
}

export function base64FromBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Turns the bytes that a client appends into PCM, whatever way it cuts them. */
export class InputAudioDecoder {
  readonly #format: AudioFormat;
  readonly #upsampler: Resampler;
  #oddByte: number | undefined;

  constructor(format: AudioFormat) {
    this.#format = format;
    this.#upsampler = new Resampler({
      inputRateHz: G711_RATE_HZ,
      outputRateHz: PORT_SAMPLE_RATE_HZ,
    });
  }

  decode(bytes: Uint8Array): Int16Array {
    switch (this.#format.type) {
      case 'audio/pcm':
        return pcm16FromBytes(this.#withWholeSamples(bytes));
      case 'audio/pcmu':
        return floatToPcm16(this.#upsampler.push(pcm16ToFloat(decodeMuLaw(bytes))));
      case 'audio/pcma':
        return floatToPcm16(this.#upsampler.push(pcm16ToFloat(decodeALaw(bytes))));
    }
  }

  /** A sample may be cut between two appends: its first byte waits for the second. */
  #withWholeSamples(bytes: Uint8Array): Uint8Array {
    if (bytes.length === 0) {
      return bytes;
    }
    let joined = bytes;
    if (this.#oddByte !== undefined) {
      joined = new Uint8Array(bytes.length + 1);
      joined[0] = this.#oddByte;
      joined.set(bytes, 1);
    }
    this.#oddByte = joined.length % 2 === 1 ? joined[joined.length - 1] : undefined;
    return joined;
  }
}

/** Decodes a whole recording, such as the audio of an item that a client makes. */
export function pcmOfRecording(bytes: Uint8Array, format: AudioFormat): Int16Array {
  switch (format.type) {
    case 'audio/pcm':
      return pcm16FromBytes(bytes);
    case 'audio/pcmu':
      return upsampled(decodeMuLaw(bytes));
    case 'audio/pcma':
      return upsampled(decodeALaw(bytes));
  }
}

/** Encodes PCM as the bytes of a format. */
export function bytesOfPcm(pcm: Int16Array, format: AudioFormat): Uint8Array {
  switch (format.type) {
    case 'audio/pcm':
      return pcm16ToBytes(pcm);
    case 'audio/pcmu':
      return encodeMuLaw(downsampled(pcm));
    case 'audio/pcma':
      return encodeALaw(downsampled(pcm));
  }
}

function upsampled(pcm: Int16Array): Int16Array {
  const rates = { inputRateHz: G711_RATE_HZ, outputRateHz: PORT_SAMPLE_RATE_HZ };
  return floatToPcm16(resample(pcm16ToFloat(pcm), rates));
}

function downsampled(pcm: Int16Array): Int16Array {
  const rates = { inputRateHz: PORT_SAMPLE_RATE_HZ, outputRateHz: G711_RATE_HZ };
  return floatToPcm16(resample(pcm16ToFloat(pcm), rates));
}
