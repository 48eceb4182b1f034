import { z } from 'zod';

/** Rate of PCM on the Realtime wire; the only one it has. */
export const PCM_RATE_HZ = 24_000;

/** Samples per millisecond of PCM at 24 kHz. */
export const PCM_SAMPLES_PER_MS = PCM_RATE_HZ / 1000;

/** Audio formats of the Realtime GA wire: PCM16 little-endian mono at 24 kHz, or G.711 at 8 kHz. */
export const audioFormatSchema = z.union([
  z.looseObject({ type: z.literal('audio/pcm'), rate: z.literal(PCM_RATE_HZ).optional() }),
  z.looseObject({ type: z.enum(['audio/pcmu', 'audio/pcma']) }),
]);

export type AudioFormat = z.infer<typeof audioFormatSchema>;

/** The types of {@link AudioFormat}. */
export const AUDIO_FORMAT_TYPES = ['audio/pcm', 'audio/pcmu', 'audio/pcma'] as const;

/**
 * A format as a client wrote it: complete as servers echo it, or the member that is wrong (`''`: it is no object).
 * Source: Realtime GA reference, session object, `audio.input.format`.
 */
export type AudioFormatReading =
  | { readonly ok: true; readonly format: AudioFormat }
  | { readonly ok: false; readonly member: '' | 'type' | 'rate'; readonly value: unknown };

/** Reads what stands where an audio format should. */
export function readAudioFormat(written: unknown): AudioFormatReading {
  if (typeof written !== 'object' || written === null) {
    return { ok: false, member: '', value: written };
  }
  const type: unknown = 'type' in written ? written.type : undefined;
  const rate: unknown = 'rate' in written ? written.rate : undefined;
  const known = AUDIO_FORMAT_TYPES.find((each) => each === type);
  if (known === undefined) return { ok: false, member: 'type', value: type };
  if (known !== 'audio/pcm') return { ok: true, format: { type: known } };
  return rate === undefined || rate === PCM_RATE_HZ
    ? { ok: true, format: { type: known, rate: PCM_RATE_HZ } }
    : { ok: false, member: 'rate', value: rate };
}
