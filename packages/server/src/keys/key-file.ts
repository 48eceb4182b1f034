import { z } from 'zod';
import { isKeyDigest } from '../auth/key-digest.ts';
import { SERVER_KEY_COUNT_MAX, type ServerKey } from '../auth/key-ring.ts';
import { SCOPES } from '../auth/scopes.ts';

/** A line of a keys file. */
const entrySchema = z.strictObject({
  id: z.string().regex(/^[\w-]{1,64}$/),
  label: z.string().max(200),
  digest: z.string().refine(isKeyDigest, { error: 'it is no sha256: digest' }),
  scopes: z.array(z.enum(SCOPES)).min(1),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().optional(),
  revoked: z.boolean().optional(),
});

/** A key as the file has it. */
export type KeyEntry = z.infer<typeof entrySchema>;

/** A file that can't be used; the message names the line. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
}

/**
 * Reads the text of a keys file: one JSON object a line; empty lines and those that begin with `#` are passed over.
 * Throws {@link KeyFileError} if any line is wrong: half a file would let in those whom the other half revokes.
 */
export function parseKeyFile(text: string): readonly KeyEntry[] {
  const entries: KeyEntry[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    entries.push(parseLine(line, index + 1));
  }
  if (entries.length > SERVER_KEY_COUNT_MAX)
    throw new KeyFileError(`it has ${entries.length} keys; there may be ${SERVER_KEY_COUNT_MAX}`);
  const twice = entries.find(({ id }, index) => entries.findIndex((one) => one.id === id) < index);
  if (twice !== undefined) throw new KeyFileError(`the id ${twice.id} is there twice`);
  return entries;
}

/** The text of a keys file. */
export function writeKeyFile(entries: readonly KeyEntry[]): string {
  return [
    '# Server keys of Prism, one a line; made by prism keys. Digests open nothing.',
    ...entries.map((entry) => JSON.stringify(entry)),
    '',
  ].join('\n');
}

/** An entry as the server keeps it. */
export function serverKeyOf({
  id,
  label,
  digest,
  scopes,
  expiresAt,
  revoked,
}: KeyEntry): ServerKey {
  return {
    id,
    label,
    digest,
    scopes,
    expiresAtS: expiresAt === undefined ? undefined : Math.floor(Date.parse(expiresAt) / 1000),
    isRevoked: revoked === true,
  };
}

function parseLine(line: string, number: number): KeyEntry {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new KeyFileError(`line ${number} is no JSON`, { cause: error });
  }
  const parsed = entrySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.map(String).join('.') || 'the key';
  throw new KeyFileError(`line ${number}, ${path}: ${issue?.message ?? 'invalid'}`);
}
