import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { PrismErrorInfo } from '@prism/protocol';

export interface AccessRules {
  /** Keys that open /v1; empty opens it to everybody who can reach the port. */
  readonly apiKeys: readonly string[];
  readonly allowedOrigins: readonly string[];
  /** True when the server only listens on loopback: then no other host name is a legitimate way to it. */
  readonly isLoopbackOnly: boolean;
}

const LOOPBACK_HOST_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** True for addresses that only this machine reaches. */
export function isLoopbackHost(host: string): boolean {
  return LOOPBACK_HOST_NAMES.has(host) || host === '::1' || host.startsWith('127.');
}

/** Why a request may not use /v1; `undefined` if it may. */
export function refuseRequest(
  request: { readonly headers: IncomingHttpHeaders },
  rules: AccessRules,
): PrismErrorInfo | undefined {
  return refuseOrigin(request, rules) ?? refuseKey(request, rules);
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

function refuseOrigin(
  request: { readonly headers: IncomingHttpHeaders },
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

function refuseKey(
  request: { readonly headers: IncomingHttpHeaders },
  rules: AccessRules,
): PrismErrorInfo | undefined {
  if (rules.apiKeys.length === 0) return undefined;
  const presented = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (presented === undefined)
    return { code: 'invalid_api_key', message: 'The request has no API key.' };
  // Every key is compared, in constant time, so that nothing is learned from how long it took.
  let isKnown = false;
  for (const key of rules.apiKeys)
    isKnown = timingSafeEqual(digest(key), digest(presented)) || isKnown;
  return isKnown
    ? undefined
    : { code: 'invalid_api_key', message: 'The API key is not known here.' };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
