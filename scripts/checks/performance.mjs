// docs/performance.md and its plots are what the kept results give, so that no number on it is typed by hand.
import { PAGE_PATH, PLOTS_PATH, performancePages } from '../performance/page.mjs';
import { keptResults } from '../performance/results.mjs';

/** The page equals the results. A tree with neither has nothing to compare. */
export function checkPerformance(repository) {
  const results = keptResults(repository);
  if (results.size === 0 && !repository.has(PAGE_PATH))
    return { findings: [], notes: [], summary: 'no page' };
  const pages = performancePages(results);
  const remedy = 'write it with "npm run performance"';
  const findings = [...pages].flatMap(([path, text]) => {
    if (!repository.has(path)) return [`${path}: is missing; ${remedy}`];
    return repository.read(path) === text
      ? []
      : [`${path}: is not what bench/results gives; ${remedy}`];
  });
  const strays = repository.paths.filter(
    (path) => path.startsWith(`${PLOTS_PATH}/`) && !pages.has(path),
  );
  findings.push(...strays.map((path) => `${path}: belongs to no result; ${remedy}`));
  return { findings, notes: [], summary: `${results.size} tables` };
}
