import { isLoopbackHost } from '../../../auth/origin-rules.ts';
import type { Settings } from '../../../config/settings.ts';
import { type Check, type Finding, fail, ok, skipped, warn } from '../check.ts';

const HTTPS_ADVICE =
  'Browsers give the microphone to secure pages alone: put HTTPS in front (a reverse proxy), or set tls.cert and tls.key.';

/** Whether a browser treats the origin as a secure context, which getUserMedia needs (W3C Secure Contexts, 3.1). */
function isSecureContext(url: URL): boolean {
  const name = url.hostname;
  return url.protocol === 'https:' || isLoopbackHost(name) || name.endsWith('.localhost');
}

/** Before a start: what pages of this server will be. */
export function secureStartCheck({ host, port, tlsKeyPath, usesDevelopmentTls }: Settings): Check {
  return {
    id: 'secure-context',
    name: 'Secure context',
    limitMs: 1_000,
    run: async () => {
      const isHere = isLoopbackHost(host);
      if (usesDevelopmentTls) {
        if (isHere) return ok('https with a certificate for this machine');
        const advice =
          'For other machines set tls.cert and tls.key to a certificate of the name they use.';
        return warn('tls.dev makes a certificate for localhost alone', advice);
      }
      if (tlsKeyPath !== undefined) return ok('https');
      if (isHere)
        return ok(`http://localhost:${port}, which browsers on this machine hold for secure`);
      return warn('plain http, which browsers on other machines give no microphone', HTTPS_ADVICE);
    },
  };
}

/** Of a running server: what pages at this URL are. */
export function secureUrlCheck(url: URL): Check {
  return {
    id: 'secure-context',
    name: 'Secure context',
    limitMs: 1_000,
    run: async () => {
      if (!isSecureContext(url)) return warn(`${url.origin} is no secure context`, HTTPS_ADVICE);
      if (url.protocol === 'https:') return ok(`${url.origin} is one`);
      return ok(`${url.origin} is one, for browsers on this machine`);
    },
  };
}

export function originsCheck({ allowedOrigins }: Settings): Check {
  return {
    id: 'origins',
    name: 'Allowed origins',
    limitMs: 1_000,
    run: async () => {
      if (allowedOrigins.length === 0) return ok("none besides Prism's own pages");
      const findings = allowedOrigins.map(judgeOrigin);
      const worst =
        findings.find(({ state }) => state === 'fail') ??
        findings.find(({ state }) => state === 'warn');
      return worst ?? ok(allowedOrigins.join(', '));
    },
  };
}

function judgeOrigin(origin: string): Finding {
  if (!URL.canParse(origin)) {
    return fail(
      `'${origin}' is no origin and matches no page`,
      'Write origins in full, like https://app.example.com; there are no wildcards.',
    );
  }
  const url = new URL(origin);
  if (url.origin !== origin) {
    const advice = `Write ${url.origin === 'null' ? 'an http or https origin' : url.origin}: a browser's Origin header has no path, no default port and small letters.`;
    return fail(`'${origin}' matches no page`, advice);
  }
  if (!isSecureContext(url))
    return warn(
      `pages of ${origin} get no microphone`,
      `Serve them over HTTPS, and allow that origin.`,
    );
  return ok(origin);
}

export function serverKeysCheck({ host, apiKeys, keysFilePath }: Settings): Check {
  return {
    id: 'server-keys',
    name: 'Server keys',
    limitMs: 1_000,
    run: async () => {
      if (apiKeys.length > 0) return ok(`${apiKeys.length} set`, { keyCount: apiKeys.length });
      if (keysFilePath !== undefined) return ok(`those of ${keysFilePath}`);
      if (isLoopbackHost(host)) return ok('none: the API is open to this machine');
      return warn(
        'none: each start makes a new one',
        'Set PRISM_API_KEYS, so that callers keep their key over a restart.',
      );
    },
  };
}

/** Whether a page of `origin` may read the API's answers: the browser's preflight, asked by hand. */
export function corsCheck(url: URL, origin: string | undefined): Check {
  return {
    id: 'cors',
    name: 'CORS',
    needs: ['health'],
    limitMs: 8_000,
    run: async ({ request }, signal) => {
      if (origin === undefined) return skipped('no page to try: name its origin with --origin');
      const headers = {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      };
      const answer = await request(
        { url: new URL('v1/realtime/calls', url).href, method: 'OPTIONS', headers },
        signal,
      );
      if (!answer.isOk)
        return fail(
          `the preflight got no answer (${answer.code})`,
          'Let what is in front of Prism pass OPTIONS.',
        );
      const { status, headers: got } = answer.value;
      const allowed = got['access-control-allow-origin'];
      if (origin === url.origin) return ok(`${origin} is the server's own`);
      if (allowed !== origin && allowed !== '*') {
        return fail(
          `HTTP ${status}, and pages of ${origin} may not read answers`,
          `Add ${origin} to PRISM_ALLOWED_ORIGINS and restart.`,
        );
      }
      const named = (got['access-control-allow-headers'] ?? '').toLowerCase();
      if (!named.includes('authorization') && named !== '*') {
        return fail(
          `pages of ${origin} may not send their key`,
          'Let what is in front of Prism pass Access-Control-Allow-Headers as it is.',
        );
      }
      return ok(`pages of ${origin} may call`);
    },
  };
}
