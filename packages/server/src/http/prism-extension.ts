import { POLICY_PRESETS, SCREEN_CONTEXT_BYTES_MAX, type SessionLimits } from '@prism/protocol';
import { z } from 'zod';
import { isSerialisedOrigin } from '../auth/origin-rules.ts';
import type { SecretGrants } from '../auth/secret-claims.ts';

const NAME_CHARS_MAX = 64;
const USER_CHARS_MAX = 256;
const VARIABLE_COUNT_MAX = 64;
const VARIABLE_CHARS_MAX = 8_192;
const ORIGIN_COUNT_MAX = 20;
const EVENT_COUNT_MAX = 200;
const DAY_S = 86_400;

const nameSchema = z.string().min(1).max(NAME_CHARS_MAX);

const eventsSchema = z.union([z.literal('all'), z.array(nameSchema).max(EVENT_COUNT_MAX)], {
  error: `it is 'all', or up to ${EVENT_COUNT_MAX} names of events`,
});

const originSchema = z.string().max(256).refine(isSerialisedOrigin, {
  error: 'it is no origin as browsers write it, like https://app.example.com',
});

const policySchema = z.strictObject({
  preset: z.enum(POLICY_PRESETS).optional(),
  allowed_client_events: eventsSchema.optional(),
  allowed_server_events: eventsSchema.optional(),
  context_bytes_max: z.int().min(0).max(SCREEN_CONTEXT_BYTES_MAX).optional(),
});

const secondsSchema = z.number().positive().max(DAY_S);

const limitsSchema = z.strictObject({
  session_seconds: secondsSchema.optional(),
  idle_seconds: secondsSchema.optional(),
  tokens: z.int().positive().optional(),
  audio_seconds: z.number().positive().optional(),
  cost_usd: z.number().positive().max(1_000_000).optional(),
  ending: z.enum(['spoken', 'silent']).optional(),
});

/** The member `prism` in the body of `POST /realtime/client_secrets`: what OpenAI's API has no word for. */
export const prismExtensionSchema = z.strictObject({
  agent: nameSchema.optional(),
  variables: z
    .record(nameSchema, z.string().max(VARIABLE_CHARS_MAX))
    .refine((variables) => Object.keys(variables).length <= VARIABLE_COUNT_MAX, {
      error: `there are at most ${VARIABLE_COUNT_MAX}`,
    })
    .optional(),
  user: z.string().min(1).max(USER_CHARS_MAX).optional(),
  uses: z.int().min(1).max(1_000_000).optional(),
  origins: z.array(originSchema).min(1).max(ORIGIN_COUNT_MAX).optional(),
  policy: policySchema.optional(),
  limits: limitsSchema.optional(),
});

type PrismExtension = z.infer<typeof prismExtensionSchema>;

/** What the extension asks for; without it nothing but the defaults. */
export function grantsOf(extension: PrismExtension | undefined): Omit<SecretGrants, 'session'> {
  const { policy, limits } = extension ?? {};
  return {
    agent: extension?.agent,
    variables: extension?.variables ?? {},
    user: extension?.user,
    usesMax: extension?.uses,
    origins: extension?.origins,
    policy: {
      preset: policy?.preset,
      allowedClientEvents: policy?.allowed_client_events,
      allowedServerEvents: policy?.allowed_server_events,
      contextBytesMax: policy?.context_bytes_max,
    },
    limits: limits === undefined ? undefined : limitsOf(limits),
  };
}

function limitsOf(limits: z.infer<typeof limitsSchema>): SessionLimits {
  return {
    sessionMs: scaled(limits.session_seconds, 1_000),
    idleMs: scaled(limits.idle_seconds, 1_000),
    tokens: limits.tokens,
    audioMs: scaled(limits.audio_seconds, 1_000),
    costMicroUsd: scaled(limits.cost_usd, 1_000_000),
    ending: limits.ending ?? 'silent',
  };
}

function scaled(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : Math.round(value * factor);
}
