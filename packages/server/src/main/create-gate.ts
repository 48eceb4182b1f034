import { type Authenticator, accessOf } from '../auth/authenticator.ts';
import { type AccessRules, refuseOrigin } from '../http/access.ts';
import type { Gate } from '../runtime/ports/gate.ts';

/** The HTTP surface's rules and keys as the one decision on who may come in by WebSocket. */
export function createGate(authenticator: Authenticator, rules: AccessRules): Gate {
  return {
    admit: ({ origin, host, presentedKey }) => {
      const error = refuseOrigin({ headers: { origin, host } }, rules);
      if (error !== undefined) return { isAdmitted: false, error };
      const authentication = authenticator.authenticate({ presentedKey });
      if (!authentication.isAllowed) return { isAdmitted: false, error: authentication.error };
      const { principal } = authentication;
      const session = principal.kind === 'client_secret' ? principal.session : undefined;
      return { isAdmitted: true, session, access: accessOf(principal) };
    },
  };
}
