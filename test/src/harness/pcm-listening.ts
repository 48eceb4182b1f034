import { SAMPLE_RATE_HZ } from '@prism/core';

const BLOCK_SAMPLES = (SAMPLE_RATE_HZ * 20) / 1_000;

/** Blocks of 20 ms louder than this (root mean square, PCM16 units) carry speech. */
const SPEECH_RMS = 300;

/** PCM16 little endian, 24 kHz mono, as samples; the pieces may be cut anywhere. */
export function samplesOf(pieces: readonly Uint8Array[]): Int16Array {
  const bytes = new Uint8Array(Buffer.concat(pieces));
  return new Int16Array(bytes.buffer, 0, bytes.length >> 1);
}

/** How long a sound is, and how much of it is as loud as speech. */
export function listen(pcm: Int16Array): { readonly lengthMs: number; readonly speechMs: number } {
  let speechMs = 0;
  for (let start = 0; start + BLOCK_SAMPLES <= pcm.length; start += BLOCK_SAMPLES) {
    let energy = 0;
    for (const sample of pcm.subarray(start, start + BLOCK_SAMPLES)) energy += sample * sample;
    speechMs += Math.sqrt(energy / BLOCK_SAMPLES) > SPEECH_RMS ? 20 : 0;
  }
  return { lengthMs: (pcm.length * 1_000) / SAMPLE_RATE_HZ, speechMs };
}
