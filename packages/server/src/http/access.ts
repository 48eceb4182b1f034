import type { PrismErrorInfo } from '@prism/protocol';

/** The headers that say where a request comes from. */
export interface RequestOrigin {
  readonly origin?: string | undefined;
  readonly host?: string | undefined;
}

export interface AccessRules {
  readonly allowedOrigins: readonly string[];
  /** True when the server only listens on loopback: then no other host name is a legitimate way to it. */
  readonly isLoopbackOnly: boolean;
}

const LOOPBACK_HOST_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** True for addresses that only this machine reaches. */
export function isLoopbackHost(host: string): boolean {
  return LOOPBACK_HOST_NAMES.has(host) || host === '::1' || host.startsWith('127.');
}

/** True if a page of this origin may read answers from this host. */
export function isOriginAllowed(
  origin: string,
  host: string | undefined,
  rules: AccessRules,
): boolean {
  if (rules.allowedOrigins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** Why a request from where it comes may not use the API; `undefined` if it may. */
export function refuseOrigin(
  request: { readonly headers: RequestOrigin },
  rules: AccessRules,
): PrismErrorInfo | undefined {
  const { origin, host } = request.headers;
  // A name that points to loopback from outside (DNS rebinding) would make a foreign page look like our own.
  if (rules.isLoopbackOnly && !LOOPBACK_HOST_NAMES.has(hostNameOf(host ?? ''))) {
    return { code: 'origin_not_allowed', message: 'This server answers to localhost only.' };
  }
  if (origin === undefined || isOriginAllowed(origin, host, rules)) return undefined;
  return { code: 'origin_not_allowed', message: 'Pages of this origin may not call Prism.' };
}

function hostNameOf(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}
