import type { SessionConfig } from '@prism/protocol';
import { OwnedSession } from './owned-session.ts';

/**
 * The first member of a session object that a client may not ask for, as a path; `undefined` if it may ask for all of
 * it. As with a `session.update`, what says the same as the server's is no change.
 *
 * @param server - What the server has set, of which `ownedFields` are the paths.
 */
export function lockedFieldOf(
  asked: SessionConfig,
  server: SessionConfig,
  ownedFields: readonly string[],
): string | undefined {
  const owned = new OwnedSession(ownedFields, server);
  if (owned.isEmpty) return undefined;
  if (asked.type !== server.type) return 'type';
  return owned.takeOut(asked, 'session').touched[0];
}
