import { z } from 'zod';
import { audioFormatSchema } from './audio-format.ts';
import { toolChoiceSchema, toolSchema } from './tool.ts';

/** The session object as a client may send it: in `session.update` and in `client_secrets`. */

/** The voices of the Realtime GA reference. */
const VOICE_NAMES = [
  'alloy',
  'ash',
  'ballad',
  'coral',
  'echo',
  'sage',
  'shimmer',
  'verse',
  'marin',
  'cedar',
] as const;

export const voiceSchema = z.union([
  z.enum(VOICE_NAMES),
  z.strictObject({ id: z.string().min(1) }),
]);

const serverVadSchema = z.strictObject({
  type: z.literal('server_vad'),
  threshold: z.number().min(0).max(1).optional(),
  prefix_padding_ms: z.int().min(0).max(10_000).optional(),
  silence_duration_ms: z.int().min(0).max(60_000).optional(),
  idle_timeout_ms: z.int().min(5_000).max(30_000).nullish(),
  create_response: z.boolean().optional(),
  interrupt_response: z.boolean().optional(),
});

const semanticVadSchema = z.strictObject({
  type: z.literal('semantic_vad'),
  eagerness: z.enum(['low', 'medium', 'high', 'auto']).optional(),
  create_response: z.boolean().optional(),
  interrupt_response: z.boolean().optional(),
  model_version: z.string().optional(),
});

export const turnDetectionSchema = z.discriminatedUnion('type', [
  serverVadSchema,
  semanticVadSchema,
]);

export type TurnDetectionUpdate = z.infer<typeof turnDetectionSchema>;

const transcriptionSchema = z.strictObject({
  model: z.string().optional(),
  language: z.string().nullish(),
  languages: z.array(z.string()).optional(),
  keywords: z.array(z.string()).optional(),
  prompt: z.string().nullish(),
  delay: z.enum(['minimal', 'low', 'medium', 'high', 'xhigh']).optional(),
});

export type TranscriptionUpdate = z.infer<typeof transcriptionSchema>;

const audioInputSchema = z.strictObject({
  format: audioFormatSchema.optional(),
  noise_reduction: z
    .strictObject({ type: z.enum(['near_field', 'far_field']), strength: z.number().optional() })
    .nullish(),
  transcription: transcriptionSchema.nullish(),
  turn_detection: turnDetectionSchema.nullish(),
});

export const outputModalitiesSchema = z.array(z.enum(['audio', 'text'])).length(1);

export const maxOutputTokensSchema = z.union([z.int().min(1).max(4096), z.literal('inf')]);

export const reasoningSchema = z.strictObject({
  effort: z.enum(['minimal', 'low', 'medium', 'high', 'xhigh']).nullish(),
});

export const promptSchema = z.strictObject({
  id: z.string(),
  version: z.string().nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
});

const truncationSchema = z.union([
  z.enum(['auto', 'disabled']),
  z.strictObject({
    type: z.literal('retention_ratio'),
    retention_ratio: z.number().min(0).max(1),
    token_limits: z.strictObject({ post_instructions: z.int().min(0).optional() }).optional(),
  }),
]);

const tracingSchema = z.union([
  z.literal('auto'),
  z.strictObject({
    workflow_name: z.string().optional(),
    group_id: z.string().optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
  }),
]);

const includeSchema = z.array(z.enum(['item.input_audio_transcription.logprobs']));

const realtimeSessionSchema = z.strictObject({
  type: z.literal('realtime'),
  model: z.string().optional(),
  output_modalities: outputModalitiesSchema.optional(),
  instructions: z.string().optional(),
  tools: z.array(toolSchema).max(128).optional(),
  tool_choice: toolChoiceSchema.optional(),
  parallel_tool_calls: z.boolean().optional(),
  reasoning: reasoningSchema.optional(),
  max_output_tokens: maxOutputTokensSchema.optional(),
  truncation: truncationSchema.optional(),
  tracing: tracingSchema.nullish(),
  prompt: promptSchema.nullish(),
  include: includeSchema.nullish(),
  audio: z
    .strictObject({
      input: audioInputSchema.optional(),
      output: z
        .strictObject({
          format: audioFormatSchema.optional(),
          voice: voiceSchema.optional(),
          speed: z.number().min(0.25).max(1.5).optional(),
        })
        .optional(),
    })
    .optional(),
});

const transcriptionSessionSchema = z.strictObject({
  type: z.literal('transcription'),
  audio: z.strictObject({ input: audioInputSchema.optional() }).optional(),
  include: includeSchema.nullish(),
});

export const sessionUpdateSchema = z.discriminatedUnion('type', [
  realtimeSessionSchema,
  transcriptionSessionSchema,
]);

export type RealtimeSessionUpdate = z.infer<typeof realtimeSessionSchema>;
export type SessionUpdate = z.infer<typeof sessionUpdateSchema>;
export type AudioInputUpdate = z.infer<typeof audioInputSchema>;
