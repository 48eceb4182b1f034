import { z } from 'zod';
import { CLIENT_EVENT_ID_CHARS_MAX } from '../limits.ts';

/**
 * A client says that it comes back whenever its connection closes, as a page that is loaded anew: a Prism event of a
 * client (`docs/reference/prism-events.md`). Unknown fields are kept.
 */
export const sessionKeepSchema = z.looseObject({
  type: z.literal('prism.session.keep'),
  event_id: z.string().max(CLIENT_EVENT_ID_CHARS_MAX).optional(),
  /** True: a goodbye of the connection is a loss of it, with the grace of one. */
  kept: z.boolean(),
});

export type SessionKeep = z.infer<typeof sessionKeepSchema>;
