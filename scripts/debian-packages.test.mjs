// The set-up of Debian packages, with a planted apt-get in place of the real one.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { plantTree } from './checks/planted-tree.mjs';
import { isInstalled } from './debian-packages.mjs';
import { ROOT_PATH } from './repository.mjs';
import { runCommand } from './run-command.mjs';

const MODULE_URL = pathToFileURL(join(ROOT_PATH, 'scripts/debian-packages.mjs')).href;

/** Writes down its arguments; installs `browser` once the lists are updated, like a fresh machine. */
const APT_GET = `#!/bin/sh
cd "\${0%/*}"
echo "$*" >> calls
if [ "$1" = update ]; then : > lists; exit 0; fi
[ -e lists ] || { echo "Unable to locate package"; exit 100; }
: > browser; /bin/chmod +x browser
`;

/** Runs the set-up with only the planted folder on the path: what it says, and the calls of apt-get. */
async function setUp(t, { userId = 0, files = { 'apt-get': APT_GET }, more = {} } = {}) {
  const folderPath = plantTree(t, {
    ...files,
    'run.mjs': `
      import { ensureDebianPackages } from ${JSON.stringify(MODULE_URL)};
      process.getuid = () => ${userId};
      process.env.PATH = import.meta.dirname;
      const needed = { command: 'browser', name: 'browser-package', reason: 'the test' };
      const item = { ...needed, ...${JSON.stringify(more)} };
      console.log(await ensureDebianPackages([item]));`,
  });
  for (const name of Object.keys(files)) chmodSync(join(folderPath, name), 0o755);
  const { output } = await runCommand(process.execPath, [join(folderPath, 'run.mjs')]);
  const callsPath = join(folderPath, 'calls');
  const calls = existsSync(callsPath) ? readFileSync(callsPath, 'utf8').trim().split('\n') : [];
  return { output, lastLine: output.split('\n').at(-1), calls };
}

describe('the set-up of Debian packages', () => {
  test('does nothing when the command is there', async (t) => {
    const { output, calls } = await setUp(t, { files: { browser: '', 'apt-get': APT_GET } });
    assert.equal(output, 'true');
    assert.deepEqual(calls, []);
  });

  test('installs what is missing and fetches package lists when they are needed', async (t) => {
    const { output, lastLine, calls } = await setUp(t);
    assert.equal(lastLine, 'true');
    assert.match(output, /installing browser-package \(for the test\) from Debian/);
    const install = 'install -y -q --no-install-recommends browser-package';
    assert.deepEqual(calls, [install, 'update -q', install]);
  });

  test('looks for a module of Python where a package has no command', () => {
    assert.ok(isInstalled({ module: '..' }), 'the folder of the modules is in another');
    assert.ok(!isInstalled({ module: 'no_such_module' }));
  });

  test('takes only the files of a package that is to be unpacked, without being root', async (t) => {
    const files = {
      'apt-get': '#!/bin/sh\necho "$*" >> "${0%/*}/calls"\n: > browser-package.deb\n',
      'dpkg-deb': '#!/bin/sh\necho "dpkg-deb $1 ${2##*/}" >> "${0%/*}/calls"\n',
    };
    const { output, lastLine, calls } = await setUp(t, {
      userId: 1000,
      files,
      more: { isUnpacked: true },
    });
    assert.equal(lastLine, 'true');
    assert.match(output, /unpacking browser-package \(for the test\) from Debian/);
    assert.deepEqual(calls, ['download -q browser-package', 'dpkg-deb -x browser-package.deb']);
  });

  test('says what to do when it is not root, and on other systems', async (t) => {
    const ordinary = await setUp(t, { userId: 1000 });
    assert.match(
      ordinary.output,
      /as root, run: apt-get update && apt-get install .*browser-package/,
    );
    assert.equal(ordinary.lastLine, 'false');
    assert.deepEqual(ordinary.calls, []);
    const elsewhere = await setUp(t, { files: {} });
    assert.match(elsewhere.output, /no Debian/);
    assert.equal(elsewhere.lastLine, 'false');
  });

  test('shows what apt-get says when it fails', async (t) => {
    const { output, lastLine } = await setUp(t, {
      files: { 'apt-get': '#!/bin/sh\necho "no network"; exit 1\n' },
    });
    assert.match(output, /no network[\s\S]*try by hand/);
    assert.equal(lastLine, 'false');
  });
});
