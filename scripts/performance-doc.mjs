// Writes docs/performance.md and its plots from bench/results: `npm run performance [-- --merge DIR]`. With --merge the
// JSON of DIR, which `npm run bench` left there, comes into bench/results first: thinned, table by table, newer before
// older.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PAGE_PATH, PLOTS_PATH, performancePages, RESULTS_PATH } from './performance/page.mjs';
import { keptResults, mergeResults, resultText } from './performance/results.mjs';
import { openRepository, ROOT_PATH } from './repository.mjs';

const { values } = parseArgs({ options: { merge: { type: 'string' } } });

/** What is no result of a table is told and left. */
function readFolder(path) {
  return readdirSync(path)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(path, name), 'utf8')))
    .filter((result) => typeof result.table === 'string');
}

function merge(path) {
  const { results, taken, left } = mergeResults(keptResults(openRepository()), readFolder(path));
  mkdirSync(join(ROOT_PATH, RESULTS_PATH), { recursive: true });
  for (const table of taken)
    writeFileSync(join(ROOT_PATH, RESULTS_PATH, `${table}.json`), resultText(results.get(table)));
  console.log(`Taken: ${taken.join(', ') || 'nothing'}.`);
  for (const reason of left) console.log(`Left: ${reason}.`);
}

if (values.merge !== undefined) merge(resolve(values.merge));
const pages = performancePages(keptResults(openRepository()));
rmSync(join(ROOT_PATH, PLOTS_PATH), { recursive: true, force: true });
mkdirSync(join(ROOT_PATH, PLOTS_PATH), { recursive: true });
for (const [path, text] of pages) writeFileSync(join(ROOT_PATH, path), text);
console.log(`${PAGE_PATH} and ${pages.size - 1} plots written.`);
