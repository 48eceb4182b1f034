/** What a server key may be used for. */
export const SCOPES = [
  'sessions',
  'secrets',
  'calls',
  'usage',
  'observe',
  'metrics',
  'admin',
] as const;

/**
 * - `sessions`: open sessions, by WebRTC and WebSocket.
 * - `secrets`: make client secrets, which open sessions within what the key allows.
 * - `calls`: control every call: hang up, join as a sideband, answer further offers.
 * - `usage`: read what has been used, and how much room there is.
 * - `observe`: read sessions, live and past, and what happened in them.
 * - `metrics`: read the metrics.
 * - `admin`: all of these, and what has no scope of its own.
 */
export type Scope = (typeof SCOPES)[number];

/** What it takes to use a route: nothing, any key that is known, or one with a scope. */
export type Need = 'nothing' | 'any_key' | Scope;

/** Of what a client secret may be used for `calls` means those that were opened with it. */
const CLIENT_SECRET_NEEDS: ReadonlySet<Need> = new Set(['nothing', 'any_key', 'sessions', 'calls']);

/** Whether a key with these scopes is enough. */
export function grantsNeed(scopes: readonly Scope[], need: Need): boolean {
  if (need === 'nothing' || need === 'any_key') return true;
  return scopes.includes('admin') || scopes.includes(need);
}

/** Whether a client secret is enough. */
export function secretGrantsNeed(need: Need): boolean {
  return CLIENT_SECRET_NEEDS.has(need);
}
