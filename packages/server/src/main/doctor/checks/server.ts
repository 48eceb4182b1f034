import { type Check, fail, milliseconds, ok, rounded, warn } from '../check.ts';
import { adviceOnNetwork } from '../network-advice.ts';
import { authorization, jsonOf } from '../wire.ts';

const LIMIT_MS = 8_000;

/** Where and with which key a running server is asked. */
export interface ServerPlace {
  /** Base URL; its path ends in a slash. */
  readonly url: URL;
  readonly key: string | undefined;
}

export function healthCheck({ url }: ServerPlace): Check {
  return {
    id: 'health',
    name: 'Health',
    limitMs: LIMIT_MS,
    run: async ({ request }, signal) => {
      const answer = await request({ url: new URL('healthz', url).href, method: 'GET' }, signal);
      if (!answer.isOk)
        return fail(
          `${url.origin} can't be reached (${answer.code})`,
          adviceOnNetwork(answer.code, '--url'),
        );
      const { status, tookMs, body } = answer.value;
      const figures = { tookMs: rounded(tookMs) };
      if (status !== 200 || !body.includes('"status"')) {
        return fail(
          `HTTP ${status} from ${url.origin}, and not as Prism answers`,
          'Let --url name Prism, or let the proxy there pass /healthz, /readyz and /v1.',
          figures,
        );
      }
      return ok(`answers in ${milliseconds(tookMs)}`, figures);
    },
  };
}

export function readinessCheck({ url }: ServerPlace): Check {
  return {
    id: 'readiness',
    name: 'Readiness',
    needs: ['health'],
    limitMs: LIMIT_MS,
    run: async ({ request }, signal) => {
      const answer = await request({ url: new URL('readyz', url).href, method: 'GET' }, signal);
      if (!answer.isOk)
        return fail(`no answer (${answer.code})`, adviceOnNetwork(answer.code, '--url'));
      if (answer.value.status === 200) return ok('takes calls');
      const reasons = reasonsIn(answer.value.body);
      return fail(
        `takes no calls: ${reasons}`,
        'Wait if it is draining; otherwise read its log and restart it.',
      );
    },
  };
}

function reasonsIn(body: string): string {
  const value = jsonOf(body);
  if (
    typeof value === 'object' &&
    value !== null &&
    'reasons' in value &&
    Array.isArray(value.reasons)
  ) {
    return value.reasons.map(String).join('; ').slice(0, 200);
  }
  return 'it gives no reason';
}

export function versionCheck({ url, key }: ServerPlace): Check {
  return {
    id: 'version',
    name: 'Version and key',
    needs: ['health'],
    limitMs: LIMIT_MS,
    run: async ({ request, prismVersion }, signal) => {
      const answer = await request(
        { url: new URL('v1/prism/info', url).href, method: 'GET', headers: authorization(key) },
        signal,
      );
      if (!answer.isOk)
        return fail(`no answer (${answer.code})`, adviceOnNetwork(answer.code, '--url'));
      const { status, body } = answer.value;
      if (status === 401) {
        return key === undefined
          ? fail('it asks for a key', 'Present a server key with --key, or set PRISM_API_KEYS.')
          : fail(
              'it refuses the key',
              "Present one of the server's PRISM_API_KEYS, or the key that it printed at its start.",
            );
      }
      if (status === 403)
        return fail(
          'it answers to localhost only',
          'Use http://localhost in --url, or set PRISM_HOST there to serve others.',
        );
      const info = infoIn(body);
      if (status !== 200 || info === undefined)
        return fail(
          `HTTP ${status}, not as Prism answers`,
          'Let --url name Prism itself, or let the proxy there pass /v1.',
        );
      const seen = `Prism ${info.version}, ${info.upstream}`;
      if (info.version !== prismVersion)
        return warn(
          `${seen}; this doctor is of ${prismVersion}`,
          "Run the doctor of the server's own version.",
        );
      return ok(seen);
    },
  };
}

function infoIn(body: string): { readonly version: string; readonly upstream: string } | undefined {
  const value = jsonOf(body);
  if (typeof value !== 'object' || value === null || !('version' in value)) return undefined;
  const upstream = 'upstream' in value ? value.upstream : undefined;
  const hasLabel =
    typeof upstream === 'object' && upstream !== null && 'label' in upstream && 'model' in upstream;
  return {
    version: String(value.version).slice(0, 40),
    upstream: hasLabel
      ? `${String(upstream.label)}, model ${String(upstream.model)}`.slice(0, 120)
      : 'upstream not told',
  };
}

/** The handshake of the Realtime WebSocket (RFC 6455, section 4), asked by hand. */
export function websocketCheck({ url, key }: ServerPlace): Check {
  return {
    id: 'websocket',
    name: 'WebSocket',
    needs: ['health'],
    limitMs: LIMIT_MS,
    run: async ({ request }, signal) => {
      const headers = {
        ...authorization(key),
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        // Any 16 bytes: nothing is sent over this connection.
        'sec-websocket-key': 'cHJpc20gZG9jdG9yIC4uLg==',
      };
      const answer = await request(
        { url: new URL('v1/realtime', url).href, method: 'GET', headers },
        signal,
      );
      if (!answer.isOk)
        return fail(
          `the handshake got no answer (${answer.code})`,
          'Let the proxy in front pass WebSockets.',
        );
      const { status, tookMs } = answer.value;
      const figures = { tookMs: rounded(tookMs) };
      if (status === 101) return ok(`upgraded in ${milliseconds(tookMs)}`, figures);
      const seen = `HTTP ${status} instead of an upgrade`;
      if (status === 401) return fail(seen, 'Present a server key with --key.', figures);
      if (status === 403)
        return fail(
          seen,
          'Use a host name that the server answers to, localhost for a server of this machine alone.',
          figures,
        );
      return fail(
        seen,
        'Let the proxy in front pass the headers Connection and Upgrade (nginx: proxy_http_version 1.1).',
        figures,
      );
    },
  };
}
