#!/usr/bin/env node
// Checks Node's version before anything that needs a newer one is loaded; must itself run on old versions.
var required = [20, 19];
var found = process.versions.node.split('.').map(Number);
if (found[0] < required[0] || (found[0] === required[0] && found[1] < required[1])) {
  process.stderr.write(
    'prism: Node ' +
      process.versions.node +
      ' is too old; install Node ' +
      required.join('.') +
      ' or newer.\n',
  );
  process.exit(1);
}
import('../dist/main/cli.js').then(
  function (cli) {
    return cli.run(process.argv);
  },
  function (error) {
    var isUnbuilt = error && error.code === 'ERR_MODULE_NOT_FOUND';
    process.stderr.write(
      isUnbuilt
        ? 'prism: a part is missing: ' +
            error.message.split('\n')[0] +
            '. Run npm ci and npm run build.\n'
        : String((error && error.stack) || error) + '\n',
    );
    process.exit(1);
  },
);
