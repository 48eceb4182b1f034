// Writes the reference pages that are made from code: `npm run docs`, after a build.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT_PATH } from './repository.mjs';

const { settingsPage } = await import('../packages/server/dist/internal.js');
writeFileSync(join(ROOT_PATH, 'docs/reference/settings.md'), settingsPage());
console.log('docs/reference/settings.md written.');
