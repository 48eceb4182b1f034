import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeSelfSignedCertificate } from './self-signed-certificate.ts';

/** Where a certificate and its key are, both PEM. */
export interface CertificateFiles {
  readonly certificatePath: string;
  readonly keyPath: string;
}

/** Browsers refuse certificates that hold longer than 398 days. */
const VALID_DAY_COUNT = 397;

/** One that ends sooner is made anew, so that none ends while somebody works. */
const RENEWAL_DAY_COUNT = 7;

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The certificate of this machine in a folder: made at the first call and kept, so that what once was told to trust
 * it still does. Only the user can read the files. Throws the file system's error if the folder can't be written.
 */
export async function keepDevelopmentCertificate(
  folderPath: string,
  nowMs: number,
): Promise<CertificateFiles> {
  const files: CertificateFiles = {
    certificatePath: join(folderPath, 'localhost.pem'),
    keyPath: join(folderPath, 'localhost-key.pem'),
  };
  mkdirSync(folderPath, { recursive: true, mode: 0o700 });
  if (!isUsable(files, nowMs)) {
    const made = await makeSelfSignedCertificate({ nowMs, validDayCount: VALID_DAY_COUNT });
    writePrivately(files.keyPath, made.privateKeyPem);
    writePrivately(files.certificatePath, made.certificatePem);
  }
  return files;
}

/** False for files that are missing, broken, about to end, or of two different certificates. */
function isUsable({ certificatePath, keyPath }: CertificateFiles, nowMs: number): boolean {
  try {
    const certificate = new X509Certificate(readFileSync(certificatePath));
    const key = createPrivateKey(readFileSync(keyPath));
    const leftMs = Date.parse(certificate.validTo) - nowMs;
    if (!certificate.checkPrivateKey(key) || leftMs < RENEWAL_DAY_COUNT * DAY_MS) return false;
    chmodSync(keyPath, 0o600);
    return true;
  } catch {
    // Whatever is wrong with them, new ones take their place.
    return false;
  }
}

/** Writes beside the file and renames, so that nobody ever reads half of it. */
function writePrivately(path: string, text: string): void {
  const draftPath = `${path}.${process.pid}`;
  writeFileSync(draftPath, text, { mode: 0o600 });
  renameSync(draftPath, path);
}
