import { createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { integrityOf, type StunSeal } from '@prism/protocol';

/** Seals messages with a short-term password (RFC 8489, section 9.1). */
export function sealWith(password: string): StunSeal {
  return { hmac: (bytes) => createHmac('sha1', password).update(bytes).digest(), crc32 };
}

/** Whether the integrity at `integrityOffset` was made with this password. */
export function isSealedWith(
  password: string,
  bytes: Uint8Array,
  integrityOffset: number,
): boolean {
  const { covered, integrity } = integrityOf(bytes, integrityOffset);
  const expected = createHmac('sha1', password).update(covered).digest();
  return timingSafeEqual(expected, integrity);
}
