import { z } from 'zod';
import { CLIENT_EVENT_ID_CHARS_MAX } from '../limits.ts';

/**
 * A client is ready to go on elsewhere: a Prism event of a client (`docs/reference/prism-events.md`), the answer to
 * `prism.server.draining`. Unknown fields are kept.
 */
export const sessionMoveSchema = z.looseObject({
  type: z.literal('prism.session.move'),
  event_id: z.string().max(CLIENT_EVENT_ID_CHARS_MAX).optional(),
});

export type SessionMoveRequest = z.infer<typeof sessionMoveSchema>;
