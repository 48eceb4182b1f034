/** Samples of one millisecond of PCM at 24 kHz. */
const SAMPLES_PER_MS = 24;

/** A quiet tone of 440 Hz, PCM16 mono at 24 kHz: something to append that is no speech. */
export function tone(durationMs: number): Int16Array {
  const step = (2 * Math.PI * 440) / (SAMPLES_PER_MS * 1_000);
  return Int16Array.from({ length: durationMs * SAMPLES_PER_MS }, (_, index) =>
    Math.round(3_000 * Math.sin(step * index)),
  );
}

/** Silence, PCM16 mono at 24 kHz. */
export function silence(durationMs: number): Int16Array {
  return new Int16Array(durationMs * SAMPLES_PER_MS);
}

/** Bytes as the wire carries them. */
export function base64Of(pcm: Int16Array): string {
  return Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).toString('base64');
}

/** The bytes of a text in standard base64; `undefined` if it is none. */
export function bytesOfBase64(text: unknown): Uint8Array | undefined {
  if (typeof text !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) {
    return undefined;
  }
  return Buffer.from(text, 'base64');
}
