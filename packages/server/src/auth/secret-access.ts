import {
  type AllowedEvents,
  type ControllerPolicy,
  mergeSessionConfig,
  NO_LIMITS,
  ownedFieldsOf,
  type PolicyPreset,
  type PrismErrorInfo,
  readTraceParent,
  type SessionAccess,
  type SessionConfig,
  type SessionLimits,
} from '@prism/protocol';
import type { AgentDirectory, AgentResolution } from '../runtime/ports/agents.ts';
import type { SecretClaims, SecretGrants, SecretPolicy } from './secret-claims.ts';

/** From the loosest to the strictest. */
const STRICTNESS: Readonly<Record<PolicyPreset, number>> = { open: 0, browser: 1, locked: 2 };

export type SecretAccess =
  | {
      readonly isGranted: true;
      readonly access: SessionAccess;
      /** What its sessions start from: the agent's, and the secret's own over it. */
      readonly session: SessionConfig | undefined;
    }
  | { readonly isGranted: false; readonly error: PrismErrorInfo };

/** What a client secret is read with. */
export interface SecretContext {
  readonly agents: AgentDirectory;
  /** What a secret is held to that says nothing of it, and has no agent. */
  readonly defaultPreset: PolicyPreset;
}

/** What a client secret lets its holder do, with its agent as it is now. */
export function accessOfSecret(
  { id, keyId, grants }: SecretClaims,
  { agents, defaultPreset }: SecretContext,
): SecretAccess {
  const agent = agentOf(grants, agents);
  if (agent?.isFound === false) return { isGranted: false, error: agent.error };
  return {
    isGranted: true,
    access: {
      keyId,
      tokenId: id,
      user: grants.user,
      agent: grants.agent,
      policy: policyOf(grants, agent, defaultPreset),
      limits: stricterLimits(agent?.limits, grants.limits),
      traceParent: readTraceParent(grants.traceParent),
    },
    session: sessionOf(agent?.session, grants.session),
  };
}

/** The agent that a secret names; undefined if it names none. */
export function agentOf(
  { agent, variables }: SecretGrants,
  agents: AgentDirectory,
): AgentResolution | undefined {
  return agent === undefined ? undefined : agents.resolve(agent, variables);
}

/** Whether a policy lets more through than its agent's does. */
export function isLooser(policy: SecretPolicy, agentPreset: PolicyPreset): boolean {
  return policy.preset !== undefined && STRICTNESS[policy.preset] < STRICTNESS[agentPreset];
}

function policyOf(
  { policy, session }: SecretGrants,
  agent: Extract<AgentResolution, { isFound: true }> | undefined,
  defaultPreset: PolicyPreset,
): ControllerPolicy {
  const floor = agent?.policy.preset;
  const asked = policy.preset ?? floor ?? defaultPreset;
  // The agent may have been made stricter since the secret was.
  const preset = floor !== undefined && isLooser(policy, floor) ? floor : asked;
  return {
    preset,
    allowedClientEvents: common(agent?.policy.allowedClientEvents, policy.allowedClientEvents),
    allowedServerEvents: common(agent?.policy.allowedServerEvents, policy.allowedServerEvents),
    ownedFields: ownedFieldsOf(agent?.session, session),
    clientTools: clientToolsOf(agent?.policy.clientTools, session),
    contextBytesMax: contextBytesMaxOf(agent, policy),
  };
}

/** An agent that takes no context takes none by a secret either. */
function contextBytesMaxOf(
  agent: Extract<AgentResolution, { isFound: true }> | undefined,
  { contextBytesMax }: SecretPolicy,
): number | undefined {
  if (agent === undefined) return contextBytesMax;
  const { contextBytesMax: ofAgent } = agent.policy;
  return ofAgent === undefined ? undefined : lower(ofAgent, contextBytesMax);
}

/** Functions of the secret's own session are carried out by who holds it: nobody else can. */
function clientToolsOf(
  ofAgent: readonly string[] | undefined,
  session: SessionConfig | undefined,
): readonly string[] | undefined {
  if (ofAgent === undefined || session?.type !== 'realtime') return ofAgent;
  const own = (session.tools ?? []).flatMap((tool) => (tool.type === 'function' ? tool.name : []));
  return [...ofAgent, ...own];
}

/** Events that both allow; what doesn't say anything allows what the other does. */
function common(
  one: AllowedEvents | undefined,
  other: AllowedEvents | undefined,
): AllowedEvents | undefined {
  if (one === undefined || one === 'all') return other ?? one;
  if (other === undefined || other === 'all') return one;
  return one.filter((type) => other.includes(type));
}

/** Of each limit the lower. */
function stricterLimits(
  one: SessionLimits | undefined,
  other: SessionLimits | undefined,
): SessionLimits {
  if (one === undefined || other === undefined) return one ?? other ?? NO_LIMITS;
  return {
    sessionMs: lower(one.sessionMs, other.sessionMs),
    idleMs: lower(one.idleMs, other.idleMs),
    tokens: lower(one.tokens, other.tokens),
    audioMs: lower(one.audioMs, other.audioMs),
    costMicroUsd: lower(one.costMicroUsd, other.costMicroUsd),
    ending: other.ending,
  };
}

function lower(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}

function sessionOf(
  agent: SessionConfig | undefined,
  own: SessionConfig | undefined,
): SessionConfig | undefined {
  return agent === undefined || own === undefined ? (own ?? agent) : mergeSessionConfig(agent, own);
}
