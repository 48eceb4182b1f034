import { z } from 'zod';
import { CLIENT_EVENT_ID_CHARS_MAX, EARLY_AUDIO_PIECE_CHARS_MAX } from '../limits.ts';

/**
 * What a caller said before its call was live, piece by piece: a Prism event of the client of a WebRTC call that was
 * made with `early_audio=on` (`docs/reference/prism-events.md`). Unknown fields are kept.
 */
export const earlyAudioSchema = z.looseObject({
  type: z.literal('prism.input.early'),
  event_id: z.string().max(CLIENT_EVENT_ID_CHARS_MAX).optional(),
  /** Base64 of 16 bits, little-endian, mono, 24 kHz: the next piece, or nothing. */
  audio: z.string().max(EARLY_AUDIO_PIECE_CHARS_MAX),
  /** True: nothing follows. */
  complete: z.boolean(),
});

export type EarlyAudioPiece = z.infer<typeof earlyAudioSchema>;
