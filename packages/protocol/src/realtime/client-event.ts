import { z } from 'zod';
import { CLIENT_EVENT_ID_CHARS_MAX } from '../limits.ts';
import { itemSchema } from './item.ts';
import { responseConfigSchema, sessionConfigSchema } from './session-config.ts';

/** The eleven client events of the Realtime GA wire. Unknown fields are kept: the upstream judges them. */

const eventId = z.string().max(CLIENT_EVENT_ID_CHARS_MAX).optional();

export const clientEventSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('session.update'),
    event_id: eventId,
    session: sessionConfigSchema,
  }),
  z.looseObject({
    type: z.literal('input_audio_buffer.append'),
    event_id: eventId,
    audio: z.base64(),
  }),
  z.looseObject({ type: z.literal('input_audio_buffer.commit'), event_id: eventId }),
  z.looseObject({ type: z.literal('input_audio_buffer.clear'), event_id: eventId }),
  z.looseObject({
    type: z.literal('conversation.item.create'),
    event_id: eventId,
    previous_item_id: z.string().nullish(),
    item: itemSchema,
  }),
  z.looseObject({
    type: z.literal('conversation.item.retrieve'),
    event_id: eventId,
    item_id: z.string(),
  }),
  z.looseObject({
    type: z.literal('conversation.item.delete'),
    event_id: eventId,
    item_id: z.string(),
  }),
  z.looseObject({
    type: z.literal('conversation.item.truncate'),
    event_id: eventId,
    item_id: z.string(),
    content_index: z.int().min(0),
    audio_end_ms: z.int().min(0),
  }),
  z.looseObject({
    type: z.literal('response.create'),
    event_id: eventId,
    response: responseConfigSchema.nullish(),
  }),
  z.looseObject({
    type: z.literal('response.cancel'),
    event_id: eventId,
    response_id: z.string().optional(),
  }),
  z.looseObject({ type: z.literal('output_audio_buffer.clear'), event_id: eventId }),
]);

export type ClientEvent = z.infer<typeof clientEventSchema>;
export type ClientEventType = ClientEvent['type'];

/** One member of the client-event union by its type. */
export type ClientEventOf<Type extends ClientEventType> = Extract<ClientEvent, { type: Type }>;
