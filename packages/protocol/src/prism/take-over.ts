import { z } from 'zod';
import { CLIENT_EVENT_ID_CHARS_MAX } from '../limits.ts';

/** When a further way to a call takes the place of the one there is (`docs/reference/media-websocket.md`). */
export const TAKE_OVER_MOMENTS = ['now', 'when_connected', 'when_asked'] as const;

export type TakeOverMoment = (typeof TAKE_OVER_MOMENTS)[number];

/** Reads `?take_over=`; undefined if it is none. */
export function takeOverMomentOf(text: unknown): TakeOverMoment | undefined {
  if (text === undefined) return 'now';
  return TAKE_OVER_MOMENTS.find((moment) => moment === text);
}

/**
 * A client chooses the way that this comes on: the first event on a way that was opened with `take_over=when_asked`.
 * Prism's own; it never goes upstream.
 */
const takeOverSchema = z.looseObject({
  type: z.literal('prism.session.take_over'),
  /** The last event that the client has had; undefined before the first. */
  last_event_id: z.string().max(CLIENT_EVENT_ID_CHARS_MAX).optional(),
});

export type TakeOver = z.infer<typeof takeOverSchema>;

/** Reads a message as one; undefined if it is any other. */
export function readTakeOver(text: string): TakeOver | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // It is no event at all.
    return undefined;
  }
  return takeOverSchema.safeParse(value).data;
}
