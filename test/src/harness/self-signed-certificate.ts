import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A certificate for 127.0.0.1 and localhost, both PEM. Made anew for each test; nothing trusts it by default. */
export interface SelfSignedCertificate {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** Tags of DER (ITU-T X.690) that a certificate needs. */
const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  utf8String: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
  version: 0xa0,
  extensions: 0xa3,
  dnsName: 0x82,
  ipAddress: 0x87,
} as const;

const ECDSA_WITH_SHA256_OID = Buffer.from('06082a8648ce3d040302', 'hex');
const COMMON_NAME_OID = Buffer.from('0603550403', 'hex');
const SUBJECT_ALT_NAME_OID = Buffer.from('0603551d11', 'hex');

/** Far apart, so that no clock is asked. */
const VALIDITY = ['200101000000Z', '491231235959Z'] as const;

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const length =
    content.length < 0x80 ? [content.length] : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function nameOf(commonName: string): Buffer {
  const value = der(TAG.utf8String, Buffer.from(commonName));
  return der(TAG.sequence, der(TAG.set, der(TAG.sequence, COMMON_NAME_OID, value)));
}

function toBeSigned(publicKey: KeyObject, algorithm: Buffer): Buffer {
  const name = nameOf('Prism test');
  const hosts = der(
    TAG.sequence,
    der(TAG.ipAddress, Buffer.from([127, 0, 0, 1])),
    der(TAG.dnsName, Buffer.from('localhost')),
  );
  const altName = der(TAG.sequence, SUBJECT_ALT_NAME_OID, der(TAG.octetString, hosts));
  return der(
    TAG.sequence,
    der(TAG.version, der(TAG.integer, Buffer.from([2]))),
    der(TAG.integer, Buffer.from([1])),
    algorithm,
    name,
    der(TAG.sequence, ...VALIDITY.map((time) => der(TAG.utcTime, Buffer.from(time)))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(TAG.extensions, der(TAG.sequence, altName)),
  );
}

/** Makes a certificate (X.509 v3, P-256) that signs itself: Node can read certificates and not make them. */
export function makeSelfSignedCertificate(): SelfSignedCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(TAG.sequence, ECDSA_WITH_SHA256_OID);
  const content = toBeSigned(publicKey, algorithm);
  const signature = sign('sha256', content, privateKey);
  const certificate = der(
    TAG.sequence,
    content,
    algorithm,
    der(TAG.bitString, Buffer.from([0]), signature),
  );
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    certificatePem: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
