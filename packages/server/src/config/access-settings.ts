import { POLICY_PRESETS, type PolicyPreset } from '@prism/protocol';
import { z } from 'zod';
import { define } from './define-setting.ts';
import type { Secret } from './secret.ts';
import {
  listSchema,
  networkListSchema,
  optionalTextSchema,
  secretListSchema,
} from './setting-schemas.ts';

/** Shorter ones could be guessed, and with them every client secret. */
const TOKEN_KEY_CHARS_MIN = 32;

const tokenKeysSchema = secretListSchema.refine(
  (keys) => keys.every((key) => key.reveal().length >= TOKEN_KEY_CHARS_MIN),
  {
    error: `each takes at least ${TOKEN_KEY_CHARS_MIN} characters, as openssl rand -base64 32 makes`,
  },
);

/** 0 is no limit; undefined is the default, which loopback goes without. */
const limitSchema = z.coerce.number().int().min(0).max(1_000_000_000).optional();

/** A limit that doesn't count on loopback, unless it is set. */
function limit(options: {
  readonly key: string;
  readonly env: string;
  readonly doc: string;
}): ReturnType<typeof define<number | undefined>> {
  return define<number | undefined>({ ...options, schema: limitSchema, defaultValue: undefined });
}

/** Who may call, from where, and how often. */
export const ACCESS_SETTINGS = {
  apiKeys: define<readonly Secret[]>({
    key: 'access.apiKeys',
    schema: secretListSchema,
    defaultValue: [],
    doc: 'Server keys that callers of /v1 must present, for everything. Without these and without access.keysFile loopback is open to this machine.',
    env: 'PRISM_API_KEYS',
    isSecret: true,
  }),
  keysFilePath: define<string | undefined>({
    key: 'access.keysFile',
    schema: optionalTextSchema,
    defaultValue: undefined,
    doc: 'File of server keys with labels, scopes and expiry, as `prism keys create` writes it; read again when it changes and on SIGHUP.',
    env: 'PRISM_KEYS_FILE',
  }),
  tokenKeys: define<readonly Secret[]>({
    key: 'access.tokenKeys',
    schema: tokenKeysSchema,
    defaultValue: [],
    doc: 'Secrets that client secrets are encrypted with, the same on every process: the first makes them, all read them. Random if empty, so that client secrets end with the process.',
    env: 'PRISM_TOKEN_KEYS',
    isSecret: true,
  }),
  audience: define<string | undefined>({
    key: 'access.audience',
    schema: optionalTextSchema,
    defaultValue: undefined,
    doc: 'Names this deployment in client secrets; those of another are refused. Made of host and port if absent: set it where deployments share access.tokenKeys.',
    env: 'PRISM_AUDIENCE',
  }),
  secretPreset: define<PolicyPreset>({
    key: 'access.clientSecretPolicy',
    schema: z.enum(POLICY_PRESETS),
    defaultValue: 'browser',
    doc: 'Policy of client secrets that ask for none and have no agent. open is as with OpenAI: whoever holds one may read and change what its session has set.',
    env: 'PRISM_CLIENT_SECRET_POLICY',
  }),
  allowedOrigins: define<readonly string[]>({
    key: 'access.allowedOrigins',
    schema: listSchema,
    defaultValue: [],
    doc: "Origins of pages that may call /v1, besides Prism's own; like https://app.example.com.",
    env: 'PRISM_ALLOWED_ORIGINS',
  }),
  trustedProxies: define<readonly string[]>({
    key: 'access.trustedProxies',
    schema: networkListSchema,
    defaultValue: [],
    doc: 'Networks and addresses of proxies whose Forwarded or X-Forwarded-* headers, and PROXY headers on the media port, are believed.',
    env: 'PRISM_TRUSTED_PROXIES',
  }),
  keySessionCountMax: limit({
    key: 'limits.sessionsPerKey',
    doc: 'Sessions at a time of one server key and its client secrets; 0, and if absent: no limit.',
    env: 'PRISM_MAX_SESSIONS_PER_KEY',
  }),
  userSessionCountMax: limit({
    key: 'limits.sessionsPerUser',
    doc: 'Sessions at a time of one user, as client secrets name them; 0: no limit; if absent 10, on loopback none.',
    env: 'PRISM_MAX_SESSIONS_PER_USER',
  }),
  addressSessionCountMax: limit({
    key: 'limits.sessionsPerAddress',
    doc: 'Sessions at a time from one address (of IPv6 a /64); 0: no limit; if absent 50, on loopback none.',
    env: 'PRISM_MAX_SESSIONS_PER_ADDRESS',
  }),
  keySessionRateMax: limit({
    key: 'rates.sessionsPerKey',
    doc: 'Sessions that one server key and its client secrets may open in a minute; 0: any number; if absent 1200, on loopback any.',
    env: 'PRISM_RATE_SESSIONS_PER_KEY',
  }),
  userSessionRateMax: limit({
    key: 'rates.sessionsPerUser',
    doc: 'Sessions that may be opened for one user in a minute; 0: any number; if absent 30, on loopback any.',
    env: 'PRISM_RATE_SESSIONS_PER_USER',
  }),
  addressSessionRateMax: limit({
    key: 'rates.sessionsPerAddress',
    doc: 'Sessions that may be opened from one address in a minute; 0: any number; if absent 120, on loopback any.',
    env: 'PRISM_RATE_SESSIONS_PER_ADDRESS',
  }),
  keySecretRateMax: limit({
    key: 'rates.secretsPerKey',
    doc: 'Client secrets that one server key may make in a minute; 0: any number; if absent 1200, on loopback any.',
    env: 'PRISM_RATE_SECRETS_PER_KEY',
  }),
  addressFailureRateMax: limit({
    key: 'rates.failuresPerAddress',
    doc: 'Unknown keys that may come from one address in a minute, before it has to wait; 0: any number; if absent 60, on loopback any.',
    env: 'PRISM_RATE_FAILURES_PER_ADDRESS',
  }),
  eventRateMax: limit({
    key: 'rates.eventsPerSecond',
    doc: 'Events that one controller may send in a second, ten times as many at once; 0: any number; if absent 500, on loopback any.',
    env: 'PRISM_RATE_EVENTS',
  }),
  eventBytesRateMax: limit({
    key: 'rates.bytesPerSecond',
    doc: 'Bytes of events that one controller may send in a second, ten times as many at once; 0: any number; if absent 4 MiB, on loopback any.',
    env: 'PRISM_RATE_EVENT_BYTES',
  }),
};
