import { z } from 'zod';

/** Conversation items as clients may create them (Realtime GA reference, `conversation.item.create`). */

const statusSchema = z.enum(['completed', 'incomplete', 'in_progress']).optional();

const contentPartSchema = z.union([
  z.looseObject({ type: z.literal('input_text'), text: z.string() }),
  z.looseObject({
    type: z.literal('input_audio'),
    audio: z.string().optional(),
    transcript: z.string().nullish(),
  }),
  z.looseObject({ type: z.literal('input_image'), image_url: z.string() }),
  z.looseObject({ type: z.literal('output_text'), text: z.string() }),
  z.looseObject({ type: z.literal('output_audio'), transcript: z.string().nullish() }),
]);

export const itemSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('message'),
    id: z.string().optional(),
    status: statusSchema,
    role: z.enum(['system', 'user', 'assistant']),
    content: z.array(contentPartSchema),
  }),
  z.looseObject({
    type: z.literal('function_call'),
    id: z.string().optional(),
    status: statusSchema,
    name: z.string(),
    arguments: z.string(),
    call_id: z.string().optional(),
  }),
  z.looseObject({
    type: z.literal('function_call_output'),
    id: z.string().optional(),
    call_id: z.string(),
    output: z.string(),
  }),
  z.looseObject({
    type: z.literal('mcp_approval_response'),
    id: z.string().optional(),
    approval_request_id: z.string(),
    approve: z.boolean(),
  }),
  z.looseObject({ type: z.literal('mcp_approval_request'), id: z.string().optional() }),
  z.looseObject({ type: z.literal('mcp_list_tools'), id: z.string().optional() }),
  z.looseObject({ type: z.literal('mcp_call'), id: z.string().optional() }),
]);

export type RealtimeItem = z.infer<typeof itemSchema>;
