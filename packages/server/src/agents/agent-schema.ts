import { POLICY_PRESETS, SCREEN_CONTEXT_BYTES_MAX } from '@prism/protocol';
import { z } from 'zod';
import { toolSchema } from './tool-schema.ts';

/** Characters of an agent's instructions; longer ones are refused at start. */
export const INSTRUCTIONS_CHARS_MAX = 64 * 1024;

/** Characters of an agent's description. */
const DESCRIPTION_CHARS_MAX = 300;

/** Names of agents: what a URL and a log line take without quotes. */
const AGENT_NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

const variableSchema = z.strictObject({
  default: z.string().max(4_096).optional(),
  charsMax: z.int().min(1).max(4_096).default(200),
});

const eventsSchema = z.union([z.literal('all'), z.array(z.string().min(1).max(100)).max(200)]);

const policySchema = z.strictObject({
  preset: z.enum(POLICY_PRESETS).default('browser'),
  allowedClientEvents: eventsSchema.optional(),
  allowedServerEvents: eventsSchema.optional(),
  contextBytesMax: z.int().min(0).max(SCREEN_CONTEXT_BYTES_MAX).optional(),
});

const secondsSchema = z.number().min(1).max(86_400);

const limitsSchema = z.strictObject({
  sessionS: secondsSchema.optional(),
  idleS: secondsSchema.optional(),
  tokens: z.int().min(1).max(1e12).optional(),
  audioS: secondsSchema.optional(),
  costUsd: z.number().min(0).max(1e6).optional(),
  ending: z.enum(['spoken', 'silent']).default('silent'),
});

/** One agent as it is written in `prism.yaml`. */
export const agentSchema = z.strictObject({
  /** For people who choose between agents; the model isn't told. */
  description: z.string().min(1).max(DESCRIPTION_CHARS_MAX).optional(),
  model: z.string().min(1).optional(),
  instructions: z.string().max(INSTRUCTIONS_CHARS_MAX).optional(),
  /** Path of a text file, from the working directory. */
  instructionsFile: z.string().min(1).optional(),
  voice: z.union([z.string().min(1), z.strictObject({ id: z.string().min(1) })]).optional(),
  /** Anything else of the session object, as the wire has it. */
  session: z.record(z.string(), z.unknown()).default({}),
  variables: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z]\w{0,63}$/, 'a variable has a name of letters, digits and underscores'),
      variableSchema,
    )
    .default({}),
  tools: z.array(toolSchema).max(128).default([]),
  policy: policySchema.default({ preset: 'browser' }),
  limits: limitsSchema.default({ ending: 'silent' }),
});

/** What an agent is set to, checked, defaults filled in. */
export type AgentSettings = z.infer<typeof agentSchema>;

/** All agents, by name. */
export const agentsSchema = z.record(
  z
    .string()
    .regex(AGENT_NAME, 'an agent has a name of letters, digits, dots, hyphens and underscores'),
  agentSchema,
);
