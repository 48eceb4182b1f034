import { z } from 'zod';
import { CLIENT_EVENT_ID_CHARS_MAX } from '../limits.ts';

const eventId = z.string().max(CLIENT_EVENT_ID_CHARS_MAX).optional();

/**
 * Mutes what the client says, or ends that: a Prism event of a client or a sideband
 * (`docs/reference/prism-events.md`). Unknown fields are kept.
 */
export const inputMuteSchema = z.looseObject({
  type: z.literal('prism.input.mute'),
  event_id: eventId,
  /** True: the upstream hears silence of the same length from now on. */
  muted: z.boolean(),
});

export type InputMute = z.infer<typeof inputMuteSchema>;

/**
 * Holds what the client hears, or lets it go on: a Prism event of a client or a sideband
 * (`docs/reference/prism-events.md`). Unknown fields are kept.
 */
export const outputHoldSchema = z.looseObject({
  type: z.literal('prism.output.hold'),
  event_id: eventId,
  /** True: the answer waits; false: it goes on with the next sample. */
  held: z.boolean(),
});

export type OutputHold = z.infer<typeof outputHoldSchema>;
