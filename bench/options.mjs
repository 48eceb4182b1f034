// The options of a benchmark, and its help: the comment that its script begins with.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const EXIT_MISUSED = 2;

/** The comment at the head of a script, without its slashes. */
function headOf(scriptUrl) {
  const lines = readFileSync(fileURLToPath(scriptUrl), 'utf8').split('\n');
  const end = lines.findIndex((line) => !line.startsWith('//'));
  return lines.slice(0, end).map((line) => line.replace(/^\/\/ ?/, ''));
}

/** One line per option, with what it is when it isn't given. */
function listOf(options) {
  return Object.entries(options).map(([name, { type, default: value }]) => {
    const given = type === 'boolean' ? '' : ' …';
    const otherwise = value === undefined || value === false ? '' : `  (${value})`;
    return `  --${name}${given}${otherwise}`;
  });
}

/**
 * `parseArgs` of Node for the script at `scriptUrl` (its `import.meta.url`). `--help` prints what it is, and ends; what
 * it doesn't know ends it with 2 and the same.
 *
 * @template {import('node:util').ParseArgsConfig} Config
 * @param {string} scriptUrl
 * @param {Config} [config]
 * @returns {ReturnType<typeof parseArgs<Config>>}
 */
export function readOptions(scriptUrl, { options = {}, ...config } = {}) {
  const help = [...headOf(scriptUrl), '', 'Options:', ...listOf(options), '  --help'].join('\n');
  let parsed;
  try {
    const own = { help: { type: 'boolean', default: false } };
    parsed = parseArgs({ options: { ...options, ...own }, ...config });
  } catch (error) {
    console.error(`${error.message}\n\n${help}`);
    process.exit(EXIT_MISUSED);
  }
  if (!parsed.values.help) return parsed;
  console.log(help);
  process.exit(0);
}
