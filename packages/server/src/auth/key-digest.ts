import { createHash, timingSafeEqual } from 'node:crypto';

const PREFIX = 'sha256:';

/**
 * What is kept of a server key: `sha256:` and 64 hexadecimal digits. One round is enough, because keys are 32 random
 * bytes that no dictionary has; a slow hash such as scrypt would protect chosen passwords, and would let every wrong
 * key cost the server tens of milliseconds.
 */
export function keyDigest(key: string): string {
  return `${PREFIX}${createHash('sha256').update(key).digest('hex')}`;
}

/** Whether a text is a digest as {@link keyDigest} makes it. */
export function isKeyDigest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

/** Compares two digests in a time that tells nothing of where they differ. */
export function isSameDigest(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
