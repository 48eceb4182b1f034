import { z } from 'zod';

/** Audio formats of the Realtime GA wire: 16-bit PCM at 24 kHz, or G.711 at 8 kHz. */
export const audioFormatSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('audio/pcm'), rate: z.literal(24_000).optional() }),
  z.strictObject({ type: z.literal('audio/pcmu') }),
  z.strictObject({ type: z.literal('audio/pcma') }),
]);

/** An audio format as the engine echoes it: PCM always names its rate. */
export type AudioFormat =
  | { readonly type: 'audio/pcm'; readonly rate: 24_000 }
  | { readonly type: 'audio/pcmu' }
  | { readonly type: 'audio/pcma' };

/** The format that a session starts with, in both directions. */
export const PCM_FORMAT: AudioFormat = { type: 'audio/pcm', rate: 24_000 };

/** Fills in the rate of a format as a client sent it. */
export function completeAudioFormat(format: z.infer<typeof audioFormatSchema>): AudioFormat {
  return format.type === 'audio/pcm' ? PCM_FORMAT : { type: format.type };
}
