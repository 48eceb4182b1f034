import { z } from 'zod';
import { CLIENT_EVENT_ID_CHARS_MAX } from '../limits.ts';

/**
 * Asks for Prism's own server events: a Prism event of a client or a sideband (`docs/reference/prism-events.md`), for
 * one that sends no other. Unknown fields are kept.
 */
export const transcriptSubscriptionSchema = z.looseObject({
  type: z.literal('prism.transcript.subscribe'),
  event_id: z.string().max(CLIENT_EVENT_ID_CHARS_MAX).optional(),
});

export type TranscriptSubscription = z.infer<typeof transcriptSubscriptionSchema>;
