import type { ToolDefinition } from '@prism/protocol';
import { z } from 'zod';

/** A function's name, as the Realtime API takes it. */
const nameSchema = z
  .string()
  .regex(/^[\w-]{1,64}$/, 'it takes up to 64 letters, digits, hyphens and underscores');

const toolBase = {
  name: nameSchema,
  timeoutMs: z.int().min(100).max(600_000).default(20_000),
  resultBytesMax: z.int().min(256).max(1_048_576).default(32_768),
  onInterruption: z.enum(['continue', 'cancel']).default('continue'),
  fillerAfterMs: z.int().min(100).max(600_000).optional(),
  needsConfirmation: z.boolean().default(false),
  confirmedBy: z.enum(['client', 'spoken']).optional(),
} as const;

const callable = {
  description: z.string().max(4_096).default(''),
  parameters: z
    .record(z.string(), z.unknown())
    .default({ type: 'object', properties: {}, additionalProperties: false }),
} as const;

/** The name of an environment variable: secrets are in no file of settings. */
const environmentName = z.string().regex(/^[A-Z_][A-Z0-9_]*$/i, 'it is the name of a variable');

const httpUrl = z.url({ protocol: /^https?$/ });

const mcpServerSchema = z.discriminatedUnion('transport', [
  z.strictObject({
    transport: z.literal('stdio'),
    command: z.string().min(1),
    args: z.array(z.string()).default([]),
    env: z.array(environmentName).optional(),
  }),
  z.strictObject({
    transport: z.literal('http'),
    url: httpUrl,
    bearerEnv: environmentName.optional(),
  }),
]);

const toolKindSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('function'), ...toolBase, ...callable }),
  z.strictObject({
    kind: z.literal('webhook'),
    ...toolBase,
    ...callable,
    url: httpUrl,
    secretEnv: environmentName.optional(),
  }),
  z.strictObject({ kind: z.literal('client'), ...toolBase, ...callable }),
  z.strictObject({
    kind: z.literal('mcp'),
    ...toolBase,
    server: mcpServerSchema,
    allowedTools: z.array(z.string().min(1)).optional(),
  }),
]);

/** A tool of an agent as it is written in `prism.yaml`. */
export const toolSchema = toolKindSchema.transform(
  (tool): ToolDefinition =>
    tool.kind === 'mcp'
      ? { ...tool, fillerAfterMs: tool.fillerAfterMs, allowedTools: tool.allowedTools }
      : { ...tool, fillerAfterMs: tool.fillerAfterMs },
);
