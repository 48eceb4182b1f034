// Runs one tool of the repository and collects what it says.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ROOT_PATH } from './repository.mjs';

const BIN_PATH = join(ROOT_PATH, 'node_modules', '.bin');
const OUTPUT_CHARACTERS_MAX = 200_000;

/** Whether the workspace's packages are installed; without them no tool runs. */
export function isInstalled() {
  return existsSync(BIN_PATH);
}

/**
 * Runs `command` with `args` in `cwd` (the root by default), tools of node_modules first on the path.
 * Resolves to `{ exitCode, output, durationMs }`; a command that cannot start has exit code 127. With
 * `isVisible` the output goes straight to the terminal instead of into `output`.
 */
export function runCommand(command, args, { cwd = ROOT_PATH, env = {}, isVisible = false } = {}) {
  const startMs = performance.now();
  return new Promise((resolve) => {
    let output = '';
    const end = (exitCode) =>
      resolve({ exitCode, output: output.trimEnd(), durationMs: performance.now() - startMs });
    const keep = (chunk) => {
      if (output.length < OUTPUT_CHARACTERS_MAX) output += chunk;
    };
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, PATH: `${BIN_PATH}${delimiter}${process.env.PATH}`, ...env },
      stdio: ['ignore', isVisible ? 'inherit' : 'pipe', isVisible ? 'inherit' : 'pipe'],
    });
    child.stdout?.setEncoding('utf8').on('data', keep);
    child.stderr?.setEncoding('utf8').on('data', keep);
    child.on('error', (error) => {
      keep(`${command}: ${error.message}`);
      end(127);
    });
    child.on('close', (exitCode, signal) => end(exitCode ?? (signal ? 128 : 1)));
  });
}

/** `1.2 s`, or `12 ms` below a tenth of a second. */
export function formatDuration(durationMs) {
  return durationMs < 100 ? `${Math.round(durationMs)} ms` : `${(durationMs / 1000).toFixed(1)} s`;
}
