import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import type { Admission } from '../auth/gate.ts';
import { keyDigest } from '../auth/key-digest.ts';
import type { ServerKey } from '../auth/key-ring.ts';
import type { Need, Scope } from '../auth/scopes.ts';
import type { SecretGrants } from '../auth/secret-claims.ts';
import { type AccessBench, NO_GRANTS } from './access-bench.ts';

/** A key as the file of keys has it. */
export function fileKey(
  key: string,
  scopes: readonly Scope[],
  more: Partial<ServerKey> = {},
): ServerKey {
  return {
    id: `id-${key}`,
    label: `label of ${key}`,
    digest: keyDigest(key),
    scopes,
    expiresAtS: undefined,
    isRevoked: false,
    ...more,
  };
}

/** What is asked, and with which headers besides the key. */
type Asked = Need | readonly [Need, IncomingHttpHeaders];

/** Asks the gate of a bench, from this machine. */
export async function admit(
  bench: AccessBench,
  key: string | undefined,
  asked: Asked = 'any_key',
): Promise<Admission> {
  const [need, headers] = typeof asked === 'string' ? [asked, {}] : asked;
  const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const caller = { remoteAddress: '127.0.0.1', isTls: false };
  return bench.gate.admit(
    { ...caller, headers: { host: 'localhost', ...authorization, ...headers } },
    need,
  );
}

/** A client secret for ten minutes, made with this server key. */
export async function secretOf(
  bench: AccessBench,
  grants: Partial<SecretGrants> = {},
  key?: string,
): Promise<string> {
  const found = key === undefined ? undefined : bench.keys.find(key);
  const made = await bench.maker.make(
    { key: found },
    { grants: { ...NO_GRANTS, ...grants }, ttlS: 600 },
  );
  assert.ok(made.isMinted, JSON.stringify(made));
  return made.secret.value;
}
