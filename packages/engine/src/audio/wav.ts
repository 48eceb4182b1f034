import { pcm16FromBytes, pcm16ToBytes } from './pcm16.ts';

/** Mono PCM16 with its rate. */
export interface Recording {
  readonly pcm: Int16Array;
  readonly rateHz: number;
}

/** What {@link decodeWav} makes of a file: the recording, or why there is none. */
export type WavResult =
  | { readonly type: 'recording'; readonly recording: Recording }
  | { readonly type: 'refused'; readonly reason: string };

const HEADER_SIZE_BYTES = 44;
const MAX_RATE_HZ = 192_000;
const MAX_CHUNK_COUNT = 64;

/** Writes a mono PCM16 WAV file (RIFF, `fmt ` of 16 bytes, then `data`). */
export function encodeWav(recording: Recording): Uint8Array {
  const data = pcm16ToBytes(recording.pcm);
  const out = new Uint8Array(HEADER_SIZE_BYTES + data.length);
  const view = new DataView(out.buffer);
  writeTag(out, 0, 'RIFF');
  view.setUint32(4, HEADER_SIZE_BYTES - 8 + data.length, true);
  writeTag(out, 8, 'WAVE');
  writeTag(out, 12, 'fmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, recording.rateHz, true);
  view.setUint32(28, recording.rateHz * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  writeTag(out, 36, 'data');
  view.setUint32(40, data.length, true);
  out.set(data, HEADER_SIZE_BYTES);
  return out;
}

/**
 * Reads a PCM16 WAV file; several channels are mixed to one.
 *
 * A `data` chunk that claims more than the file has (streamed files say 0xFFFFFFFF) is read as far as it goes.
 *
 * @param bytes - The whole file.
 * @param maxDurationMs - Longer recordings are refused.
 */
export function decodeWav(bytes: Uint8Array, maxDurationMs = 600_000): WavResult {
  if (bytes.length < 12 || readTag(bytes, 0) !== 'RIFF' || readTag(bytes, 8) !== 'WAVE') {
    return refused('not a RIFF WAVE file');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: { channelCount: number; rateHz: number } | undefined;
  let offset = 12;
  for (let count = 0; count < MAX_CHUNK_COUNT && offset + 8 <= bytes.length; count++) {
    const tag = readTag(bytes, offset);
    const sizeBytes = view.getUint32(offset + 4, true);
    const body = offset + 8;
    if (tag === 'fmt ') {
      if (sizeBytes < 16 || body + 16 > bytes.length) return refused('the fmt chunk is cut short');
      const encoding = view.getUint16(body, true);
      const bitCount = view.getUint16(body + 14, true);
      // 0xFFFE is the extensible form, whose samples are PCM here if they have 16 bits.
      if ((encoding !== 1 && encoding !== 0xfffe) || bitCount !== 16) {
        return refused('only 16-bit PCM is read');
      }
      format = {
        channelCount: view.getUint16(body + 2, true),
        rateHz: view.getUint32(body + 4, true),
      };
      if (format.channelCount < 1 || format.channelCount > 8) return refused('bad channel count');
      if (format.rateHz < 1 || format.rateHz > MAX_RATE_HZ) return refused('bad sample rate');
    } else if (tag === 'data') {
      if (format === undefined) return refused('the data chunk comes before fmt');
      const data = bytes.subarray(body, Math.min(bytes.length, body + sizeBytes));
      const frameCount = Math.floor(data.length / (2 * format.channelCount));
      if ((frameCount * 1000) / format.rateHz > maxDurationMs) return refused('too long');
      const pcm = mixToMono(pcm16FromBytes(data), format.channelCount, frameCount);
      return { type: 'recording', recording: { pcm, rateHz: format.rateHz } };
    }
    offset = body + sizeBytes + (sizeBytes & 1);
  }
  return refused('no data chunk');
}

function refused(reason: string): WavResult {
  return { type: 'refused', reason };
}

function mixToMono(samples: Int16Array, channelCount: number, frameCount: number): Int16Array {
  if (channelCount === 1) return samples;
  const out = new Int16Array(frameCount);
  for (let i = 0; i < frameCount; i++) {
    let sum = 0;
    for (let channel = 0; channel < channelCount; channel++) {
      sum += samples[i * channelCount + channel] ?? 0;
    }
    out[i] = Math.round(sum / channelCount);
  }
  return out;
}

function readTag(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}

function writeTag(bytes: Uint8Array, offset: number, tag: string): void {
  for (let i = 0; i < tag.length; i++) bytes[offset + i] = tag.charCodeAt(i);
}
