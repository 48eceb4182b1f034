import { z } from 'zod';
import { audioFormatSchema } from './audio-format.ts';

/**
 * The session object as a client may send it in `session.update` (Realtime GA reference, session object).
 * Unknown fields are kept: the upstream judges them.
 */

const turnDetectionSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('server_vad'),
    threshold: z.number().min(0).max(1).optional(),
    prefix_padding_ms: z.int().min(0).optional(),
    silence_duration_ms: z.int().min(0).optional(),
    idle_timeout_ms: z.int().min(5000).max(30_000).nullish(),
    create_response: z.boolean().optional(),
    interrupt_response: z.boolean().optional(),
  }),
  z.looseObject({
    type: z.literal('semantic_vad'),
    eagerness: z.enum(['low', 'medium', 'high', 'auto']).optional(),
    create_response: z.boolean().optional(),
    interrupt_response: z.boolean().optional(),
  }),
]);

export type TurnDetection = z.infer<typeof turnDetectionSchema>;

const toolSchema = z.union([
  z.looseObject({
    type: z.literal('function'),
    name: z.string(),
    description: z.string().optional(),
    parameters: z.record(z.string(), z.unknown()).optional(),
  }),
  z.looseObject({ type: z.literal('mcp'), server_label: z.string() }),
]);

export type Tool = z.infer<typeof toolSchema>;

const toolChoiceSchema = z.union([
  z.enum(['auto', 'none', 'required']),
  z.looseObject({ type: z.literal('function'), name: z.string() }),
  z.looseObject({ type: z.literal('mcp'), server_label: z.string(), name: z.string().nullish() }),
]);

const outputModalitiesSchema = z.array(z.enum(['audio', 'text'])).max(2);
const maxOutputTokensSchema = z.union([z.int().min(1).max(4096), z.literal('inf')]);
const voiceSchema = z.union([z.string(), z.looseObject({ id: z.string() })]);

const audioInputSchema = z.looseObject({
  format: audioFormatSchema.optional(),
  noise_reduction: z.looseObject({ type: z.enum(['near_field', 'far_field']) }).nullish(),
  transcription: z.looseObject({ model: z.string().optional() }).nullish(),
  turn_detection: turnDetectionSchema.nullish(),
});

const audioOutputSchema = z.looseObject({
  format: audioFormatSchema.optional(),
  voice: voiceSchema.optional(),
  speed: z.number().min(0.25).max(1.5).optional(),
});

const realtimeSessionConfigSchema = z.looseObject({
  type: z.literal('realtime'),
  model: z.string().optional(),
  output_modalities: outputModalitiesSchema.optional(),
  instructions: z.string().optional(),
  tools: z.array(toolSchema).optional(),
  tool_choice: toolChoiceSchema.optional(),
  max_output_tokens: maxOutputTokensSchema.optional(),
  audio: z
    .looseObject({ input: audioInputSchema.optional(), output: audioOutputSchema.optional() })
    .optional(),
});

const transcriptionSessionConfigSchema = z.looseObject({
  type: z.literal('transcription'),
  audio: z.looseObject({ input: audioInputSchema.optional() }).optional(),
});

export const sessionConfigSchema = z.discriminatedUnion('type', [
  realtimeSessionConfigSchema,
  transcriptionSessionConfigSchema,
]);

export type AudioInputConfig = z.infer<typeof audioInputSchema>;
export type AudioOutputConfig = z.infer<typeof audioOutputSchema>;
export type RealtimeSessionConfig = z.infer<typeof realtimeSessionConfigSchema>;
export type TranscriptionSessionConfig = z.infer<typeof transcriptionSessionConfigSchema>;
export type SessionConfig = z.infer<typeof sessionConfigSchema>;

export const responseConfigSchema = z.looseObject({
  conversation: z.enum(['auto', 'none']).optional(),
  instructions: z.string().optional(),
  output_modalities: outputModalitiesSchema.optional(),
  tools: z.array(toolSchema).optional(),
  tool_choice: toolChoiceSchema.optional(),
  max_output_tokens: maxOutputTokensSchema.optional(),
  metadata: z.record(z.string().max(64), z.string().max(512)).nullish(),
});

export type ResponseConfig = z.infer<typeof responseConfigSchema>;
