import { type AccessRules, refuseRequest } from '../http/access.ts';
import type { Gate } from '../runtime/ports/gate.ts';

/** The HTTP surface's rules as the one decision on who may come in. */
export function createGate(rules: AccessRules): Gate {
  return {
    admit: ({ origin, host, presentedKey }) => {
      const error = refuseRequest(
        {
          headers: {
            ...(origin === undefined ? {} : { origin }),
            ...(host === undefined ? {} : { host }),
            ...(presentedKey === undefined ? {} : { authorization: `Bearer ${presentedKey}` }),
          },
        },
        rules,
      );
      return error === undefined
        ? { isAdmitted: true, session: undefined }
        : { isAdmitted: false, error };
    },
  };
}
