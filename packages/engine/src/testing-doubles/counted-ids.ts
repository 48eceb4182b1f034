import type { IdSource } from '../conversation/id-source.ts';

/** Ids that count: `item_1`, `item_2`, `resp_1`, … */
export function countedIds(): IdSource {
  const counts = new Map<string, number>();
  return {
    next(prefix) {
      const count = (counts.get(prefix) ?? 0) + 1;
      counts.set(prefix, count);
      return `${prefix}_${count}`;
    },
  };
}
