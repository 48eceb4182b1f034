import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../config/settings.ts';
import { keepDevelopmentCertificate } from '../tls/development-certificate.ts';
import { StartError } from './start-error.ts';

/** The certificate that the HTTP server shows. */
export interface TlsChoice {
  readonly certificatePath: string;
  readonly keyPath: string;
  /** True for the one made on this machine, which clients have to be told to trust. */
  readonly isSelfSigned: boolean;
}

/**
 * The certificate of the settings, the one made for development, or none: plain HTTP. Throws {@link StartError} if
 * the settings contradict each other or the certificate can't be kept.
 */
export async function chooseTls(settings: Settings, nowMs: number): Promise<TlsChoice | undefined> {
  const { tlsCertificatePath, tlsKeyPath, usesDevelopmentTls } = settings;
  if (!usesDevelopmentTls) {
    if (tlsCertificatePath === undefined && tlsKeyPath === undefined) return undefined;
    if (tlsCertificatePath === undefined || tlsKeyPath === undefined) {
      throw new StartError('tls.cert and tls.key belong together: set both, or none.');
    }
    return { certificatePath: tlsCertificatePath, keyPath: tlsKeyPath, isSelfSigned: false };
  }
  if (tlsCertificatePath !== undefined || tlsKeyPath !== undefined) {
    throw new StartError(
      'tls.dev makes a certificate of its own: unset it, or tls.cert and tls.key.',
    );
  }
  const folderPath = developmentTlsFolder();
  try {
    const files = await keepDevelopmentCertificate(folderPath, nowMs);
    return { ...files, isSelfSigned: true };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new StartError(
      `The certificate can't be kept in ${folderPath} (${String(error.code)}): make the folder writable, or set XDG_CACHE_HOME.`,
      { cause: error },
    );
  }
}

/** Where the certificate of `tls.dev` is kept. */
export function developmentTlsFolder(): string {
  return join(userCachePath(), 'prism', 'tls');
}

/** Where programs of this user keep what they can make again (XDG base directories; on macOS its own). */
function userCachePath(): string {
  const named = process.env['XDG_CACHE_HOME'];
  if (named !== undefined && named !== '') return named;
  return process.platform === 'darwin'
    ? join(homedir(), 'Library', 'Caches')
    : join(homedir(), '.cache');
}
