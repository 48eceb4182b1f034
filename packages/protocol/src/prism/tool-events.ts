import { z } from 'zod';
import { CLIENT_EVENT_ID_CHARS_MAX } from '../limits.ts';

const eventId = z.string().max(CLIENT_EVENT_ID_CHARS_MAX).optional();

/**
 * Asks for the events about tools that wait for the user's agreement: a Prism event of a client or a sideband
 * (`docs/reference/prism-events.md`), in every kind of session. Unknown fields are kept.
 */
export const toolSubscriptionSchema = z.looseObject({
  type: z.literal('prism.tool.subscribe'),
  event_id: eventId,
});

/**
 * What the user decided about one call of a tool: a Prism event of a client or a sideband
 * (`docs/reference/prism-events.md`), in every kind of session. Unknown fields are kept.
 */
export const toolDecisionSchema = z.looseObject({
  type: z.literal('prism.tool.confirm'),
  event_id: eventId,
  /** From `prism.tool.confirmation_required`. */
  confirmation_id: z.string().max(128),
  /** True: the call may be made, once, with exactly these arguments. */
  approved: z.boolean(),
});

/** The events about tools that clients send to Prism. */
export type PrismToolEvent =
  | z.infer<typeof toolSubscriptionSchema>
  | z.infer<typeof toolDecisionSchema>;
