// The receive path before gaps were waited for, from git, compiled in memory.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';

/** The last commit with the receiver that concealed at once. */
const BASE = '1f149056a4048a2e9f1b21fa48793fc6fd7bd21e';

const FILES = {
  'rtp-packet.mjs': 'packages/protocol/src/rtp/rtp-packet.ts',
  'pcm.mjs': 'packages/core/src/audio/pcm.ts',
  'rtp-receiver.mjs': 'packages/core/src/audio/rtp-receiver.ts',
  'inbound-audio.mjs': 'packages/server/src/runtime/audio/inbound-audio.ts',
};

const IMPORTS = [
  ["'@prism/protocol'", "'./rtp-packet.mjs'"],
  ["'@prism/core'", "'./rtp-receiver.mjs'"],
  ["'./pcm.ts'", "'./pcm.mjs'"],
];

export async function baseInboundAudio(options) {
  const folder = mkdtempSync(join(tmpdir(), 'prism-receive-base-'));
  for (const [name, path] of Object.entries(FILES)) {
    const source = execFileSync('git', ['show', `${BASE}:${path}`], {
      encoding: 'utf8',
      cwd: import.meta.dirname,
    });
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    const rewritten = IMPORTS.reduce((text, [from, to]) => text.replaceAll(from, to), outputText);
    writeFileSync(join(folder, name), rewritten);
  }
  const { InboundAudio } = await import(pathToFileURL(join(folder, 'inbound-audio.mjs')).href);
  return new InboundAudio(options);
}
