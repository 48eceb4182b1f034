import { randomBytes, webcrypto } from 'node:crypto';

/** A certificate that signs itself, and its key, both PEM. Nothing trusts it by default. */
export interface SelfSignedCertificate {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export interface SelfSignedCertificateOptions {
  /** Milliseconds since 1970; the certificate holds from an hour before to `validDayCount` days after. */
  readonly nowMs: number;
  readonly validDayCount: number;
}

/** The names of this machine: what the certificate is for. */
const HOSTS = [
  { type: 'dns', value: 'localhost' },
  { type: 'ip', value: '127.0.0.1' },
  { type: 'ip', value: '::1' },
] as const;

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const HOUR_MS = 60 * 60 * 1000;

/** Makes a certificate (X.509 v3, P-256) for localhost, 127.0.0.1 and ::1: Node can read certificates, not make them. */
export async function makeSelfSignedCertificate({
  nowMs,
  validDayCount,
}: SelfSignedCertificateOptions): Promise<SelfSignedCertificate> {
  // Loaded only here: a server without this certificate has no use for an ASN.1 library. It wants the first in place.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    // A positive number, as RFC 5280 wants it (4.1.2.2).
    serialNumber: `00${randomBytes(15).toString('hex')}`,
    name: 'CN=Prism on this machine',
    notBefore: new Date(nowMs - HOUR_MS),
    notAfter: new Date(nowMs + validDayCount * 24 * HOUR_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([...HOSTS]),
    ],
  });
  const privateKey = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return {
    certificatePem: `${certificate.toString('pem')}\n`,
    privateKeyPem: pemOf('PRIVATE KEY', privateKey),
  };
}

function pemOf(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
