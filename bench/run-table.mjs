// One table of bench/all.mjs, in a process of its own.
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT_PATH = resolve(import.meta.dirname, '..');
/** A table is ended when it takes so many times its budget, and a minute. */
const BUDGET_FACTOR = 3;

/**
 * Runs a table; what it prints goes to the terminal and to `<table>.txt`, its JSON to `<table>.json`. What was there before
 * stays when nothing comes.
 *
 * @param {{ name: string, script: string }} table
 * @param {{ folder: string, args: readonly string[], budgetS: number, isQuick: boolean, terminal?: NodeJS.WritableStream }} plan
 * @returns {Promise<{ name: string, seconds: number, trouble: string | undefined }>} Without trouble when it ended well and
 *   isn't void.
 */
export async function runTable({ name, script }, plan) {
  const { folder, args, budgetS, isQuick, terminal = process.stdout } = plan;
  const jsonPath = join(folder, `${name}.json`);
  const partPath = `${jsonPath}.part`;
  const output = createWriteStream(join(folder, `${name}.txt`));
  const startMs = performance.now();
  const child = spawn(process.execPath, [script, ...args, '--json', partPath], {
    cwd: ROOT_PATH,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.pipe(output, { end: false });
    stream.pipe(terminal, { end: false });
  }
  let isOverdue = false;
  const timer = setTimeout(
    () => {
      isOverdue = true;
      // With the servers that it has started.
      process.kill(-Number(child.pid), 'SIGKILL');
    },
    (BUDGET_FACTOR * budgetS + 60) * 1_000,
  );
  const code = await new Promise((done) => child.once('close', done));
  clearTimeout(timer);
  await new Promise((done) => output.end(done));
  const seconds = Math.round((performance.now() - startMs) / 1_000);
  const trouble = isOverdue ? 'took far too long' : takeJson({ partPath, jsonPath, code, isQuick });
  return { name, seconds, trouble };
}

/** Puts the JSON of a table that has ended in its place; answers what is wrong with it. */
function takeJson({ partPath, jsonPath, code, isQuick }) {
  if (!existsSync(partPath)) return `ended with ${code}, without results`;
  const told = JSON.parse(readFileSync(partPath, 'utf8'));
  rmSync(partPath);
  writeFileSync(jsonPath, `${JSON.stringify({ ...told, isQuick })}\n`);
  if (told.isVoid) return `void: ${told.voidBecause ?? 'says so itself'}`;
  return code === 0 ? undefined : `ended with ${code}`;
}
