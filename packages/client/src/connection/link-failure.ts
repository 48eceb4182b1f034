import type { PrismClientError } from '../client-error.ts';

/** Why a link failed. */
export type LinkFailure =
  /** The network lets it not through, or no more. */
  | 'network'
  /** The server refused it; asking again doesn't help. */
  | 'refused'
  /** The call isn't there any more. */
  | 'call_gone'
  /** The server ended the call. */
  | 'closed'
  /** The server goes down for good, or to be started again: calls go on elsewhere. */
  | 'draining';

/** What the error of a link that doesn't open means to its call. Refusals of the server are final. */
export function failureOf({ code, serverCode }: PrismClientError): LinkFailure {
  if (serverCode === 'call_id_not_found') return 'call_gone';
  if (serverCode === 'server_draining') return 'draining';
  // Without a network there is no token either.
  return code === 'server_unreachable' || code === 'token_failed' ? 'network' : 'refused';
}
