import { type AudioCodec, SLOT_SAMPLES } from '@prism/core';

/** One frame of Opus silence, 20 ms (RFC 6716). */
export const SILENT_PAYLOAD: Uint8Array = Uint8Array.of(0xf8, 0xff, 0xfe);

/** Frames quieter than this, root mean square of 16-bit samples, are pauses: -50 dBFS. */
export const AUDIBLE_RMS = 100;

/** What a trial call says, encoded once for all calls: one payload for each 20 ms. */
export interface Phrase {
  readonly payloads: readonly Uint8Array[];
  /** Index of the last payload with sound in it. */
  readonly lastLoud: number;
}

/** Encodes speech (PCM at 24 kHz). Throws a `RangeError` if there is no sound in it. */
export function encodePhrase(speech: Int16Array, codec: AudioCodec): Phrase {
  const encoder = codec.openEncoder();
  const payloads: Uint8Array[] = [];
  let lastLoud = -1;
  const frame = new Int16Array(SLOT_SAMPLES);
  for (let start = 0; start < speech.length; start += SLOT_SAMPLES) {
    frame.fill(0);
    frame.set(speech.subarray(start, start + SLOT_SAMPLES));
    if (rmsOf(frame) > AUDIBLE_RMS) lastLoud = payloads.length;
    payloads.push(encoder.encode(frame).slice());
  }
  encoder.close();
  if (lastLoud < 0) throw new RangeError('nothing can be heard in it');
  return { payloads, lastLoud };
}

/** Root mean square of 16-bit samples. */
export function rmsOf(pcm: Int16Array): number {
  let sum = 0;
  for (const sample of pcm) sum += sample * sample;
  return Math.sqrt(sum / Math.max(1, pcm.length));
}
