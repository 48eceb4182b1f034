import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { DtlsCrypto, PrfInput } from '@prism/core';
import { makeKeyShare } from './key-share.ts';
import { readPeerCertificate } from './peer-certificate.ts';
import { makeRecordCipher } from './record-cipher.ts';

/** The cryptography of DTLS, by Node's own (OpenSSL). */
export const NODE_DTLS_CRYPTO: DtlsCrypto = {
  randomBytes: (lengthBytes) => randomBytes(lengthBytes),
  hash: (name, bytes) => createHash(name).update(bytes).digest(),
  prf,
  makeKeyShare,
  readCertificate: readPeerCertificate,
  makeCipher: makeRecordCipher,
  isEqual: (left, right) => left.length === right.length && timingSafeEqual(left, right),
};

/** `P_hash(secret, label + seed)` (RFC 5246, section 5). */
function prf({ hash, secret, label, seed, lengthBytes }: PrfInput): Uint8Array {
  const hmac = (...parts: readonly Uint8Array[]): Buffer => {
    const mac = createHmac(hash, secret);
    for (const part of parts) mac.update(part);
    return mac.digest();
  };
  const labelled = Buffer.concat([Buffer.from(label, 'ascii'), seed]);
  const blocks: Buffer[] = [];
  let chained = hmac(labelled);
  for (let madeBytes = 0; madeBytes < lengthBytes; madeBytes += chained.length) {
    blocks.push(hmac(chained, labelled));
    chained = hmac(chained);
  }
  return new Uint8Array(Buffer.concat(blocks, lengthBytes));
}
