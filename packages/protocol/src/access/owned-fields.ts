import type { SessionConfig } from '../realtime/session-config.ts';

/** Members that are merged one by one; every other one is taken whole (`mergeSessionConfig`). */
const MERGED_PATHS: ReadonlySet<string> = new Set(['audio', 'audio.input', 'audio.output']);

/**
 * The members of session objects as paths, like `instructions` or `audio.output.voice`: what belongs to the server
 * once an agent or the session of a client secret has set it ({@link ControllerPolicy.ownedFields}). Sorted, each
 * once. `null` is a value like any other: it clears, and stays cleared.
 *
 * A path owns what is below it. `audio.input.turn_detection` is owned whole, because an object of another `type` takes
 * the place of all its members. `type` is nobody's: it says what object this is, and no client can do without it.
 *
 * @param sessions - All that the server has set, in layers; absent ones count for nothing.
 */
export function ownedFieldsOf(
  ...sessions: readonly (SessionConfig | undefined)[]
): readonly string[] {
  const paths = sessions.flatMap((session) => (session === undefined ? [] : pathsOf(session, '')));
  return [...new Set(paths)].filter((path) => path !== 'type').sort();
}

function pathsOf(value: object, prefix: string): readonly string[] {
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    const path = `${prefix}${name}`;
    if (member === undefined) return [];
    const isMerged = MERGED_PATHS.has(path) && isRecord(member);
    return isMerged ? pathsOf(member, `${path}.`) : [path];
  });
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
