import type { ServerEvent } from '../wire/server-event.ts';

/** Events as a test compares them, whole: without their own ids, and audio by its length in bytes. */
export function comparableEvents(events: readonly ServerEvent[]): readonly object[] {
  return events.map(({ event_id: _eventId, ...event }) =>
    event.type === 'response.output_audio.delta'
      ? { ...event, delta: Buffer.from(event.delta, 'base64').length }
      : event,
  );
}
