import type { Settings } from '../../../config/settings.ts';
import { type Check, fail, ok, skipped, warn } from '../check.ts';

const DAY_MS = 86_400_000;
/** A certificate that ends sooner should have been renewed by now. */
const RENEWAL_DAYS = 14;

export function tlsCheck(settings: Settings): Check {
  const { tlsCertificatePath, tlsKeyPath, usesDevelopmentTls } = settings;
  return {
    id: 'tls',
    name: 'TLS certificate',
    limitMs: 2_000,
    run: async ({ readCertificate, developmentTlsFolder, clock }) => {
      if (usesDevelopmentTls) {
        if (tlsCertificatePath !== undefined || tlsKeyPath !== undefined) {
          return fail(
            'tls.dev and tls.cert or tls.key are both set',
            'Unset one of them: tls.dev makes a certificate of its own.',
          );
        }
        return ok(`made at the start, or kept from an earlier one, in ${developmentTlsFolder}`);
      }
      if (tlsCertificatePath === undefined && tlsKeyPath === undefined)
        return skipped('none set: plain http');
      if (tlsCertificatePath === undefined || tlsKeyPath === undefined) {
        return fail(
          `tls.${tlsKeyPath === undefined ? 'key' : 'cert'} is missing`,
          'tls.cert and tls.key belong together: set both.',
        );
      }
      const read = readCertificate({ certificatePath: tlsCertificatePath, keyPath: tlsKeyPath });
      if (!read.isOk) {
        return fail(
          read.code,
          'Let tls.cert and tls.key name PEM files that the user who runs Prism may read.',
        );
      }
      const { validFromMs, validToMs, names, isOfKey } = read.value;
      if (!isOfKey)
        return fail(
          'the key is of another certificate',
          'Set tls.key to the key that tls.cert was made with.',
        );
      const nowMs = clock.wallMs();
      const daysLeft = Math.floor((validToMs - nowMs) / DAY_MS);
      const figures = { daysLeft };
      if (validFromMs > nowMs)
        return fail(
          `valid only from ${dateOf(validFromMs)}`,
          'Wait, take another certificate, or set the clock.',
          figures,
        );
      if (validToMs < nowMs)
        return fail(
          `expired on ${dateOf(validToMs)}`,
          'Renew the certificate and restart Prism.',
          figures,
        );
      const seen = `for ${names}, until ${dateOf(validToMs)}`;
      if (daysLeft < RENEWAL_DAYS)
        return warn(seen, `Renew it: ${daysLeft} days are left.`, figures);
      return ok(seen, figures);
    },
  };
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
