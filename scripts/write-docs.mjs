// Writes the reference pages that are made from code: `npm run docs`, after a build.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT_PATH } from './repository.mjs';

const { metricsPage, settingsPage } = await import('../packages/server/dist/internal.js');
const pages = {
  'docs/reference/settings.md': settingsPage(),
  'docs/reference/metrics.md': metricsPage(),
};
for (const [path, text] of Object.entries(pages)) {
  writeFileSync(join(ROOT_PATH, path), text);
  console.log(`${path} written.`);
}
