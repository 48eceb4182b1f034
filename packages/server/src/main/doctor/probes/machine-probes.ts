import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { Attempt, CertificateFacts, CertificateFiles } from '../environment.ts';
import { codeOf } from './attempt.ts';

/** What container runtimes leave in the file system (Docker, Podman), and Kubernetes in the environment. */
export function isContainer(env: Readonly<Record<string, string | undefined>>): boolean {
  const isMarked = existsSync('/.dockerenv') || existsSync('/run/.containerenv');
  return isMarked || env['KUBERNETES_SERVICE_HOST'] !== undefined;
}

/** The soft limit, which Node has raised to the hard one at its start; undefined where /proc doesn't say. */
export function descriptorCountMax(): number | undefined {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
    if (soft === 'unlimited') return Number.MAX_SAFE_INTEGER;
    return soft === undefined ? undefined : Number(soft);
  } catch {
    // Another system than Linux.
    return undefined;
  }
}

/** Reads certificate and key; the code of a failure names the file. */
export function readCertificate({
  certificatePath,
  keyPath,
}: CertificateFiles): Attempt<CertificateFacts> {
  let path = certificatePath;
  try {
    const certificate = new X509Certificate(readFileSync(certificatePath));
    path = keyPath;
    const key = createPrivateKey(readFileSync(keyPath));
    return {
      isOk: true,
      value: {
        validFromMs: Date.parse(certificate.validFrom),
        validToMs: Date.parse(certificate.validTo),
        names: certificate.subjectAltName ?? 'no name',
        isOfKey: certificate.checkPrivateKey(key),
      },
    };
  } catch (error) {
    const code = codeOf(error);
    const words: Readonly<Record<string, string>> = {
      ENOENT: "isn't there",
      EACCES: "can't be read by this user",
    };
    return {
      isOk: false,
      code: `${path} ${words[code] ?? `is no PEM file of its kind (${code})`}`,
    };
  }
}
