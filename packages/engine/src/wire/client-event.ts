import { z } from 'zod';
import { audioFormatSchema } from './audio-format.ts';
import { itemCreateSchema, responseInputItemSchema } from './item-create.ts';
import {
  maxOutputTokensSchema,
  outputModalitiesSchema,
  promptSchema,
  reasoningSchema,
  sessionUpdateSchema,
  voiceSchema,
} from './session-update.ts';
import { toolChoiceSchema, toolSchema } from './tool.ts';

/** The eleven client events of the Realtime GA wire, strictly: a field that isn't known is an error. */

const event_id = z.string().max(512).optional();

const metadataSchema = z
  .record(z.string().max(64), z.string().max(512))
  .refine((metadata) => Object.keys(metadata).length <= 16, {
    error: 'at most 16 pairs are allowed',
  });

const responseParamsSchema = z.strictObject({
  conversation: z.enum(['auto', 'none']).optional(),
  input: z.array(responseInputItemSchema).max(256).optional(),
  instructions: z.string().optional(),
  output_modalities: outputModalitiesSchema.optional(),
  audio: z
    .strictObject({
      output: z
        .strictObject({ format: audioFormatSchema.optional(), voice: voiceSchema.optional() })
        .optional(),
    })
    .optional(),
  tools: z.array(toolSchema).max(128).optional(),
  tool_choice: toolChoiceSchema.optional(),
  parallel_tool_calls: z.boolean().optional(),
  max_output_tokens: maxOutputTokensSchema.optional(),
  metadata: metadataSchema.nullish(),
  prompt: promptSchema.nullish(),
  reasoning: reasoningSchema.optional(),
});

export type ResponseParams = z.infer<typeof responseParamsSchema>;

export const clientEventSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('session.update'), event_id, session: sessionUpdateSchema }),
  z.strictObject({ type: z.literal('input_audio_buffer.append'), event_id, audio: z.string() }),
  z.strictObject({ type: z.literal('input_audio_buffer.commit'), event_id }),
  z.strictObject({ type: z.literal('input_audio_buffer.clear'), event_id }),
  z.strictObject({
    type: z.literal('conversation.item.create'),
    event_id,
    previous_item_id: z.string().nullish(),
    item: itemCreateSchema,
  }),
  z.strictObject({ type: z.literal('conversation.item.retrieve'), event_id, item_id: z.string() }),
  z.strictObject({ type: z.literal('conversation.item.delete'), event_id, item_id: z.string() }),
  z.strictObject({
    type: z.literal('conversation.item.truncate'),
    event_id,
    item_id: z.string(),
    content_index: z.int().min(0),
    audio_end_ms: z.int().min(0),
  }),
  z.strictObject({
    type: z.literal('response.create'),
    event_id,
    response: responseParamsSchema.nullish(),
  }),
  z.strictObject({
    type: z.literal('response.cancel'),
    event_id,
    response_id: z.string().optional(),
  }),
  z.strictObject({ type: z.literal('output_audio_buffer.clear'), event_id }),
]);

export type ClientEvent = z.infer<typeof clientEventSchema>;
export type ClientEventType = ClientEvent['type'];
export type ClientEventOf<Type extends ClientEventType> = Extract<ClientEvent, { type: Type }>;
