import type { Opening } from './agent-query.ts';

/**
 * Whether the model that a request names doesn't count. Official clients name one in the URL whatever their secret or
 * agent is for.
 */
export function isModelOwned({ access: { policy, agent }, session }: Opening): boolean {
  if (policy.preset !== 'open') return policy.ownedFields.includes('model');
  return agent !== undefined && session?.type === 'realtime' && session.model !== undefined;
}
