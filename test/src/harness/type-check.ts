import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const COMPILER_OPTIONS = {
  target: 'es2023',
  module: 'esnext',
  moduleResolution: 'bundler',
  lib: ['es2023', 'dom', 'dom.iterable'],
  jsx: 'react-jsx',
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipLibCheck: true,
};

/**
 * Checks programs as the strictest of their readers would, by their file names.
 *
 * @returns What the compiler says; nothing if it has no complaint.
 */
export async function typeCheck(files: Readonly<Record<string, string>>): Promise<string> {
  // Within the workspace, so that its packages are found.
  const folder = mkdtempSync(join(dirname(fileURLToPath(import.meta.url)), 'type-check-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const include = Object.keys(files);
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include }),
    );
    const compiler = spawn('npx', ['--no-install', 'tsc', '-p', folder, '--pretty', 'false']);
    let said = '';
    compiler.stdout.on('data', (data: Buffer) => {
      said += data.toString();
    });
    await once(compiler, 'exit');
    return said.trim();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
