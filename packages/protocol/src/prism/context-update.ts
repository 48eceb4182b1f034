import { z } from 'zod';
import { CLIENT_EVENT_ID_CHARS_MAX } from '../limits.ts';

/**
 * What the user sees in the application right now, for the model: a Prism event of a client or a sideband
 * (`docs/reference/prism-events.md`), in every kind of session. It takes the place of what was told before. Unknown
 * fields are kept.
 */
export const contextUpdateSchema = z.looseObject({
  type: z.literal('prism.context.update'),
  event_id: z.string().max(CLIENT_EVENT_ID_CHARS_MAX).optional(),
  /** Anything that JSON has; null: nothing any more. How long it may be, a policy says. */
  context: z.record(z.string(), z.unknown()).nullable(),
});

export type ContextUpdate = z.infer<typeof contextUpdateSchema>;
