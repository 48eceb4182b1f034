import { z } from 'zod';

/** Conversation items as a client may send them (Realtime GA reference, `conversation.item.create`). */

const common = {
  id: z.string().min(1).max(512).optional(),
  object: z.literal('realtime.item').optional(),
  status: z.enum(['completed', 'incomplete', 'in_progress']).optional(),
};

const inputTextSchema = z.strictObject({ type: z.literal('input_text'), text: z.string() });

const inputAudioSchema = z.strictObject({
  type: z.literal('input_audio'),
  audio: z.string().optional(),
  transcript: z.string().nullish(),
});

const inputImageSchema = z.strictObject({
  type: z.literal('input_image'),
  image_url: z.string(),
  detail: z.enum(['auto', 'low', 'high']).optional(),
});

const messageSchema = z.discriminatedUnion('role', [
  z.strictObject({
    ...common,
    type: z.literal('message'),
    role: z.literal('system'),
    content: z.array(z.discriminatedUnion('type', [inputTextSchema])).max(128),
  }),
  z.strictObject({
    ...common,
    type: z.literal('message'),
    role: z.literal('user'),
    content: z
      .array(z.discriminatedUnion('type', [inputTextSchema, inputAudioSchema, inputImageSchema]))
      .max(128),
  }),
  z.strictObject({
    ...common,
    type: z.literal('message'),
    role: z.literal('assistant'),
    phase: z.enum(['commentary', 'final_answer']).optional(),
    content: z
      .array(
        z.discriminatedUnion('type', [
          z.strictObject({ type: z.literal('output_text'), text: z.string() }),
        ]),
      )
      .max(128),
  }),
]);

const functionCallSchema = z.strictObject({
  ...common,
  type: z.literal('function_call'),
  name: z.string().min(1),
  arguments: z.string(),
  call_id: z.string().min(1).max(512).optional(),
});

const functionCallOutputSchema = z.strictObject({
  ...common,
  type: z.literal('function_call_output'),
  call_id: z.string().min(1),
  output: z.string(),
});

export const itemCreateSchema = z.discriminatedUnion('type', [
  messageSchema,
  functionCallSchema,
  functionCallOutputSchema,
]);

export const responseInputItemSchema = z.discriminatedUnion('type', [
  messageSchema,
  functionCallSchema,
  functionCallOutputSchema,
  z.strictObject({ type: z.literal('item_reference'), id: z.string().min(1) }),
]);

export type ItemCreate = z.infer<typeof itemCreateSchema>;
