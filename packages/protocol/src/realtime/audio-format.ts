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
