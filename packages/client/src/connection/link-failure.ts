import type { PrismClientError } from '../client-error.ts';
import type { LinkFailure } from './connection-plan.ts';

/** What the error of a link that doesn't open means to its call. Refusals of the server are final. */
export function failureOf({ code, serverCode }: PrismClientError): LinkFailure {
  if (serverCode === 'call_id_not_found') return 'call_gone';
  if (serverCode === 'server_draining') return 'draining';
  // Without a network there is no token either.
  return code === 'server_unreachable' || code === 'token_failed' ? 'network' : 'refused';
}
