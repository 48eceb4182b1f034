import type { IncomingHttpHeaders } from 'node:http';

/** The key that a request presents: `Authorization: Bearer`, or `api-key` as Azure's clients send it. */
export function presentedKeyOf(headers: IncomingHttpHeaders): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  const apiKey = headers['api-key'];
  return typeof apiKey === 'string' && apiKey !== '' ? apiKey : undefined;
}
