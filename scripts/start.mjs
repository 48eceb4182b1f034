// `npm start`: builds what is out of date, then becomes the server. Arguments go through: `npm start -- --port 9000`.
//
// The server runs in this very process, so that every signal reaches it first hand and its exit code is npm's.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, RUN_PROJECTS } from './build.mjs';
import { ROOT_PATH } from './repository.mjs';

const COMMAND_PATH = join(ROOT_PATH, 'packages/server/bin/prism.js');

if (await build({ projects: RUN_PROJECTS })) {
  process.setSourceMapsEnabled(true);
  process.argv = [process.execPath, COMMAND_PATH, 'serve', ...process.argv.slice(2)];
  await import(pathToFileURL(COMMAND_PATH).href);
} else {
  process.exitCode = 1;
}
