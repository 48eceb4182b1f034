import { PHONES } from './prepared-grammar.ts';

/** Added to each count, so that no pair of phones is impossible. */
const SMOOTHING_COUNT = 0.5;

/**
 * Counts which phones follow which in words.
 *
 * @param pronunciations - Phones of words.
 * @returns Probability of each phone (second index) after each phone (first index); the last row is the words' first.
 */
export function phoneBigram(
  pronunciations: Iterable<readonly string[]>,
): readonly (readonly number[])[] {
  const indexByPhone = new Map(PHONES.map((phone, index) => [phone, index]));
  const start = PHONES.length;
  const counts = Array.from({ length: start + 1 }, () =>
    new Array<number>(start).fill(SMOOTHING_COUNT),
  );
  for (const phones of pronunciations) {
    let from = start;
    for (const phone of phones) {
      const to = indexByPhone.get(phone);
      if (to === undefined) continue;
      const row = counts[from];
      if (row !== undefined) row[to] = (row[to] ?? 0) + 1;
      from = to;
    }
    // A word may end anywhere, and the next one begins.
  }
  return counts.map((row) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count) => count / total);
  });
}
