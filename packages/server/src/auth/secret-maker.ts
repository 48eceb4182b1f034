import type { PolicyPreset, PrismErrorInfo } from '@prism/protocol';
import type { AgentDirectory } from '../runtime/ports/agents.ts';
import type { ClientSecrets, Minting } from './client-secrets.ts';
import type { Admitted } from './gate.ts';
import { grantsNeed } from './scopes.ts';
import { agentOf, isLooser } from './secret-access.ts';
import type { SecretGrants } from './secret-claims.ts';

/** Makes client secrets for those who may, and none that allows more than who asks for it may itself. */
export class SecretMaker {
  readonly #secrets: ClientSecrets;
  readonly #agents: AgentDirectory;

  constructor(secrets: ClientSecrets, agents: AgentDirectory) {
    this.#secrets = secrets;
    this.#agents = agents;
  }

  /** @param ttlS - Within `CLIENT_SECRET_TTL_S`; the secret ends with its key if that ends earlier. */
  async make(
    { key }: Pick<Admitted, 'key'>,
    { grants, ttlS }: { readonly grants: SecretGrants; readonly ttlS: number },
  ): Promise<Minting> {
    const agent = agentOf(grants, this.#agents);
    if (agent?.isFound === false) return refuse(underPrism(agent.error));
    if (agent !== undefined && isLooser(grants.policy, agent.policy.preset)) {
      const message = `The agent's policy is '${agent.policy.preset}'; a client secret can only make it stricter.`;
      return refuse({ code: 'insufficient_permissions', message, param: PRESET_PARAM });
    }
    if (agent !== undefined && grants.session !== undefined) {
      const { type } = agent.session;
      if (grants.session.type !== type) {
        const message = `The agent's session is of type '${type}'.`;
        return refuse({ code: 'invalid_session', message, param: 'session.type' });
      }
    }
    const mayOpen = key === undefined || grantsNeed(key.scopes, 'sessions');
    if (effectivePreset(grants, agent?.policy.preset) === 'open' && !mayOpen) {
      const message = `The key '${key.label}' lacks the scope 'sessions', so its secrets can't be open.`;
      return refuse({ code: 'insufficient_permissions', message, param: PRESET_PARAM });
    }
    return this.#secrets.mint(grants, { keyId: key?.id, ttlS, expiresAtSMax: key?.expiresAtS });
  }
}

const PRESET_PARAM = 'prism.policy.preset';

function effectivePreset(
  { policy }: SecretGrants,
  agentPreset: PolicyPreset | undefined,
): PolicyPreset | undefined {
  return policy.preset ?? agentPreset;
}

/** The directory names its own parameters; in a request they stand under `prism`. */
function underPrism(error: PrismErrorInfo): PrismErrorInfo {
  return { ...error, param: `prism.${error.param ?? 'agent'}` };
}

function refuse(error: PrismErrorInfo): Minting {
  return { isMinted: false, error };
}
