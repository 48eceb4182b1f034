// `npm run pack`: makes the publishable folders of the SDK's packages, and says how they are tried and published.
import { relative } from 'node:path';
import { build } from './build.mjs';
import { packPackage } from './packaging/pack-package.mjs';
import { PUBLISHED_PACKAGES } from './packaging/published-packages.mjs';
import { ROOT_PATH } from './repository.mjs';

if (await build({ projects: PUBLISHED_PACKAGES.map(({ folder }) => `packages/${folder}`) })) {
  for (const published of PUBLISHED_PACKAGES) {
    console.log(`pack: ${relative(ROOT_PATH, await packPackage(published))}`);
  }
} else {
  process.exitCode = 1;
}
