import { POLICY_PRESETS, readSessionConfig } from '@prism/protocol';
import { z } from 'zod';
import type { SealedClaims, SecretClaims } from '../auth/secret-claims.ts';

const eventsSchema = z.union([z.literal('all'), z.array(z.string())]).optional();

const limitsSchema = z.object({
  sessionMs: z.number().optional(),
  idleMs: z.number().optional(),
  tokens: z.number().optional(),
  audioMs: z.number().optional(),
  costMicroUsd: z.number().optional(),
  ending: z.enum(['spoken', 'silent']),
});

const identitySchema = z.object({ id: z.string(), audience: z.string(), expiresAtS: z.number() });

const claimsSchema = identitySchema.extend({
  keyId: z.string().optional(),
  grants: z.object({
    agent: z.string().optional(),
    variables: z.record(z.string(), z.string()),
    user: z.string().optional(),
    usesMax: z.number().optional(),
    origins: z.array(z.string()).optional(),
    policy: z.object({
      preset: z.enum(POLICY_PRESETS).optional(),
      allowedClientEvents: eventsSchema,
      allowedServerEvents: eventsSchema,
      contextBytesMax: z.number().optional(),
    }),
    limits: limitsSchema.optional(),
    session: z.unknown().optional(),
    traceParent: z.string().optional(),
  }),
});

const keptSchema = identitySchema.extend({ isKept: z.literal(true) });

/** What a token of this deployment says; `undefined` if another version of Prism has made it and it can't be read. */
export function readClaims(value: unknown): SealedClaims | undefined {
  const kept = keptSchema.safeParse(value);
  return kept.success ? kept.data : readKeptClaims(value);
}

/** The same for claims that are there in full. */
export function readKeptClaims(value: unknown): SecretClaims | undefined {
  const parsed = claimsSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { id, audience, expiresAtS, keyId, grants } = parsed.data;
  const { policy, limits } = grants;
  const read =
    grants.session === undefined ? undefined : readSessionConfig(grants.session, 'session');
  if (read?.isValid === false) return undefined;
  return {
    id,
    audience,
    expiresAtS,
    keyId,
    grants: {
      agent: grants.agent,
      variables: grants.variables,
      user: grants.user,
      usesMax: grants.usesMax,
      origins: grants.origins,
      policy: {
        preset: policy.preset,
        allowedClientEvents: policy.allowedClientEvents,
        allowedServerEvents: policy.allowedServerEvents,
        contextBytesMax: policy.contextBytesMax,
      },
      limits: limits === undefined ? undefined : { ...NO_LIMIT_SET, ...limits },
      session: read?.session,
      ...(grants.traceParent === undefined ? {} : { traceParent: grants.traceParent }),
    },
  };
}

/** Members that JSON leaves out. */
const NO_LIMIT_SET = {
  sessionMs: undefined,
  idleMs: undefined,
  tokens: undefined,
  audioMs: undefined,
  costMicroUsd: undefined,
};
