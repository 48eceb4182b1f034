import { z } from 'zod';
import { CLIENT_EVENT_ID_CHARS_MAX } from '../limits.ts';

/**
 * A client asks whether it is heard: a Prism event of a client (`docs/reference/prism-events.md`), answered with
 * `prism.pong`. Unknown fields are kept.
 */
export const pingSchema = z.looseObject({
  type: z.literal('prism.ping'),
  event_id: z.string().max(CLIENT_EVENT_ID_CHARS_MAX).optional(),
  /** The client's monotonic clock, which the answer repeats. */
  client_time_ms: z.number().min(0),
});

export type Ping = z.infer<typeof pingSchema>;
