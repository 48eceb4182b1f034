import { isDeepStrictEqual } from 'node:util';
import { ownedFieldsOf, type SessionConfig } from '@prism/protocol';

/**
 * The first member of `asked` that is the server's and says something else than the server does; undefined if there
 * is none. Official clients repeat what they were told, which changes nothing.
 */
export function ownedChangeOf(
  asked: SessionConfig,
  server: SessionConfig,
  ownedFields: readonly string[],
): string | undefined {
  if (ownedFields.length === 0) return undefined;
  // An object of another type would take the place of all that the server has set.
  if (asked.type !== server.type) return 'type';
  return ownedFieldsOf(asked).find(
    (path) =>
      ownedFields.some((owned) => isWithin(path, owned) || isWithin(owned, path)) &&
      !isDeepStrictEqual(valueAt(asked, path), valueAt(server, path)),
  );
}

function isWithin(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}.`);
}

function valueAt(session: SessionConfig, path: string): unknown {
  let value: unknown = session;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.entries(value).find(([key]) => key === name)?.[1];
  }
  return value;
}
