import type { PrismErrorInfo } from '@prism/protocol';

/** Where a request comes from, as far as its headers and its connection tell. */
export interface RequestOrigin {
  readonly origin: string | undefined;
  readonly host: string | undefined;
  /** Whether the client speaks TLS, to Prism or to a proxy that is trusted to say so. */
  readonly isSecure: boolean;
}

export interface OriginRules {
  /** Serialised origins (RFC 6454, section 6.1), like `https://app.example.com`. */
  readonly allowedOrigins: readonly string[];
  /** True when the server only listens on loopback: then no other host name is a legitimate way to it. */
  readonly isLoopbackOnly: boolean;
}

const LOOPBACK_HOST_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** True for addresses that only this machine reaches. */
export function isLoopbackHost(host: string): boolean {
  return LOOPBACK_HOST_NAMES.has(host) || host === '::1' || host.startsWith('127.');
}

/**
 * True if a page of this origin may use the API: it is listed, or it is Prism's own. Compared as browsers write
 * origins and no other way: `null`, another case, a default port that is spelt out or a path are no origin at all.
 */
export function isOriginAllowed(request: RequestOrigin, rules: OriginRules): boolean {
  const { origin, host, isSecure } = request;
  // Not even if it is listed: every sandboxed frame and local file is `null`.
  if (origin === undefined || origin === 'null') return false;
  if (rules.allowedOrigins.includes(origin)) return true;
  if (host === undefined || !URL.canParse(origin)) return false;
  const url = new URL(origin);
  if (url.origin !== origin) return false;
  // A page that came by TLS from a server without it has come through a proxy that ends TLS.
  const isSchemeOwn = url.protocol === 'https:' || (url.protocol === 'http:' && !isSecure);
  return isSchemeOwn && url.host === hostWithoutDefaultPort(host, url.protocol);
}

/** Why a request from where it comes may not use the API; `undefined` if it may. */
export function refuseOrigin(
  request: RequestOrigin,
  rules: OriginRules,
): PrismErrorInfo | undefined {
  const { origin, host } = request;
  // A name that points to loopback from outside (DNS rebinding) would make a foreign page look like our own.
  if (rules.isLoopbackOnly && !LOOPBACK_HOST_NAMES.has(hostNameOf(host ?? ''))) {
    return { code: 'origin_not_allowed', message: 'This server answers to localhost only.' };
  }
  if (origin === undefined || isOriginAllowed(request, rules)) return undefined;
  return { code: 'origin_not_allowed', message: 'Pages of this origin may not call Prism.' };
}

/** Whether a text is an origin as browsers write it; also those of app shells, like `capacitor://localhost`. */
export function isSerialisedOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, origin } = new URL(text);
  if (protocol === 'http:' || protocol === 'https:') return origin === text;
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+$/.test(text);
}

function hostNameOf(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}

function hostWithoutDefaultPort(host: string, protocol: string): string {
  return host.toLowerCase().replace(protocol === 'https:' ? /:443$/ : /:80$/, '');
}
