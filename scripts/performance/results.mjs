// The kept results of the benchmarks, `bench/results/<table>.json`.
import { RESULTS_PATH } from './page.mjs';
import { thinResult } from './thin.mjs';

const RESULT = new RegExp(`^${RESULTS_PATH}/[\\w-]+\\.json$`);

/** The results that a repository holds, by table. */
export function keptResults(repository) {
  return new Map(
    repository.paths
      .filter((path) => RESULT.test(path))
      .map((path) => JSON.parse(repository.read(path)))
      .map((result) => [result.table, result]),
  );
}

/**
 * What becomes of the kept results when new ones come: each replaces an older one of its table, but a void one none that
 * counts. `{ results, taken, left }`, the last two by name with the reason.
 */
export function mergeResults(kept, fresh) {
  const results = new Map(kept);
  const taken = [];
  const left = [];
  for (const result of fresh) {
    const known = results.get(result.table);
    const isOlder = known !== undefined && known.startedAt >= result.startedAt;
    if (isOlder) left.push(`${result.table}: not newer than what is kept`);
    else if (result.isVoid && known !== undefined && !known.isVoid)
      left.push(`${result.table}: void, what is kept is not`);
    else {
      results.set(result.table, thinResult(result));
      taken.push(result.table);
    }
  }
  return { results, taken, left };
}

/** Numbers alone, each on a line of its own. */
const NUMBERS = /\[\s+((?:(?:-?[\d.e+-]+|null),?\s+)+)\]/g;

/** A result as its file has it: samples on one line. */
export function resultText(result) {
  const text = JSON.stringify(result, undefined, 1);
  return `${text.replace(NUMBERS, (_, numbers) => `[${numbers.trim().replace(/,\s+/g, ', ')}]`)}\n`;
}
