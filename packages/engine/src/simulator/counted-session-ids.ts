import { type IdSource, idSuffixLength } from '../conversation/id-source.ts';

/** Ids that count, as long as real ones: the session's number first, then the id's own. */
export function countedSessionIds(sessionIndex: number): IdSource {
  const counts = new Map<string, number>();
  const session = sessionIndex.toString(36).padStart(5, '0');
  return {
    next(prefix) {
      const count = (counts.get(prefix) ?? 0) + 1;
      counts.set(prefix, count);
      const width = idSuffixLength(prefix) - session.length;
      return `${prefix}_${session}${count.toString(36).padStart(width, '0')}`;
    },
  };
}
