import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { DtlsCertificate, WallMs } from '@prism/core';

/** Our certificate, and what our SDP says of it. */
export interface OwnCertificate extends DtlsCertificate {
  /** SHA-256 of the certificate as SDP has it: upper case, with colons (RFC 8122). */
  readonly fingerprint: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long it holds; nobody asks, since its fingerprint is all that counts. */
const VALID_DAY_COUNT = 365;

/** Tags of ASN.1 (X.690, section 8). */
const TAG = {
  integer: 0x02,
  bitString: 0x03,
  objectId: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  version: 0xa0,
} as const;
/** 1.2.840.10045.4.3.2, `ecdsa-with-SHA256` (RFC 5758). */
const ECDSA_WITH_SHA256 = Buffer.from('2a8648ce3d040302', 'hex');
/** 2.5.4.3, `commonName`. */
const COMMON_NAME = Buffer.from('550403', 'hex');
/** Version 3 of X.509 is the number 2. */
const VERSION_3 = Buffer.of(2);

/**
 * A new P-256 key and a certificate that it signs itself (RFC 5280), for DTLS of any number of connections. By hand,
 * since Node reads certificates and makes none; it takes a fraction of a millisecond.
 */
export function makeOwnCertificate(nowMs: WallMs): OwnCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const algorithm = der(TAG.sequence, der(TAG.objectId, ECDSA_WITH_SHA256));
  const toBeSigned = toBeSignedOf({ publicKey, algorithm, nowMs });
  const certificateDer = der(
    TAG.sequence,
    toBeSigned,
    algorithm,
    der(TAG.bitString, Buffer.of(0), signWith(privateKey, toBeSigned)),
  );
  return {
    certificateDer,
    fingerprint: fingerprintOf(certificateDer),
    sign: (data) => signWith(privateKey, data),
  };
}

function signWith(key: KeyObject, data: Uint8Array): Buffer {
  return sign('sha256', data, { key, dsaEncoding: 'der' });
}

function toBeSignedOf(of: {
  readonly publicKey: KeyObject;
  readonly algorithm: Buffer;
  readonly nowMs: WallMs;
}): Buffer {
  const commonName = der(TAG.sequence, der(TAG.objectId, COMMON_NAME), text('WebRTC'));
  const name = der(TAG.sequence, der(TAG.set, commonName));
  return der(
    TAG.sequence,
    der(TAG.version, der(TAG.integer, VERSION_3)),
    // Positive and not zero-padded: the first byte is 0x40 to 0x7f.
    der(TAG.integer, Buffer.of(0x40 | ((randomBytes(1)[0] ?? 0) & 0x3f)), randomBytes(15)),
    of.algorithm,
    name,
    der(TAG.sequence, time(of.nowMs - DAY_MS), time(of.nowMs + VALID_DAY_COUNT * DAY_MS)),
    name,
    of.publicKey.export({ type: 'spki', format: 'der' }),
  );
}

function text(value: string): Buffer {
  return der(TAG.utf8String, Buffer.from(value, 'utf8'));
}

/** A time; those from 2050 on have another form (RFC 5280, section 4.1.2.5). */
function time(wallMs: number): Buffer {
  const digits = new Date(wallMs).toISOString().replace(/\.\d+|[-T:]/g, '');
  const isShort = Number(digits.slice(0, 4)) < 2050;
  const tag = isShort ? TAG.utcTime : TAG.generalizedTime;
  return der(tag, Buffer.from(isShort ? digits.slice(2) : digits, 'ascii'));
}

/** An element of ASN.1 in DER (X.690, section 10): a length takes as few bytes as it can. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag), lengthOf(body), body]);
}

function lengthOf({ length }: Buffer): Buffer {
  if (length < 0x80) return Buffer.of(length);
  return length < 0x100 ? Buffer.of(0x81, length) : Buffer.of(0x82, length >> 8, length & 0xff);
}

/** The SHA-256 of a certificate as SDP has it. */
function fingerprintOf(certificateDer: Uint8Array): string {
  const hex = createHash('sha256').update(certificateDer).digest('hex').toUpperCase();
  return hex.match(/../g)?.join(':') ?? '';
}
